"""PDF documents with annotations, forms, bookmarks and text in any script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tests.factories_files import Words, file_of

LATIN = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
EM = 600


class Page(Struct, frozen=True, kw_only=True):
    """A page of lines; `annotations` are dictionaries as PDF writes them."""

    lines: Sequence[Words] = ()
    annotations: Sequence[str] = ()


class Glyphs(Struct, frozen=True, kw_only=True):
    """A line in any script, glyph by glyph from left to right; a glyph may be several letters.

    `direction` is that of its letters: to the right, or to the left upside down (`-1 0 0 -1`).
    """

    glyphs: Sequence[str]
    y: int
    x: int = 72
    size: int = 12
    direction: str = "1 0 0 1"


def pdf_of(
    *pages: Page,
    catalog: str = "",
    objects: Sequence[str] = (),
    information: Mapping[str, str] = {},
) -> bytes:
    """A document; `objects` are numbered from 3 and may be named in annotations and the catalog."""
    all_objects = ["", "", *objects]
    kids = []
    for page in pages:
        content = "".join(_shown(line) for line in page.lines)
        all_objects += [
            (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 {LATIN}>>>>"
                f"/Contents {len(all_objects) + 2} 0 R/Annots[{' '.join(page.annotations)}]>>"
            ),
            f"<</Length {len(content)}>>\nstream\n{content}endstream",
        ]
        kids.append(f"{len(all_objects) - 1} 0 R")
    properties = "".join(f"/{key} {string(value)}" for key, value in information.items())
    all_objects.append(f"<<{properties}>>")
    all_objects[0] = f"<</Type/Catalog/Pages 2 0 R{catalog}>>"
    all_objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    return file_of(all_objects, f"/Info {len(all_objects)} 0 R")


def string(text: str) -> str:
    """Text as a PDF string of UTF-16."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


def _shown(line: Words) -> str:
    text = line.text.encode("cp1252").hex()
    return f"{line.state} BT /F1 {line.size} Tf 1 0 0 1 {line.x} {line.y} Tm <{text}> Tj ET\n"


def annotation(kind: str, place: tuple[int, int, int, int], more: str = "", text: str = "") -> str:
    """An annotation at left, bottom, right, top."""
    contents = f"/Contents {string(text)}" if text else ""
    left, bottom, right, top = place
    rectangle = f"/Rect[{left} {bottom} {right} {top}]"
    return f"<</Type/Annot/Subtype/{kind}{rectangle}{contents}{more}>>"


def marked(kind: str, place: tuple[int, int, int, int], more: str = "", text: str = "") -> str:
    """An annotation of the words in its rectangle."""
    left, bottom, right, top = place
    corners = f"/QuadPoints[{left} {top} {right} {top} {left} {bottom} {right} {bottom}]"
    return annotation(kind, place, corners + more, text)


def pdf_in_any_script(*lines: Glyphs, drawing: str = "") -> bytes:
    """A page of glyphs of one width, which a table maps to their letters, above a drawing."""
    known = sorted({glyph for line in lines for glyph in line.glyphs})
    codes = {glyph: f"{number:04x}" for number, glyph in enumerate(known, 1)}
    table = "".join(f"<{codes[each]}> <{each.encode('utf-16-be').hex()}>\n" for each in known)
    mapping = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(known)} beginbfchar\n{table}endbfchar\nendcmap end end\n"
    )
    content = drawing + "".join(
        f"BT /F1 {line.size} Tf {line.direction} {line.x} {line.y} Tm "
        f"<{''.join(codes[glyph] for glyph in line.glyphs)}> Tj ET\n"
        for line in lines
    )
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/ToUnicode 6 0 R"
        "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Any"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW {EM}>>]>>"
    )
    return file_of(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Count 1/Kids[3 0 R]>>",
            (
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
                "/Resources<</Font<</F1 5 0 R>>>>>>"
            ),
            f"<</Length {len(content)}>>\nstream\n{content}endstream",
            font,
            f"<</Length {len(mapping)}>>\nstream\n{mapping}endstream",
        ]
    )
