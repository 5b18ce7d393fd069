"""How many words of files in other formats are read: `EVAL_DATA=… python benchmarks/bench_formats.py`.

Prints, for each file: seconds, blocks, pages, and word recall and precision (as multisets of
words, mark-up and list markers apart) against the expected output that the file's own project
ships, beside markitdown where that is installed. Files without one show what was read.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean

from msgspec import Struct

from ragtenancy.adapters.formats.file_types import FileTypes
from ragtenancy.app.ingestion.formats import HEAD_BYTES
from ragtenancy.composition.adapters import parsers
from ragtenancy.domain.errors import RagTenancyError, UnsupportedError
from ragtenancy.domain.parsed import Block, Note, ParsedDocument, Picture, Table
from ragtenancy.ports.parsing import DocumentParser

_WORD = re.compile(r"\w+")
_MARKDOWN = re.compile(
    r"<!--.*?-->|!?\]\([^)]*\)|^\s*(?:\d+[.)]|[-*+])\s|\\(?=\W)|</?[a-z][^>]*>|^\[[^\]]*\]:.*$",
    re.MULTILINE | re.DOTALL,
)
_MARKERS = re.compile(
    r"^[ \t>|]*\(?(?:\d+|[a-z]|[ivxlc]+)(?:\.\d+)*[.)]\s", re.MULTILINE | re.IGNORECASE
)


class Result(Struct, frozen=True, kw_only=True):
    """What became of one file; recall and precision are None without anything to compare to."""

    file: str
    seconds: float
    code: str = ""
    blocks: int = 0
    pages: int = 0
    words: int = 0
    recall: float | None = None
    precision: float | None = None
    peer: tuple[float, float] | None = None


def words(text: str) -> Counter[str]:
    """Count the words of a text."""
    return Counter(_WORD.findall(text.casefold()))


def shown(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the texts of blocks, list markers apart."""
    for block in blocks:
        if isinstance(block, Table):
            yield block.caption
            yield from (cell for row in block.rows for cell in row)
        elif isinstance(block, Picture):
            yield block.alternative_text
        elif not isinstance(block, Note) or block.kind != "footer":
            yield block.text


def stripped(markdown: str) -> Counter[str]:
    """Count the words of Markdown without its mark-up."""
    return words(html.unescape(_MARKERS.sub("", _MARKDOWN.sub(" ", markdown))))


def expected_of(folder: Path, file: Path) -> Counter[str] | None:
    """Return the words that a file's own project reads in it."""
    by_stem = (f"{file.stem}.md",) if file.suffix == ".pdf" else ()  # whose others share a stem
    names = (f"{file.name}.md", *by_stem)
    found = next((folder / name for name in names if (folder / name).exists()), None)
    return None if found is None else stripped(found.read_text("utf-8", "replace"))


def scores(ours: Counter[str], expected: Counter[str]) -> tuple[float, float]:
    """Return recall and precision."""
    both = (ours & expected).total()
    return both / max(1, expected.total()), both / max(1, ours.total())


def parser_of(file: Path) -> DocumentParser:
    """Return the parser that recognises a file."""
    with file.open("rb") as opened:
        detected = FileTypes().detect(opened)
        opened.seek(0)
        head = opened.read(HEAD_BYTES)
    for parser in parsers():
        found = detected or parser.recognises(head, file.name)
        if found is not None and found in parser.media_types:
            return parser
    raise UnsupportedError("Files of this kind cannot be read.")


async def judged(folder: Path, file: Path) -> Result:
    """Parse one file and compare its words."""
    begun = time.perf_counter()
    try:
        document = await parser_of(file).parse(file)
    except RagTenancyError as error:
        return Result(file=file.name, seconds=time.perf_counter() - begun, code=error.reason)
    seconds = time.perf_counter() - begun
    return compared(document, file, seconds, expected_of(folder, file))


def compared(
    document: ParsedDocument, file: Path, seconds: float, expected: Counter[str] | None
) -> Result:
    """Return the figures of one document that was read."""
    ours = words(_MARKERS.sub("", "\n".join(shown(document.blocks))))
    recall, precision = scores(ours, expected) if expected else (None, None)
    return Result(
        file=file.name,
        seconds=seconds,
        blocks=len(document.blocks),
        pages=max((page for page in document.pages if page), default=0),
        words=ours.total(),
        recall=recall,
        precision=precision,
        peer=peer_scores(file, expected) if expected else None,
    )


def peer_scores(file: Path, expected: Counter[str]) -> tuple[float, float] | None:
    """Return markitdown's recall and precision where it is installed and reads the file."""
    try:
        from markitdown import MarkItDown
    except ImportError:
        return None
    try:
        text = MarkItDown().convert(str(file)).text_content
    except Exception:  # noqa: BLE001 - whatever a peer does with a file
        return (0.0, 0.0)
    return scores(stripped(text), expected)


def number(value: float | None) -> str:
    """Return a share with three digits."""
    return "    -" if value is None else f"{value:.3f}"


def report(results: list[Result]) -> None:
    """Print a line a file and the means."""
    for one in results:
        peer = "" if one.peer is None else f"  markitdown {one.peer[0]:.3f} {one.peer[1]:.3f}"
        state = one.code or f"{one.blocks:4} blocks {one.pages:3} pages {one.words:6} words"
        line = f"{one.file:58} {one.seconds:5.2f} s  {number(one.recall)} {number(one.precision)}"
        print(f"{line}{peer}  {state}")
    known = [one for one in results if one.recall is not None and one.precision is not None]
    recall = mean(one.recall or 0.0 for one in known)
    precision = mean(one.precision or 0.0 for one in known)
    print(f"{len(known)} files with expected words: recall {recall:.3f} precision {precision:.3f}")
    peers = [one.peer for one in known if one.peer is not None]
    if peers:
        recall, precision = (mean(side) for side in zip(*peers, strict=True))
        print(f"{len(peers)} of them by markitdown: recall {recall:.3f} precision {precision:.3f}")


async def main() -> None:
    """Judge every file of another format in the shared data."""
    if not os.environ.get("EVAL_DATA"):
        print("skipped: set EVAL_DATA to the folder of judged data")
        return
    folder = Path(os.environ["EVAL_DATA"]) / "docx" / "other-formats"
    files = sorted((folder / "files").iterdir())
    report([await judged(folder / "expected", file) for file in files])


if __name__ == "__main__":
    asyncio.run(main())
