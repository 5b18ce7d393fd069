"""How well PDF is read: words, their order, tables, and time, beside other libraries.

`python benchmarks/bench_pdf.py [--seed N] [--files]` writes known documents with each program that
is installed, and reads them; with `EVAL_DATA`, also real files with their projects' expected words.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median

from msgspec import Struct
from pdf_readers import Read, Reading, pairs, readers
from pdf_truth import Prose, Truth, documents
from pdf_writers import writers
from table import markdown

_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
_MARKDOWN = re.compile(r"<!--.*?-->|!?\]\([^)]*\)|</?[a-z][^>]*>", re.DOTALL)
_HEAD = ("words found", "words right", "in order", "ruled tables", "unruled tables", "ms a page")


class Score(Struct, frozen=True, kw_only=True):
    """The figures of one document; None where it has nothing to judge."""

    recall: float
    precision: float
    order: float | None = None
    ruled: float | None = None
    unruled: float | None = None
    milliseconds: float = 0.0


def words(text: str) -> list[str]:
    """Return the words of a text; a compound with hyphens is one."""
    return _WORD.findall(text.casefold().replace("\u2010", "-"))


def share(found: int, of: int) -> float | None:
    """Return a share, None of nothing."""
    return found / of if of else None


def judged(truth: Truth, reading: Reading, milliseconds: float) -> Score:
    """Compare a reading with what was written."""
    wanted, got = Counter(words(truth.words)), Counter(words(reading.text))
    both = (wanted & got).total()
    prose = [block.text for block in truth.blocks if isinstance(block, Prose)]
    wanted_pairs = Counter(pair for text in prose for pair in pairs(words(text)))
    found_pairs = (wanted_pairs & Counter(pairs(words(reading.text)))).total()
    return Score(
        recall=both / max(1, wanted.total()),
        precision=both / max(1, got.total()),
        order=share(found_pairs, wanted_pairs.total()),
        ruled=_tables(truth, reading, is_ruled=True),
        unruled=_tables(truth, reading, is_ruled=False),
        milliseconds=milliseconds,
    )


def _tables(truth: Truth, reading: Reading, *, is_ruled: bool) -> float | None:
    triples = [t for table in truth.tables if table.is_ruled == is_ruled for t in table.triples]
    return share(sum(map(reading.says, triples)), len(triples))


def timed(read: Read, path: Path) -> tuple[Reading, float]:
    """Read a file; one that a reader cannot read counts as empty. Return milliseconds a page, too."""
    begun = time.process_time()
    try:
        reading = read(path)
    except Exception as error:  # noqa: BLE001 - a peer may fail in any way
        print(f"{read.__name__} cannot read {path.name}: {type(error).__name__}")
        reading = Reading(text="")
    return reading, 1000 * (time.process_time() - begun) / page_count(path)


def page_count(path: Path) -> int:
    """Return the pages of a file, by PDFium."""
    import pypdfium2

    return max(1, len(pypdfium2.PdfDocument(str(path))))


def by_writer(folder: Path, seed: int) -> Mapping[str, list[tuple[Truth, Path]]]:
    """Write each document with each program."""
    written: dict[str, list[tuple[Truth, Path]]] = {}
    for name, write in writers().items():
        for truth in documents(seed):
            path = folder / f"{name}-{truth.name}.pdf"
            write(truth, path)
            written.setdefault(name, []).append((truth, path))
    return written


def real_files(folder: Path) -> list[tuple[Path, Counter[str]]]:
    """Return real files with the words that their own projects expect."""
    found = []
    for path in sorted((folder / "docx/other-formats/files").glob("*.pdf")):
        expected = folder / "docx/other-formats/expected" / f"{path.stem}.md"
        if expected.exists():
            text = _MARKDOWN.sub(" ", expected.read_text("utf-8", "replace"))
            found.append((path, Counter(words(text))))
    return found


def on_real_file(path: Path, wanted: Counter[str], read: Read) -> Score:
    """Compare the words of one real file."""
    reading, milliseconds = timed(read, path)
    got = Counter(words(reading.text))
    both = (wanted & got).total()
    return Score(
        recall=both / max(1, wanted.total()),
        precision=both / max(1, got.total()),
        milliseconds=milliseconds,
    )


def row(name: str, scores: Sequence[Score]) -> list[str]:
    """Return the means of a reader's figures, and the median of its times."""
    figures = [
        _mean(getattr(score, figure) for score in scores) for figure in Score.__struct_fields__[:-1]
    ]
    return [name, *figures, f"{median(score.milliseconds for score in scores):.0f}"]


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{mean(known):.3f}" if known else "-"


def report(title: str, scores: Mapping[str, Sequence[Score]]) -> None:
    """Print one table."""
    rows = [row(name, found) for name, found in scores.items() if found]
    print(f"### {title}\n\n{markdown(['', *_HEAD], rows)}\n")


def each(score: Callable[[Read], list[Score]]) -> dict[str, list[Score]]:
    """Return the scores of each reader."""
    return {name: score(read) for name, read in readers().items()}


def main() -> None:
    """Write, read and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--files", action="store_true", help="one line a document, ours")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        written = by_writer(Path(folder), asked.seed)
        for writer, files in written.items():
            report(f"{len(files)} documents by {writer}", each(lambda read: _scores(files, read)))  # noqa: B023 - called at once
            if asked.files:
                report(f"Ours, by {writer}", _by_file(files))
    if os.environ.get("EVAL_DATA"):
        real = real_files(Path(os.environ["EVAL_DATA"]))
        report(
            f"{len(real)} real files",
            each(lambda read: [on_real_file(*file, read) for file in real]),
        )


def _scores(files: Sequence[tuple[Truth, Path]], read: Read) -> list[Score]:
    return [judged(truth, *timed(read, path)) for truth, path in files]


def _by_file(files: Sequence[tuple[Truth, Path]]) -> dict[str, list[Score]]:
    read = next(iter(readers().values()))
    return {truth.name: [judged(truth, *timed(read, path))] for truth, path in files}


if __name__ == "__main__":
    main()
