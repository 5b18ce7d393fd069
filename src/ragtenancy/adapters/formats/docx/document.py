"""A whole Word document: opened by python-docx, read by our own walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import IO

import docx
from docx.document import Document
from docx.oxml.parser import parse_xml
from lxml import etree

from ragtenancy.adapters.formats.docx.body import Reading, notes_of, read_blocks, read_text
from ragtenancy.adapters.formats.docx.numbering import Numbering
from ragtenancy.adapters.formats.docx.package import open_package
from ragtenancy.adapters.formats.docx.pictures import Gallery
from ragtenancy.adapters.formats.docx.styles import StyleSheet
from ragtenancy.adapters.formats.docx.wordml import RELATIONSHIPS, w
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Block, Code, Heading, Note, ParsedDocument
from ragtenancy.domain.visible_text import visible_text


def read_document(file: IO[bytes], limits: ScanLimits) -> ParsedDocument:
    """Scan and read a Word document; raises `UnreadableDocumentError`."""
    copy, warnings = open_package(file, limits)
    document = docx.Document(copy)
    body = document.element.find(w("body"))
    if body is None:
        raise unreadable("corrupt_docx")
    reading = _reading(document)
    blocks = read_blocks(body, reading)
    headers = list(_edges(document, body, "header", reading))
    footers = list(_edges(document, body, "footer", reading))
    return ParsedDocument(
        title=_title(blocks, document),
        blocks=[*headers, *_with_joined_code(blocks), *footers],
        images=reading.gallery.images,
        warnings=[*warnings, *_warnings(reading)],
    )


def _reading(document: Document) -> Reading:
    styles = StyleSheet(_part_root(document, "styles"))
    return Reading(
        styles=styles,
        numbering=Numbering(_part_root(document, "numbering"), styles),
        gallery=Gallery(lambda relationship_id: _image(document, relationship_id)),
        notes=notes_of(_part_root(document, "footnotes"), "footnote")
        | notes_of(_part_root(document, "endnotes"), "endnote"),
    )


def _part_root(document: Document, kind: str) -> etree._Element | None:
    """Return the root of the part that the document relates to in one way, None without it."""
    for relationship in document.part.rels.values():
        if relationship.reltype == f"{RELATIONSHIPS}/{kind}":
            return parse_xml(relationship.target_part.blob)
    return None


def _image(document: Document, relationship_id: str) -> bytes | None:
    relationship = document.part.rels.get(relationship_id)
    return None if relationship is None else relationship.target_part.blob


def _edges(document: Document, body: etree._Element, kind: str, reading: Reading) -> Iterator[Note]:
    """Yield each distinct header or footer once; bare page numbers say nothing."""
    seen = set()
    for reference in body.iter(w(f"{kind}Reference")):
        part = document.part.rels.get(reference.get(f"{{{RELATIONSHIPS}}}id"))
        text = "" if part is None else read_text(parse_xml(part.target_part.blob), reading)
        if text not in seen and any(character.isalpha() for character in text):
            seen.add(text)
            yield Note(text=text, kind=kind)


def _title(blocks: Sequence[Block], document: Document) -> str:
    """Return the text of the title paragraph, else the title among the properties."""
    titles = (block.text for block in blocks if isinstance(block, Heading) and block.level == 0)
    return next(titles, None) or visible_text(document.core_properties.title)


def _with_joined_code(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks with neighbouring lines of code as one block."""
    for is_code, group in groupby(blocks, lambda block: isinstance(block, Code)):
        if is_code:
            yield Code(text="\n".join(block.text for block in group if isinstance(block, Code)))
        else:
            yield from group


def _warnings(reading: Reading) -> Iterator[str]:
    if reading.hidden_runs:
        yield f"{reading.hidden_runs} runs of hidden text were left out."
    yield from reading.gallery.warnings()
    if reading.foreign_parts:
        yield f"{reading.foreign_parts} inserted documents of another format were not read."
