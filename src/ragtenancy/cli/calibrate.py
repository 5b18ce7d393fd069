"""`ragtenancy eval threshold`: fitting the rule of relevance to an embedder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json, print_table

if TYPE_CHECKING:
    from ragtenancy.domain.calibration import Calibrated, Point
    from ragtenancy.domain.relevance import Scale

File = Path | None
WORDS = {
    "built_in": "built in",
    "published": "from published cosines, not measured here",
    "fitted": "fitted",
}


def threshold(
    corpus: Annotated[
        File, typer.Option(help="Judged documents: JSON lines of _id, title, text.", exists=True)
    ] = None,
    queries: Annotated[
        File, typer.Option(help="Judged questions: JSON lines of _id, text.", exists=True)
    ] = None,
    qrels: Annotated[
        File,
        typer.Option(help="Judgements: query id, document id, score; tab-separated.", exists=True),
    ] = None,
    questions: Annotated[
        File,
        typer.Option(
            help="Clients' questions: JSON lines of client, text (default: their sessions')."
        ),
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(help="An embedder on the operator's list (default: the first).")
    ] = None,
    write: Annotated[
        File, typer.Option(help="Write the scale to this file, for RAGTENANCY_RELEVANCE_SCALES.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Fit the rule of relevance to an embedder, and print what it refuses and answers.

    Questions are put to documents that answer them and to others: parts of a judged set, or the
    documents of the clients. Nothing is changed but the file of --write.
    """
    judged = [corpus, queries, qrels]
    if any(judged) and not all(judged):
        raise typer.BadParameter("give --corpus, --queries and --qrels, or none of them.")
    if any(judged) and (questions is not None or embedder is not None):
        raise typer.BadParameter("--questions and --embedder are for clients' documents.")
    from ragtenancy.library.evaluating import write_scale

    found = _fitted(corpus, queries, qrels, questions, embedder, data_dir)
    if write is not None:
        write_scale(write, found)
    if as_json:
        print_json(found)
    else:
        _print(found, write)


def _fitted(
    corpus: File, queries: File, qrels: File, questions: File, embedder: str | None, data_dir: File
) -> Calibrated:
    from ragtenancy.cli.installation import settings
    from ragtenancy.cli.judged_files import read_client_questions, read_judged_set
    from ragtenancy.library.evaluating import fit_on_clients, fit_on_judged_set
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "console")
    if corpus is not None and queries is not None and qrels is not None:
        judged_set = read_judged_set(corpus, queries, qrels)
        return asyncio.run(fit_on_judged_set(settings(data_dir), judged_set))
    asked = None if questions is None else read_client_questions(questions)
    return asyncio.run(fit_on_clients(settings(data_dir), asked, embedder=embedder))


def _print(found: Calibrated, write: File) -> None:
    print(
        f"{found.model} ({found.fingerprint}): {found.own} questions to documents that answer "
        f"them, {found.foreign} to others\n\n"
        f"scale in use: {_described(found.replaces)}\n"
        f"scale fitted: {_described(found.scale)}\n"
    )
    rows = [
        (_bar(present.at), *_shares(present), *_shares(fitted))
        for present, fitted in zip(found.present, found.fitted_curve, strict=True)
    ]
    headers = ("relevance", "own refused", "others answered", "own refused", "others answered")
    print("                       in use                         fitted")
    print_table(headers, rows)
    print("\nWith a similarity_threshold instead of the rule:\n")
    print_table(
        ("cosine", "own refused", "others answered"),
        [(f"{point.at:.2f}", *_shares(point)) for point in found.cosines],
    )
    if write is not None:
        print(f"\n{write} written. Set RAGTENANCY_RELEVANCE_SCALES={write} and restart.")


def _described(scale: Scale) -> str:
    return f"offset {scale.offset:+.3f}, factor {scale.factor:.3f} ({WORDS[scale.source]})"


def _bar(at: float) -> str:
    from ragtenancy.domain.relevance import Bar

    named = {Bar.MODEL.value: " language model", Bar.EXTRACTIVE.value: " extraction"}
    return f"{at:.2f}{named.get(at, '')}"


def _shares(point: Point) -> Sequence[str]:
    return f"{point.refused:.1%}", f"{point.answered:.1%}"
