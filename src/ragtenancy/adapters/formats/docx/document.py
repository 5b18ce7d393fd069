"""A whole Word document, read in one pass over its body."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import IO

from ragtenancy.adapters.formats.docx.body import BlockReader, Reading, read_text, reading_of
from ragtenancy.adapters.formats.docx.inserted import read_inserted
from ragtenancy.adapters.formats.docx.package import Package, Story, open_package
from ragtenancy.adapters.formats.docx.watermarks import without_watermarks
from ragtenancy.adapters.formats.docx.xml import RELATIONSHIPS, w
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.domain.bold_headings import with_bold_headings
from ragtenancy.domain.contents import with_contents_marked
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Block, Code, Heading, Note, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_ZIP = b"PK"


def read_document(
    file: IO[bytes], limits: ScanLimits, *, is_inserted: bool = False
) -> ParsedDocument:
    """Scan and read a Word document; raises `UnreadableDocumentError`.

    Files inserted into it are read too, but none inside an inserted one.
    """
    package = open_package(file, limits)
    reading = reading_of(package, _insert(package, None if is_inserted else limits))
    reader = BlockReader(reading)
    reader.read_body(package.body())
    blocks = with_bold_headings(reader.finish(), reader.emphases)
    blocks = with_contents_marked(blocks)
    headers = list(_edges("header", reading))
    footers = list(_edges("footer", reading))
    for name, data in package.embedded():
        reading.unread.embed(name, data)
    return ParsedDocument(
        title=_title(blocks) or visible_text(package.title()),
        blocks=[*headers, *_with_joined_code(blocks), *footers],
        images=reading.gallery.images,
        attachments=reading.unread.attachments,
        warnings=[*package.warnings, *_warnings(reading, blocks)],
    )


def _insert(package: Package, limits: ScanLimits | None) -> Callable[[str], ParsedDocument | None]:
    """Return a function that reads an inserted file by its relationship, None for no limits."""

    def insert(relationship_id: str) -> ParsedDocument | None:
        data = package.inserted(relationship_id)
        if data is None or limits is None:
            return None
        if not data.startswith(_ZIP):
            return read_inserted(data)
        try:
            return read_document(io.BytesIO(data), limits, is_inserted=True)
        except UnreadableDocumentError:
            return None

    return insert


def _edges(kind: str, reading: Reading) -> Iterator[Note]:
    """Yield each distinct header or footer once, omitting bare page numbers, and watermarks."""
    references = (
        each for section in reading.sections for each in section.iter(w(f"{kind}Reference"))
    )
    seen = set()
    for relationship_id in dict.fromkeys(
        each.get(f"{{{RELATIONSHIPS}}}id", "") for each in references
    ):
        for note in _edge(kind, reading.linked(relationship_id), reading):
            if note not in seen and any(character.isalpha() for character in note.text):
                seen.add(note)
                yield note


def _edge(kind: str, story: Story | None, reading: Reading) -> Iterator[Note]:
    if story is None:
        return
    texts, pictures = without_watermarks(story.root)
    reading.unread.add("picture watermark", "picture watermarks", count=pictures)
    yield from (Note(text=f"Watermark: {text}", kind="watermark") for text in texts)
    yield Note(text=read_text(story.root, reading, story.targets), kind=kind)


def _title(blocks: Sequence[Block]) -> str:
    """Return the text of the title paragraph, "" without one."""
    titles = (block.text for block in blocks if isinstance(block, Heading) and block.level == 0)
    return next(titles, "")


def _with_joined_code(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks, joining neighbouring lines of code."""
    for is_code, group in groupby(blocks, lambda block: isinstance(block, Code)):
        if is_code:
            yield Code(text="\n".join(block.text for block in group if isinstance(block, Code)))
        else:
            yield from group


def _warnings(reading: Reading, blocks: Sequence[Block]) -> Iterator[str]:
    unread = reading.unread
    unread.add_contents(blocks)
    unread.add("comment without a place", "comments without a place", count=len(reading.comments))
    yield from unread.warnings()
    yield from reading.gallery.warnings()
    yield from reading.warnings
