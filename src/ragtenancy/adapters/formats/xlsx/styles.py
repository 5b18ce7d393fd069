"""The cell styles of a workbook, as far as they tell something about a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.xlsx.number_formats import GENERAL, built_in
from ragtenancy.adapters.formats.xlsx.package import number_of

_WHITE = ("FFFFFFFF", "00FFFFFF", "FFFFFF")
_NO_FILL = ("none", "gray125", "")


class Style(Struct, frozen=True, kw_only=True):
    """How a cell shows its value."""

    code: str = GENERAL
    bold: bool = False
    shaded: bool = False
    struck: bool = False


PLAIN = Style()


def read_styles(root: etree._Element | None) -> Sequence[Style]:
    """Return the styles by their index in `cellXfs`."""
    if root is None:
        return []
    codes = {
        number_of(each.get("numFmtId")): each.get("formatCode", GENERAL)
        for each in _children(root, "numFmts", "numFmt")
    }
    fonts = [(_flag(font, "b"), _flag(font, "strike")) for font in _children(root, "fonts", "font")]
    fills = [_is_shaded(fill) for fill in _children(root, "fills", "fill")]
    return [_style(each, codes, fonts, fills) for each in _children(root, "cellXfs", "xf")]


def _style(
    xf: etree._Element,
    codes: dict[int, str],
    fonts: Sequence[tuple[bool, bool]],
    fills: Sequence[bool],
) -> Style:
    number, font, fill = (number_of(xf.get(name)) for name in ("numFmtId", "fontId", "fillId"))
    bold, struck = fonts[font] if font < len(fonts) else (False, False)
    return Style(
        code=codes.get(number) or built_in(number),
        bold=bold,
        shaded=fill < len(fills) and fills[fill],
        struck=struck,
    )


def _children(root: etree._Element, group: str, name: str) -> Iterator[etree._Element]:
    for holder in root.iterchildren(f"{{*}}{group}"):
        yield from holder.iterchildren(f"{{*}}{name}")


def _flag(font: etree._Element, name: str) -> bool:
    found = next(font.iterchildren(f"{{*}}{name}"), None)
    return found is not None and found.get("val", "1") not in ("0", "false")


def _is_shaded(fill: etree._Element) -> bool:
    pattern = next(fill.iterchildren("{*}patternFill"), None)
    if pattern is None:
        return next(fill.iterchildren("{*}gradientFill"), None) is not None
    if pattern.get("patternType", "") in _NO_FILL:
        return False
    color = next(pattern.iterchildren("{*}fgColor"), None)
    if color is None:
        return True
    is_background = color.get("theme") == "0" and not color.get("tint")
    return color.get("rgb", "").upper() not in _WHITE and not is_background
