"""The fast path for text-only paragraphs and tables, which most are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import cast

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import COMPATIBILITY, MAIN, MATH, PARAGRAPH, TABLE, VAL, w
from ragtenancy.domain.visible_text import visible_text

_WHITE_SPACE = re.compile(r"[\t\r\n]+ *")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_ALL_TEXT = etree.XPath("string()", smart_strings=False)
_TEXT = w("t")
_STYLE = w("pStyle")
_PROPERTIES = w("pPr")
# Everything beside text and style that can change a paragraph's content.
_CLOSER_LOOK = (
    *(
        w(name)
        for name in [
            "numPr",
            "tab",
            "ptab",
            "br",
            "cr",
            "sym",
            "noBreakHyphen",
            "fldChar",
            "fldSimple",
            "hyperlink",
            "drawing",
            "pict",
            "object",
            "ins",
            "del",
            "moveFrom",
            "moveTo",
            "sdt",
            "customXml",
            "smartTag",
            "dir",
            "bdo",
            "subDoc",
            "ruby",
            "txbxContent",
            "instrText",
            "delText",
            "footnoteReference",
            "endnoteReference",
            "commentReference",
            "vanish",
            "strike",
            "dstrike",
            "rStyle",
            "vertAlign",
            "position",
            "outlineLvl",
            "framePr",
            "sectPr",
            "pPrChange",
            "rPrChange",
        ]
    ),
    f"{{{COMPATIBILITY}}}*",
    f"{{{MATH}}}*",
)
# Text in white, in tiny type or in a symbol font; and paragraphs that begin in bold or large type.
_SPECIAL_LOOK = etree.XPath(
    "descendant::w:rPr[w:color[starts-with(@w:val, 'F')] or w:sz[@w:val < 5]"
    " or w:rFonts[contains(@w:ascii, 'dings') or contains(@w:hAnsi, 'dings')"
    " or starts-with(@w:ascii, 'Symbol') or starts-with(@w:hAnsi, 'Symbol')]]",
    namespaces={"w": MAIN},
)
_HEADING_LOOK = etree.XPath("w:p[w:r[1]/w:rPr[w:b or w:sz[@w:val > 25]]]", namespaces={"w": MAIN})


def not_plain(container: etree._Element) -> set[etree._Element]:
    """Return the paragraphs and tables that need a full reading, found in one pass."""
    special = chain(container.iter(*_CLOSER_LOOK), _found(_SPECIAL_LOOK, container))
    found = {holder for each in special for holder in each.iterancestors(PARAGRAPH, TABLE)}
    return found.union(_found(_HEADING_LOOK, container))


def _found(path: etree.XPath, container: etree._Element) -> list[etree._Element]:
    return cast("list[etree._Element]", path(container))


def plain_paragraph(paragraph: etree._Element) -> tuple[str | None, str] | None:
    """Return the style and text of a plain paragraph, None if it contains symbols."""
    text = element_text(paragraph)
    return None if text is None else (_style(paragraph), text)


def element_text(element: etree._Element) -> str | None:
    """Return the text of a plain element, None if it contains symbol characters."""
    text = str(_ALL_TEXT(element))
    if text.isascii() and text.isprintable():
        return text
    if not text.isprintable():
        # Either white space in the text, or a line break between elements.
        texts = (_WHITE_SPACE.sub(" ", each.text or "") for each in element.iter(_TEXT))
        text = "".join(texts)
    return None if _PRIVATE_USE.search(text) else text


def _style(paragraph: etree._Element) -> str | None:
    """Return the id of a paragraph's style, the first property in the first element."""
    first = paragraph[0] if len(paragraph) else None
    if first is None or first.tag != _PROPERTIES:
        return None
    style = first[0] if len(first) else None
    return style.get(VAL) if style is not None and style.tag == _STYLE else None


_ROW = w("tr")
_CELL = w("tc")
_CELL_PROPERTIES = w("tcPr")
_IRREGULAR = (
    TABLE,
    *(
        w(name)
        for name in [
            "gridSpan",
            "gridBefore",
            "gridAfter",
            "vMerge",
            "hMerge",
            "cellDel",
            "tblHeader",
            "altChunk",
        ]
    ),
)


def plain_rows(
    table: etree._Element, is_plain_style: Callable[[str | None], bool]
) -> Sequence[Sequence[str]] | None:
    """Return the rows of a table without merged cells, lists, symbols or other tables.

    None for any other; paragraphs known to need a full reading are not checked again.
    """
    if next(table.iterdescendants(*_IRREGULAR), None) is not None:
        return None
    styles = {style.get(VAL) for style in table.iterdescendants(_STYLE)}
    if not all(map(is_plain_style, (None, *styles))):
        return None
    rows = [[_text(cell) for cell in row.iterchildren(_CELL)] for row in table.iterchildren(_ROW)]
    texts = [[text for text in row if text is not None] for row in rows]
    return texts if list(map(len, texts)) == list(map(len, rows)) else None


def _text(cell: etree._Element) -> str | None:
    """Return a cell's text, one line per paragraph; None if it contains symbols."""
    first = cell[0] if len(cell) else None
    if len(cell) == 2 and first is not None and first.tag == _CELL_PROPERTIES:
        text = element_text(cell)
        return None if text is None else visible_text(text)
    lines = list(map(element_text, cell.iterchildren(PARAGRAPH)))
    return None if None in lines else "\n".join(_shown(lines))


def _shown(lines: Sequence[str | None]) -> Iterator[str]:
    return filter(None, (visible_text(line) for line in lines if line))
