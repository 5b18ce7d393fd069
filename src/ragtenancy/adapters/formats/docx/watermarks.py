"""Watermarks: WordArt or a drawing behind the text, kept in a header."""

from __future__ import annotations

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import ALTERNATE_CONTENT, PLACED, VML, w
from ragtenancy.domain.visible_text import visible_text

_WORD_ART = f"{{{VML}}}textpath"
_SHAPES = (f"{{{VML}}}shape", f"{{{PLACED}}}docPr")
_DRAWINGS = (ALTERNATE_CONTENT, w("pict"), w("drawing"))


def without_watermarks(header: etree._Element) -> tuple[list[str], int]:
    """Remove the watermarks from a header; return their texts, and how many are pictures."""
    found = [_drawing(each) for each in header.iter(_WORD_ART)]
    found += [_drawing(each) for each in header.iter(*_SHAPES) if _is_named(each)]
    drawings = list(dict.fromkeys(each for each in found if each is not None))
    texts = [_text(each) for each in drawings]
    for each in drawings:
        parent = each.getparent()
        if parent is not None:
            parent.remove(each)
    return list(dict.fromkeys(filter(None, texts))), texts.count("")


def _is_named(shape: etree._Element) -> bool:
    names = (shape.get(name, "") for name in ("id", "name", "title", "descr"))
    return any("watermark" in name.lower() for name in names)


def _drawing(element: etree._Element) -> etree._Element | None:
    """Return the outermost drawing around an element."""
    found = None
    for each in element.iterancestors(*_DRAWINGS):
        found = each
    return found


def _text(drawing: etree._Element) -> str:
    """Return the text of WordArt, else that of a text box; empty for a picture."""
    art = (visible_text(each.get("string", "")) for each in drawing.iter(_WORD_ART))
    boxed = " ".join(each.text or "" for each in drawing.iter(w("t")))
    return next(filter(None, art), "") or visible_text(boxed)
