"""How faithfully and fast Word documents are read: `EVAL_DATA=… python benchmarks/bench_docx.py`.

Compares the words, their order, the headings and the table cells with what docling, pandoc and
others ship as their expected outputs, beside other readers; then the speed beside python-docx
and the child's memory, on a document of 1,500 pages. `--files` lists our files, worst first.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docx_expected import expected_reading
from docx_readers import OURS, Read, readers
from docx_reading import Agreement, Reading, Score, score
from docx_speed import speed_and_memory
from judging_data import folder_or_skip
from machine import facts, versions
from msgspec import Struct
from table import markdown

_KINDS = ("docx", "dotx")
_FIGURES = ("recall", "precision", "order")
_HEAD = ("recall", "precision", "order", "headings F1", "cells F1")
_PEERS = ("python-docx", "mammoth", "docx2txt", "markitdown")


class Sample(Struct, frozen=True, kw_only=True):
    """A document with what should be found in it."""

    name: str
    path: Path
    expected: Reading

    @property
    def source(self) -> str:
        """The project that the document comes from."""
        return self.name.partition("/")[0]


def main() -> None:
    """Print every table."""
    folder = folder_or_skip() / "docx"
    known, missing = readers()
    samples = list(_samples(folder))
    print(f"{facts()}\n{versions(['ragtenancy', 'lxml', *_PEERS])}")
    print(f"Not installed: {', '.join(missing) or 'none'}.\n")
    scores = {name: _scores(read, samples) for name, read in known.items()}
    _print_table("Every reader, all documents", _by_reader(scores))
    _print_table("Ours, by source", _by_source(scores[OURS], samples))
    if "--files" in sys.argv:
        _print_files(scores[OURS])
    with tempfile.TemporaryDirectory() as place:
        print(speed_and_memory(Path(place)))


def _samples(folder: Path) -> Iterator[Sample]:
    with (folder / "manifest.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["kind"] in _KINDS and row["expected"]:
                expected = expected_reading(folder, row["expected"])
                if expected is not None:
                    yield Sample(name=row["file"], path=folder / row["file"], expected=expected)


def _scores(read: Read, samples: Sequence[Sample]) -> Mapping[str, Score]:
    """Return the score of each document; one that a reader cannot read counts as empty."""
    return {sample.name: score(_read(read, sample.path), sample.expected) for sample in samples}


def _read(read: Read, path: Path) -> Reading:
    try:
        return read(path)
    except Exception as error:  # noqa: BLE001 - a peer may fail in any way
        print(f"{getattr(read, '__name__', '')} cannot read {path.name}: {type(error).__name__}")
        return Reading(words=[])


def _by_reader(scores: Mapping[str, Mapping[str, Score]]) -> Iterator[list[str]]:
    for name, found in scores.items():
        yield [name, str(len(found)), *_means(found.values())]


def _by_source(scores: Mapping[str, Score], samples: Sequence[Sample]) -> Iterator[list[str]]:
    for source in dict.fromkeys(sample.source for sample in samples):
        found = [scores[sample.name] for sample in samples if sample.source == source]
        yield [source, str(len(found)), *_means(found)]


def _means(scores: Iterable[Score]) -> list[str]:
    """Return the mean of each figure over the documents that have it; F1 over all together."""
    listed = list(scores)
    columns = ([getattr(each, figure) for each in listed] for figure in _FIGURES)
    means = [_mean([value for value in column if value is not None]) for column in columns]
    headings = sum((each.headings for each in listed), start=Agreement())
    cells = sum((each.cells for each in listed), start=Agreement())
    return [*means, _shown(headings.f1), _shown(cells.f1)]


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _mean(values: Sequence[float]) -> str:
    return _shown(sum(values) / len(values) if values else None)


def _print_table(title: str, rows: Iterable[Sequence[str]]) -> None:
    print(f"### {title}\n\n{markdown(['', 'documents', *_HEAD], rows)}\n")


def _print_files(scores: Mapping[str, Score]) -> None:
    def agreement(item: tuple[str, Score]) -> float:
        return sum(getattr(item[1], figure) or 0.0 for figure in _FIGURES[:2])

    rows = [[name, "", *_means([found])] for name, found in sorted(scores.items(), key=agreement)]
    _print_table("Ours, by document", rows)


if __name__ == "__main__":
    main()
