"""The fast path through paragraphs and tables of nothing but text, which most are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import COMPATIBILITY, MATH, PARAGRAPH, TABLE, VAL, w
from ragtenancy.domain.visible_text import visible_text

_WHITE_SPACE = re.compile(r"[\t\r\n]+ *")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_ALL_TEXT = etree.XPath("string()", smart_strings=False)
_TEXT = w("t")
_STYLE = w("pStyle")
_PROPERTIES = w("pPr")
# Whatever can change what a paragraph says beside its text and its style.
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
            "rStyle",
            "vertAlign",
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


def not_plain(container: etree._Element) -> set[etree._Element]:
    """Return the paragraphs and tables that take a closer look, found in one pass."""
    return {
        holder
        for element in container.iter(*_CLOSER_LOOK)
        for holder in element.iterancestors(PARAGRAPH, TABLE)
    }


def plain_paragraph(paragraph: etree._Element) -> tuple[str | None, str] | None:
    """Return the style and the text of a plain paragraph, None where symbols are in it."""
    text = element_text(paragraph)
    return None if text is None else (_style(paragraph), text)


def element_text(element: etree._Element) -> str | None:
    """Return the text in an element that is plain, None where characters of symbols are in it."""
    text = str(_ALL_TEXT(element))
    if text.isascii() and text.isprintable():
        return text
    if not text.isprintable():
        # Either white space in the text, or a line break between elements.
        texts = (_WHITE_SPACE.sub(" ", each.text or "") for each in element.iter(_TEXT))
        text = "".join(texts)
    return None if _PRIVATE_USE.search(text) else text


def _style(paragraph: etree._Element) -> str | None:
    """Return the id of a paragraph's style; it stands first, in properties that do, too."""
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
    """Return the rows of a table that no merged cell, list, symbol or other table is in.

    None for any other; what takes a closer look by its paragraphs is not asked again.
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
    """Return a cell's text, a line for each paragraph; None where symbols are in it."""
    first = cell[0] if len(cell) else None
    if len(cell) == 2 and first is not None and first.tag == _CELL_PROPERTIES:
        text = element_text(cell)
        return None if text is None else visible_text(text)
    lines = list(map(element_text, cell.iterchildren(PARAGRAPH)))
    return None if None in lines else "\n".join(_shown(lines))


def _shown(lines: Sequence[str | None]) -> Iterator[str]:
    return filter(None, (visible_text(line) for line in lines if line))
