"""Texts of cells, notes and text boxes: runs with raised digits and struck-through words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.marks import scripted, struck
from ragtenancy.adapters.formats.xlsx.package import Package
from ragtenancy.domain.visible_text import visible, visible_text

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class RichText:
    """A cell's text as its runs come, without phonetic guides."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.struck = False
        self.alignment = ""
        self.is_guide = False

    def begin(self) -> None:
        """Begin a run, which has no properties yet."""
        self.struck, self.alignment = False, ""

    def add(self, text: str) -> None:
        """Add a run's text."""
        if self.is_guide:
            return
        text = scripted(text, self.alignment, self._pieces[-1] if self._pieces else "")
        self._pieces.append(struck(text) if self.struck else text)

    def text(self) -> str:
        """Return the whole."""
        return visible("".join(self._pieces))


def rich_text(element: etree._Element) -> str:
    """Return the text of an `si` or `text`."""
    rich = RichText()
    for child in element:
        rich.begin()
        if _local(child) == "t":
            rich.add(unescaped(child.text or ""))
        elif _local(child) == "r":
            _add_run(rich, child)
    return rich.text()


def _add_run(rich: RichText, run: etree._Element) -> None:
    for child in run.iterfind("{*}rPr/*"):
        value = child.get("val", "1")
        if _local(child) == "vertAlign":
            rich.alignment = value
        elif _local(child) == "strike":
            rich.struck = value not in ("0", "false")
    for text in run.iterchildren("{*}t"):
        rich.add(unescaped(text.text or ""))


class Face(Struct, frozen=True, kw_only=True):
    """How a font changes text."""

    alignment: str = ""
    struck: bool = False


def with_runs(text: str, runs: Sequence[tuple[int, int]], faces: Sequence[Face]) -> str:
    """Return a text whose runs are raised or struck out; each has a start and a font's index."""
    rich = RichText()
    starts = [*(start for start, _ in runs), len(text)]
    rich.add(text[: starts[0]])
    for (start, font), end in zip(runs, starts[1:], strict=True):
        face = faces[font] if font < len(faces) else Face()
        rich.struck, rich.alignment = face.struck, face.alignment
        rich.add(text[start:end])
    return rich.text()


def unescaped(text: str) -> str:
    """Return a text whose control characters are written `_x000D_`."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def shared_strings(package: Package, name: str) -> list[str]:
    """Return the workbook's table of texts."""
    return [_shared(element).strip() for element in package.elements(name, "si")]


def _shared(element: etree._Element) -> str:
    if len(element) == 1 and _local(element[0]) == "t":
        return visible(unescaped(element[0].text or ""))
    return rich_text(element)


def drawn_lines(shape: etree._Element) -> Iterator[str]:
    """Yield the non-empty paragraphs of a drawn shape."""
    for paragraph in shape.iter("{*}p"):
        runs = "".join(_drawn(each) for each in paragraph.iter("{*}r", "{*}br", "{*}fld"))
        text = visible_text(runs)
        if text:
            yield text


def _drawn(run: etree._Element) -> str:
    if _local(run) == "br":
        return "\n"
    text = "".join(each.text or "" for each in run.iterchildren("{*}t"))
    properties = next(run.iterchildren("{*}rPr"), None)
    if properties is None:
        return text
    if properties.get("strike", "noStrike") != "noStrike":
        text = struck(text)
    raised = int(properties.get("baseline", "0").rstrip("%") or 0)
    return scripted(text, "superscript" if raised > 0 else "subscript", "x") if raised else text


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
