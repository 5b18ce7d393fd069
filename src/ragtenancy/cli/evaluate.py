"""`ragtenancy eval`: evaluating search on judged questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ragtenancy.cli import calibrate, feedback
from ragtenancy.cli.options import AsJson
from ragtenancy.cli.output import counted, print_json, print_table

if TYPE_CHECKING:
    from ragtenancy.app.evaluation.evaluation import Comparison, Evaluation, Run
    from ragtenancy.domain.evaluation import JudgedSet
    from ragtenancy.domain.tenant_config import SearchSettings

HYBRID = "hybrid"
File = Path | None
commands = typer.Typer(help="Evaluate search on judged questions.", invoke_without_command=True)
commands.command("threshold")(calibrate.threshold)
commands.command("feedback")(feedback.feedback)


@commands.callback()
def evaluate(
    context: typer.Context,
    corpus: Annotated[
        File, typer.Option(help="Documents: JSON lines of _id (or id), title, text.", exists=True)
    ] = None,
    queries: Annotated[
        File, typer.Option(help="Questions: JSON lines of _id (or id), text.", exists=True)
    ] = None,
    qrels: Annotated[
        File,
        typer.Option(help="Judgements: query id, document id, score; tab-separated.", exists=True),
    ] = None,
    semantic_weight: Annotated[
        list[float] | None,
        typer.Option(help="The semantic weight in hybrid search; repeat it to try several."),
    ] = None,
    language: Annotated[str, typer.Option(help="The language that BM25 stems.")] = "english",
    compared: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", help="Two results of --json: test the second against the first."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate search on judged questions, compare two evaluations, or fit the rule of relevance.

    The files are in BEIR's layout, plain or gzipped. They are loaded into a temporary client.
    """
    if context.invoked_subcommand is not None:
        return
    if compared is not None:
        _compare(*compared, as_json=as_json)
        return
    if corpus is None or queries is None or qrels is None:
        raise typer.BadParameter("give --corpus, --queries and --qrels, or --compare.")
    from ragtenancy.cli.judged_files import read_judged_set

    judged_set = read_judged_set(corpus, queries, qrels)
    evaluation = _measured(judged_set, ways(semantic_weight or (), language), shown=not as_json)
    if as_json:
        print_json(evaluation)
    else:
        _print(evaluation)


def ways(semantic_weights: Sequence[float], language: str) -> dict[str, SearchSettings]:
    """Return the search variants: each leg alone, and both with each weight or the default.

    Raises `MalformedError` for an unknown language.
    """
    from ragtenancy.domain.tenant_config import Language, SearchSettings

    chosen = cast("Language", language)  # the settings refuse any other

    def weighed(weight: float) -> SearchSettings:
        rest = round(1 - weight, 12)
        return SearchSettings(semantic_weight=weight, bm25_weight=rest, language=chosen)

    several = len(semantic_weights) > 1
    hybrids = {f"{HYBRID} {w:g}" if several else HYBRID: weighed(w) for w in semantic_weights}
    return {
        "semantic": weighed(1.0),
        "bm25": weighed(0.0),
        **(hybrids or {HYBRID: SearchSettings(language=chosen)}),
    }


def _measured(
    judged_set: JudgedSet, searches: dict[str, SearchSettings], *, shown: bool
) -> Evaluation:
    from ragtenancy.cli.installation import settings
    from ragtenancy.cli.progress import progress_bars
    from ragtenancy.library.evaluating import evaluate as measure
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "console")
    with progress_bars(shown=shown) as bars:
        bar = bars("documents")
        return asyncio.run(
            measure(settings(None), judged_set, searches, lambda share: bar(share, ""))
        )


def _print(evaluation: Evaluation) -> None:
    from ragtenancy.app.evaluation.evaluation import compare_runs

    print(
        f"{counted(evaluation.questions, 'question')}, "
        f"{counted(evaluation.documents, 'document')}, {counted(evaluation.chunks, 'chunk')}, {evaluation.model}, "
        f"language {evaluation.runs[0].language}; 95 % bootstrap intervals\n"
    )
    names = list(evaluation.runs[0].measures)
    print_table(
        ("search", *names, "p50 ms", "p95 ms"), [_row(run, names) for run in evaluation.runs]
    )
    last = evaluation.runs[-1]
    print(f"\n{last.name} minus each other variant, question by question:\n")
    _print_differences([compare_runs(run, last) for run in evaluation.runs[:-1]])


def _row(run: Run, names: Sequence[str]) -> list[object]:
    means = [run.measures[name] for name in names]
    cells = [f"{mean.mean:.3f} [{mean.low:.3f} {mean.high:.3f}]" for mean in means]
    return [run.name, *cells, f"{run.latency_ms.p50:.2f}", f"{run.latency_ms.p95:.2f}"]


def _compare(first: Path, second: Path, *, as_json: bool) -> None:
    from ragtenancy.app.evaluation.evaluation import compare

    found = compare(_read(first), _read(second))
    if as_json:
        print_json(found)
        return
    print(f"{second.name} minus {first.name}, question by question:\n")
    _print_differences(found)


def _print_differences(found: Sequence[Comparison]) -> None:
    rows = [
        (
            f"{comparison.name} - {comparison.against}",
            measure,
            f"{gain.mean:+.4f} [{gain.low:+.4f} {gain.high:+.4f}]",
            f"{gain.p:.4f}",
            gain.questions,
            "yes" if gain.significant else "no",
        )
        for comparison in found
        for measure, gain in comparison.measures.items()
    ]
    print_table(("search", "measure", "difference", "p", "questions", "significant"), rows)


def _read(path: Path) -> Evaluation:
    import msgspec

    from ragtenancy.app.evaluation.evaluation import Evaluation
    from ragtenancy.domain.errors import MalformedError

    try:
        return msgspec.json.decode(path.read_bytes(), type=Evaluation)
    except msgspec.MsgspecError as error:
        raise MalformedError(f"{path.name} is not a result of eval --json: {error}.") from error
