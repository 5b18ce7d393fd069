"""A whole Word document, read in one pass over its body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import IO

from ragtenancy.adapters.formats.docx.body import BlockReader, Reading, read_text, reading_of
from ragtenancy.adapters.formats.docx.package import Package, open_package
from ragtenancy.adapters.formats.docx.xml import RELATIONSHIPS, w
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.domain.parsed import Block, Code, Comment, Heading, Note, ParsedDocument
from ragtenancy.domain.visible_text import visible_text


def read_document(file: IO[bytes], limits: ScanLimits) -> ParsedDocument:
    """Scan and read a Word document; raises `UnreadableDocumentError`."""
    package = open_package(file, limits)
    reading = reading_of(package)
    reader = BlockReader(reading)
    reader.read_body(package.body())
    blocks = reader.finish()
    headers = list(_edges("header", reading))
    footers = list(_edges("footer", reading))
    return ParsedDocument(
        title=_title(blocks) or visible_text(package.title()),
        blocks=[*headers, *_with_joined_code(blocks), *footers],
        images=reading.gallery.images,
        comments=list(_comments(package, reading)),
        warnings=[*package.warnings, *_warnings(reading)],
    )


def _edges(kind: str, reading: Reading) -> Iterator[Note]:
    """Yield each distinct header or footer once, omitting bare page numbers."""
    references = (
        each for section in reading.sections for each in section.iter(w(f"{kind}Reference"))
    )
    seen = set()
    for relationship_id in dict.fromkeys(
        each.get(f"{{{RELATIONSHIPS}}}id", "") for each in references
    ):
        part = reading.linked(relationship_id)
        text = "" if part is None else read_text(part, reading)
        if text not in seen and any(character.isalpha() for character in text):
            seen.add(text)
            yield Note(text=text, kind=kind)


def _title(blocks: Sequence[Block]) -> str:
    """Return the text of the title paragraph, "" without one."""
    titles = (block.text for block in blocks if isinstance(block, Heading) and block.level == 0)
    return next(titles, "")


def _comments(package: Package, reading: Reading) -> Iterator[Comment]:
    """Yield the comments with a place in the text, in order."""
    root = package.part("comments") if reading.commented else None
    found = () if root is None else root.iterchildren(w("comment"))
    comments = {comment.get(w("id"), ""): comment for comment in found}
    for comment_id, about in reading.commented.items():
        comment = comments.get(comment_id)
        text = "" if comment is None else read_text(comment, reading)
        if comment is not None and text:
            author = visible_text(comment.get(w("author"), ""))
            yield Comment(author=author, text=text, about=about)


def _with_joined_code(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks, joining neighbouring lines of code."""
    for is_code, group in groupby(blocks, lambda block: isinstance(block, Code)):
        if is_code:
            yield Code(text="\n".join(block.text for block in group if isinstance(block, Code)))
        else:
            yield from group


def _warnings(reading: Reading) -> Iterator[str]:
    if reading.hidden_runs:
        yield f"{reading.hidden_runs} passages of hidden text were left out."
    yield from reading.gallery.warnings()
    if reading.foreign_parts:
        yield f"{reading.foreign_parts} embedded documents in another format were not read."
