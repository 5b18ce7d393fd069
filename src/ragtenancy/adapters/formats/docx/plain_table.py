"""The short way through tables of nothing but text, one cell to each place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.plain_text import element_text
from ragtenancy.adapters.formats.docx.wordml import PARAGRAPH, TABLE, VAL, w
from ragtenancy.domain.visible_text import visible_text

_ROW = w("tr")
_CELL = w("tc")
_STYLE = w("pStyle")
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
