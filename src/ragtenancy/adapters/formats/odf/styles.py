"""The styles of an OpenDocument file, as far as they tell something about its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree
from msgspec import Struct, structs

from ragtenancy.adapters.formats.symbol_fonts import is_symbol_font
from ragtenancy.domain.bold_headings import Emphasis

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
STYLE, TEXT = f"{{{_OASIS}style:1.0}}", f"{{{_OASIS}text:1.0}}"
TABLE, OFFICE = f"{{{_OASIS}table:1.0}}", f"{{{_OASIS}office:1.0}}"
DRAW, FORM = f"{{{_OASIS}drawing:1.0}}", f"{{{_OASIS}form:1.0}}"
SHOW, FO = f"{{{_OASIS}presentation:1.0}}", f"{{{_OASIS}xsl-fo-compatible:1.0}}"
CHART = f"{{{_OASIS}chart:1.0}}"
SVG = f"{{{_OASIS}svg-compatible:1.0}}"
HREF = "{http://www.w3.org/1999/xlink}href"
_DEEPEST = 20
_SIZE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)(pt|%)\Z")
_DEFAULT_SIZE = 24
_HEAD_NOTHING = ("Caption", "Subtitle")
_BOLD = ("bold", "600", "700", "800", "900")


class Look(Struct, frozen=True, kw_only=True):
    """What a style says of text, cells, sheets and slides."""

    hidden: bool = False
    struck: bool = False
    alignment: str = ""
    bold: bool | None = None
    size: int | None = None
    symbol_font: str | None = None
    shaded: bool = False
    is_title: bool = False
    may_head: bool = True

    def within(self, outer: Look) -> Look:
        """Return the type of a span in text of an outer look."""
        if self.bold is None and self.size is None and self.symbol_font is None:
            return outer
        return Look(
            bold=outer.bold if self.bold is None else self.bold,
            size=self.size or outer.size,
            symbol_font=outer.symbol_font if self.symbol_font is None else self.symbol_font,
        )

    @property
    def emphasis(self) -> Emphasis:
        """The weight and size of the type."""
        return Emphasis(bool(self.bold), self.size or _DEFAULT_SIZE)


class ListLevel(Struct, frozen=True, kw_only=True):
    """How the items of one level of a list are marked."""

    bullet: str = ""
    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    levels: int = 1


class Styles:
    """Styles by family and name, with what they inherit."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._elements: dict[tuple[str, str], etree._Element] = {}
        self._lists: dict[str, etree._Element] = {}
        self._looks: dict[tuple[str, str], Look] = {}
        self._fonts: dict[str, str] = {}
        self._defaults: dict[str, etree._Element] = {}
        for root in roots:
            for each in root.iter(f"{STYLE}font-face"):
                family = each.get(f"{SVG}font-family", "").strip("'")
                self._fonts[each.get(f"{STYLE}name", "")] = family
            for each in root.iter(f"{STYLE}default-style"):
                self._defaults[each.get(f"{STYLE}family", "")] = each
            for each in root.iter(f"{STYLE}style"):
                family, name = each.get(f"{STYLE}family", ""), each.get(f"{STYLE}name", "")
                self._elements[family, name] = each
            for each in root.iter(f"{TEXT}list-style"):
                self._lists[each.get(f"{STYLE}name", "")] = each

    def look(self, family: str, name: str | None) -> Look:
        """Return what a style says, with its ancestors."""
        key = (family, name or "")
        if key not in self._looks:
            self._looks[key] = self._inherited(family, name or "", _DEEPEST)
        return self._looks[key]

    def levels(self, name: str) -> Mapping[int, ListLevel]:
        """Return the levels of a list style, counted from 1."""
        root = self._lists.get(name)
        levels = {} if root is None else {number(e, f"{TEXT}level", 1): e for e in root}
        return {depth: _level(element) for depth, element in levels.items()}

    def list_of(self, paragraph: str | None) -> str:
        """Return the list style that a paragraph style names."""
        element = self._elements.get(("paragraph", paragraph or ""))
        return "" if element is None else element.get(f"{STYLE}list-style-name", "")

    def _inherited(self, family: str, name: str, depth: int) -> Look:
        element = self._elements.get((family, name))
        if element is None or depth == 0:
            default = self._defaults.get(family)
            look = Look(is_title=name == "Title", may_head=name not in _HEAD_NOTHING)
            return look if default is None else self._changed(look, default)
        parent = self._inherited(family, element.get(f"{STYLE}parent-style-name", ""), depth - 1)
        is_title = parent.is_title or name == "Title"
        may_head = parent.may_head and name not in _HEAD_NOTHING
        return self._changed(structs.replace(parent, is_title=is_title, may_head=may_head), element)

    def _changed(self, look: Look, element: etree._Element) -> Look:
        """Return a look with what a style states; a font that shows letters as such is none."""
        changed = _changed(look, element)
        name = _font_name(element)
        if name is None:
            return changed
        font = self._fonts.get(name, name)
        return structs.replace(changed, symbol_font=font if is_symbol_font(font) else "")


