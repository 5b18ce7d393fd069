"""How rightly tables are read: `EVAL_DATA=… python benchmarks/bench_tables.py [--tables]`.

Prints, for each format and reader, the share of (row name, column name, value) triples that the
reader's text binds together, over real files transcribed by hand (skipped, saying so, without
EVAL_DATA) and over seeded tables that independent programs write. Writes the table into
docs/formats.md if all is there. `--tables` lists our tables of which something is wrong, `--ours`
leaves the peers out, `--seed N` draws other tables.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from machine import facts, versions
from msgspec import Struct
from table import markdown, put_between
from table_judge import Verdict, judged
from table_readers import OURS, CannotReadError, Read, readers
from table_reading import WAYS
from table_truth import TRANSCRIBED, Truth, transcribed
from table_writers import PDF_UNRULED, missing, written

_PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
_FORMATS = {
    ".docx": "Word",
    ".dotx": "Word",
    ".xlsx": "Excel",
    ".pptx": "PowerPoint",
    ".html": "HTML",
    ".md": "Markdown",
    ".pdf": PDF_UNRULED,
}
_PEERS = ("docling-slim", "markitdown", "unstructured", "pypandoc_binary")


class Sample(Struct, frozen=True, kw_only=True):
    """A file with the tables that a person sees in it."""

    format: str
    kind: str
    path: Path
    tables: Sequence[Truth]


class Outcome(Struct, frozen=True, kw_only=True):
    """What one reader made of one table, read in each way; none if it does not take the format."""

    sample: Sample
    table: Truth
    verdicts: Sequence[Verdict]


def main() -> None:
    """Print every table and write the summary into the documentation."""
    arguments = _arguments()
    known, absent = readers()
    if arguments.ours:
        known = {OURS: known[OURS]}
    with tempfile.TemporaryDirectory() as place:
        samples = [*_real(), *_made(Path(place), arguments.seed)]
        found = {name: list(_outcomes(read, samples)) for name, read in known.items()}
    lines = [_summary(found), f"{facts()}; {versions(['ragtenancy', *_PEERS])}."]
    lines += [f"Left out: {', '.join([*absent, *missing()])}."] if absent or missing() else []
    print("\n\n".join(lines))
    print(_by_kind(found[OURS]))
    if arguments.tables:
        print(_by_table(found[OURS]))
    is_whole = not (arguments.ours or absent or missing())
    if os.environ.get("EVAL_DATA") and is_whole:
        put_between(_PAGE, "bench-tables", "\n\n".join(lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How rightly tables are read.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tables", action="store_true")
    parser.add_argument("--ours", action="store_true")
    return parser.parse_args()


def _real() -> Iterator[Sample]:
    """Yield the transcribed files of EVAL_DATA."""
    named = os.environ.get("EVAL_DATA", "")
    if not named:
        print("Real files are skipped: set EVAL_DATA (make: DATA=) to the folder of judged data.\n")
        return
    files = transcribed(TRANSCRIBED.read_text(encoding="utf-8").splitlines())
    for name, tables in files.items():
        path = Path(named) / "docx" / name
        yield Sample(format=_FORMATS[path.suffix], kind="real", path=path, tables=tables)


def _made(folder: Path, seed: int) -> Iterator[Sample]:
    """Yield the seeded files, as each writer writes them."""
    for each in written(folder, seed=seed):
        tables = [made.truth for made in each.made]
        yield Sample(format=each.format, kind=each.writer, path=each.path, tables=tables)


def _outcomes(read: Read, samples: Sequence[Sample]) -> Iterator[Outcome]:
    for sample in samples:
        verdicts = _verdicts(read, sample)
        for table, verdict in zip(sample.tables, verdicts, strict=True):
            yield Outcome(sample=sample, table=table, verdicts=verdict)


def _verdicts(read: Read, sample: Sample) -> Sequence[Sequence[Verdict]]:
    """Judge one file; one that a reader fails to read holds nothing."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            texts = read(sample.path)
    except CannotReadError:
        return [[]] * len(sample.tables)
    except Exception as error:  # noqa: BLE001 - a peer may fail in any way
        print(f"{read.__name__} fails on {sample.path.name}: {type(error).__name__}")
        texts = []
    return judged(texts, sample.tables)


def _summary(found: Mapping[str, Sequence[Outcome]]) -> str:
    """Return shares by format and reader, real and seeded tables counting half each."""
    formats = dict.fromkeys(outcome.sample.format for outcome in found[OURS])
    head = ["", "tables", "triples", *found]
    rows = []
    for each in formats:
        mine = [outcome for outcome in found[OURS] if outcome.sample.format == each]
        triples = sum(len(outcome.table.triples) for outcome in mine)
        shares = [_shown(_share(outcomes, each)) for outcomes in found.values()]
        rows.append([each, str(len(mine)), f"{triples:,}", *shares])
    return markdown(head, rows)


def _share(outcomes: Sequence[Outcome], kind: str) -> float | None:
    """Return the mean of the shares over real and over seeded tables, in the best way to read."""
    chosen = [outcome for outcome in outcomes if outcome.sample.format == kind]
    if not all(outcome.verdicts for outcome in chosen):
        return None
    real = [outcome for outcome in chosen if outcome.sample.kind == "real"]
    made = [outcome for outcome in chosen if outcome.sample.kind != "real"]
    halves = [half for half in (real, made) if half]
    return max(
        sum(_total(half, way).right / _total(half, way).total for half in halves) / len(halves)
        for way in range(len(WAYS))
    )


def _total(outcomes: Sequence[Outcome], way: int) -> Verdict:
    return sum((outcome.verdicts[way] for outcome in outcomes), start=Verdict())


def _best(outcomes: Sequence[Outcome]) -> Verdict:
    totals = [_total(outcomes, way) for way in range(len(WAYS))]
    return max(totals, key=lambda total: total.right)


def _by_kind(outcomes: Sequence[Outcome]) -> str:
    """Return our shares by writer and by shape."""
    writers = _grouped(outcomes, lambda each: f"{each.sample.format}: {each.sample.kind}")
    shapes = _grouped(outcomes, lambda each: each.table.shape)
    rows = [[name, *_counts(chosen)] for name, chosen in (*writers, *shapes)]
    return "\n" + markdown(["ours", "right", "misnamed", "missing", "share"], rows)


def _grouped(
    outcomes: Sequence[Outcome], named: Callable[[Outcome], str]
) -> Iterator[tuple[str, list[Outcome]]]:
    for name in dict.fromkeys(map(named, outcomes)):
        yield name, [outcome for outcome in outcomes if named(outcome) == name]


def _by_table(outcomes: Sequence[Outcome]) -> str:
    wrong = [o for o in outcomes if _best([o]).right < _best([o]).total]
    names = [f"{o.sample.path.name}, {o.table.shape}" for o in wrong]
    rows = [[name, *_counts([o])] for name, o in zip(names, wrong, strict=True)]
    return "\n" + markdown(["tables with faults", "right", "misnamed", "missing", "share"], rows)


def _counts(outcomes: Sequence[Outcome]) -> list[str]:
    total = _best(outcomes)
    share = _shown(total.right / total.total)
    return [str(total.right), str(total.misnamed), str(total.missing), share]


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}".removeprefix("0") if share < 1 else "1.000"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    main()
