"""A whole page of HTML."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HTMLParser, document_fromstring
from msgspec import Struct

from ragtenancy.adapters.formats.html.flow import flat_text
from ragtenancy.adapters.formats.html.pictures import Gallery
from ragtenancy.adapters.formats.html.walk import blocks_of
from ragtenancy.adapters.formats.plain.encoding import decoded
from ragtenancy.domain.parsed import Block, Heading, ParsedDocument

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)|\A\s*<\?xml[^>]+encoding\s*=\s*["']([\w.-]+)""",
    re.IGNORECASE,
)
_HEAD_BYTES = 4_096


class Page(Struct, frozen=True, kw_only=True):
    """A page as read: its title and its blocks in order."""

    title: str
    blocks: list[Block]


def read_page(text: str, gallery: Gallery) -> Page:
    """Read a page's text; pictures go to the gallery."""
    body = _DECLARATION.sub("", text)
    if not body.strip():
        return Page(title="", blocks=[])
    root = document_fromstring(body, parser=_parser(), ensure_head_body=False)
    blocks = blocks_of(root, gallery)
    return Page(title=_title(root, blocks), blocks=blocks)


def read_document(data: bytes) -> ParsedDocument:
    """Read a page's bytes; raises `UnreadableDocumentError` for what is no text."""
    text, warnings = page_text(data)
    gallery = Gallery()
    page = read_page(text, gallery)
    return ParsedDocument(
        title=page.title, blocks=page.blocks, images=gallery.images, warnings=warnings
    )


def page_text(data: bytes) -> tuple[str, list[str]]:
    """Return a page's text by its byte order mark, its own word or a guess; and warnings."""
    found = _CHARSET.search(data[:_HEAD_BYTES])
    declared = (found[1] or found[2]).decode("ascii") if found else None
    return decoded(data, declared)


def _parser() -> HTMLParser:
    """Return a parser that cuts nothing off: HTML has no entities to multiply, and the walk counts depth."""
    return HTMLParser(encoding="utf-8", huge_tree=True)


def _title(root: etree._Element, blocks: list[Block]) -> str:
    element = next(root.iter("title"), None)
    title = flat_text(element) if element is not None else ""
    headings = (block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    return title or next(headings, "")
