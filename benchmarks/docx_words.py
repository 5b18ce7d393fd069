"""How many words of real Word documents are read: `EVAL_DATA=… python benchmarks/docx_words.py`.

Prints, for each source: files, parsed, refusals by code, and word recall and precision (as
multisets of words, list markers apart) against the expected output that the source's own
project ships, or else against what pandoc read. `--files` prints every file, worst first.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import html
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.parsed import Block, Note, Picture, Table

KINDS = ("docx", "dotx", "docm", "dotm")
AT_ONCE = 2
_WORD = re.compile(r"\w+")
_MARKDOWN = re.compile(
    r"<!--.*?-->|\]\([^)]*\)|^\s*(?:\d+[.)]|[-*+])\s|\\(?=\W)|\[\^\d+\]", re.MULTILINE
)
_MARKERS = re.compile(
    r"^[ \t>|]*\(?(?:\d+|[a-z]|[ivxlc]+)(?:\.\d+)*[.)]\s", re.MULTILINE | re.IGNORECASE
)
_TAGS = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]+>", re.DOTALL)


class Result(Struct, frozen=True, kw_only=True):
    """What became of one file; recall and precision are None without anything to compare to."""

    source: str
    file: str
    seconds: float
    words: int
    code: str = ""
    judged_by: str = ""
    recall: float | None = None
    precision: float | None = None


def words(text: str) -> Counter[str]:
    """Count the words of a text."""
    return Counter(_WORD.findall(text.casefold()))


def shown(blocks: Iterable[Block], *, edges: bool) -> Iterator[str]:
    """Yield the texts of blocks, list markers apart; `edges` are headers and footers."""
    for block in blocks:
        if isinstance(block, Table):
            yield from (cell for row in block.rows for cell in row)
        elif isinstance(block, Note):
            yield block.text if edges or block.kind.endswith("note") else ""
        else:
            yield block.alternative_text if isinstance(block, Picture) else block.text


def expected_text(folder: Path, names: str) -> str | None:
    """Return the first expected output that can be read as text."""
    for name in filter(None, names.split("|")):
        text = (folder / name).read_text("utf-8", "replace")
        if name.endswith(".md"):
            return html.unescape(_MARKDOWN.sub(" ", text))
        if name.endswith(".html"):
            return html.unescape(_TAGS.sub(" ", text))
        if name.endswith(".txt"):
            return text
    return None


def second_opinions(folder: Path) -> Mapping[str, str]:
    """Return what pandoc read, by file."""
    with gzip.open(folder / "reference_text.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        return {row["file"]: row["pandoc"] or "" for row in rows}


async def judge(folder: Path, row: Mapping[str, str], opinions: Mapping[str, str]) -> Result:
    """Parse one file and compare its words."""
    source, file = row["file"].split("/")[0], row["file"]
    begun = time.perf_counter()
    try:
        document = await SandboxedParser(DocxReader()).parse(folder / file)
    except RagTenancyError as error:
        seconds = time.perf_counter() - begun
        return Result(source=source, file=file, seconds=seconds, words=0, code=error.reason)
    seconds = time.perf_counter() - begun
    own = expected_text(folder, row["expected"])
    expected = words(own if own is not None else _MARKERS.sub("", opinions.get(file, "")))
    # Pandoc reads neither headers nor footers; docling's own outputs leave them out too.
    text = "\n".join(shown(document.blocks, edges=False))
    ours = words(_MARKERS.sub("", text))
    both = (ours & expected).total()
    return Result(
        source=source,
        file=file,
        seconds=seconds,
        words=ours.total(),
        judged_by="own" if own is not None else "pandoc",
        recall=both / expected.total() if expected else None,
        precision=both / ours.total() if expected and ours else None,
    )


def mean(values: Iterable[float | None]) -> str:
    """Return the mean of the values there are."""
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


def report(name: str, results: list[Result]) -> None:
    """Print one source's line."""
    read = [result for result in results if not result.code]
    codes = Counter(result.code for result in results if result.code)
    slowest = max(result.seconds for result in results)
    print(
        f"{name:22} files {len(results):4} read {len(read):4} with words "
        f"{sum(result.words > 0 for result in read):4} recall {mean(r.recall for r in read)} "
        f"precision {mean(r.precision for r in read)} slowest {slowest:.2f} s {dict(codes) or ''}"
    )


async def main() -> None:
    """Judge every Word file of the shared data."""
    if "EVAL_DATA" not in os.environ:
        print("skipped: EVAL_DATA does not name the folder of judging data")
        return
    folder = Path(os.environ["EVAL_DATA"]) / "docx"
    opinions = second_opinions(folder)
    with (folder / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["kind"] in KINDS]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: Mapping[str, str]) -> Result:
        async with gate:
            return await judge(folder, row, opinions)

    results = await asyncio.gather(*map(one, rows))
    groups = defaultdict(list)
    for result in results:
        groups[f"{result.source} ({result.judged_by or 'refused'})"].append(result)
    for name, group in sorted(groups.items()):
        report(name, group)
    report("all", results)
    if "--files" in sys.argv:
        for result in sorted(results, key=lambda r: (r.recall or 0) + (r.precision or 0)):
            print(f"{result.recall} {result.precision} {result.words} {result.code} {result.file}")


if __name__ == "__main__":
    asyncio.run(main())