def _font_name(element: etree._Element) -> str | None:
    for properties in element.iterchildren(f"{STYLE}text-properties"):
        family = properties.get(f"{FO}font-family", "").strip("'")
        return properties.get(f"{STYLE}font-name") or family or None
    return None


def _changed(look: Look, element: etree._Element) -> Look:
    changes: dict[str, bool | int | str | None] = {}
    for properties in element:
        found = {str(key).rpartition("}")[2]: str(value) for key, value in properties.items()}
        # `display` of slides' properties names fields, such as `display-date-time`.
        if "display" in found:
            changes["hidden"] = found["display"] in ("none", "false")
        if "visibility" in found:
            changes["hidden"] = found["visibility"] == "hidden"
        if "text-line-through-style" in found:
            changes["struck"] = found["text-line-through-style"] != "none"
        if "text-position" in found:
            changes["alignment"] = _alignment(found["text-position"])
        if "font-weight" in found:
            changes["bold"] = found["font-weight"] in _BOLD
        if "font-size" in found:
            changes["size"] = _size(found["font-size"], look.size)
        if "background-color" in found and properties.tag == f"{STYLE}table-cell-properties":
            changes["shaded"] = found["background-color"] not in ("transparent", "#ffffff")
    return structs.replace(look, **changes)


def _size(text: str, above: int | None) -> int | None:
    """Return a size of type in half-points; per cents are those of the style above."""
    found = _SIZE.match(text)
    if found is None:
        return above
    value = float(found[1])
    return round((above or _DEFAULT_SIZE) * value / 100) if found[2] == "%" else round(2 * value)


def _alignment(position: str) -> str:
    first = position.split(maxsplit=1)[0] if position.split() else ""
    if first == "super" or (first.endswith("%") and not first.startswith(("-", "0%"))):
        return "superscript"
    return "subscript" if first == "sub" or first.startswith("-") else ""


def _level(element: etree._Element) -> ListLevel:
    if element.tag == f"{TEXT}list-level-style-bullet":
        return ListLevel(bullet=element.get(f"{TEXT}bullet-char", "•"))
    return ListLevel(
        form=element.get(f"{STYLE}num-format", ""),
        prefix=element.get(f"{STYLE}num-prefix", ""),
        suffix=element.get(f"{STYLE}num-suffix", ""),
        start=number(element, f"{TEXT}start-value", 1),
        levels=number(element, f"{TEXT}display-levels", 1),
    )


def number(element: etree._Element, name: str, default: int) -> int:
    """Return an attribute's short whole number, the default for anything else."""
    text = element.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else default


_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def counted(count: int, form: str) -> str:
    """Return an item's number as its level writes it: `3`, `c`, `iii`."""
    if form in ("a", "A"):
        text = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 9 + 1)
    elif form in ("i", "I"):
        text, rest = "", count % 4_000
        for value, sign in _ROMAN:
            text += sign * (rest // value)
            rest %= value
    else:
        text = str(count) if form else ""
    return text.upper() if form in ("A", "I") else text
