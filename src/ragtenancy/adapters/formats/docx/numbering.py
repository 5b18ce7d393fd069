"""The definitions of a document's lists."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree
from msgspec import Struct, structs

from ragtenancy.adapters.formats.docx.styles import StyleSheet
from ragtenancy.adapters.formats.docx.wordml import child_switch, child_value, integer, w

LEVELS = 9
_LONGEST_TEMPLATE = 64


class Level(Struct, frozen=True, kw_only=True):
    """One level of a list; `template` is like `%1.%2)`.

    `restarts_after` is the level (counted from 1) whose use restarts this one, 0 for never,
    None for any that is higher. `style_id` is the paragraph style bound to the level.
    """

    start: int = 1
    number_format: str = "decimal"
    template: str = "%1."
    legal: bool = False
    restarts_after: int | None = None
    style_id: str | None = None


class ListDefinition(Struct, frozen=True, kw_only=True):
    """A list as paragraphs refer to it; lists with one `sequence` count on from each other.

    `restarts` are the levels whose counting this list begins anew.
    """

    number_id: str
    sequence: str
    levels: Mapping[int, Level]
    restarts: Mapping[int, int]

    def level(self, index: int) -> Level:
        """Return a level, a plain one where none is defined."""
        return self.levels.get(index) or Level(number_format="bullet", template="•")

    def level_of_style(self, style_id: str | None) -> int | None:
        """Return the level that is bound to a paragraph style."""
        if style_id is None:
            return None
        return next((i for i, level in self.levels.items() if level.style_id == style_id), None)


class Numbering:
    """The lists of a document by the id that paragraphs use."""

    def __init__(self, root: etree._Element | None, styles: StyleSheet) -> None:
        self._styles = styles
        self._abstract = _by_id(root, "abstractNum", "abstractNumId")
        self._numbers = _by_id(root, "num", "numId")
        self._definitions: dict[str, ListDefinition | None] = {}

    def definition(self, number_id: str | None) -> ListDefinition | None:
        """Return a list, None for an unknown one and for `0`, which takes a style's list away."""
        if number_id is None:
            return None
        if number_id not in self._definitions:
            self._definitions[number_id] = self._define(number_id)
        return self._definitions[number_id]

    def _define(self, number_id: str) -> ListDefinition | None:
        number = self._numbers.get(number_id)
        abstract = self._abstract_of(number)
        if number is None or abstract is None or number_id == "0":
            return None
        levels = _levels(abstract)
        restarts = {}
        for override in number.iterchildren(w("lvlOverride")):
            index = integer(override.get(w("ilvl")), 0)
            levels |= _levels(override)
            start = child_value(override, "startOverride")
            if start is not None:
                restarts[index] = integer(start, 1)
                levels[index] = structs.replace(levels.get(index, Level()), start=restarts[index])
        sequence = abstract.get(w("abstractNumId"), "")
        return ListDefinition(
            number_id=number_id, sequence=sequence, levels=levels, restarts=restarts
        )

    def _abstract_of(self, number: etree._Element | None) -> etree._Element | None:
        """Return the abstract list, following one link to a list style."""
        abstract = self._abstract.get(child_value(number, "abstractNumId") or "")
        linked = child_value(abstract, "numStyleLink")
        if linked is None:
            return abstract
        target = self._numbers.get(self._styles.number_id(linked) or "")
        return self._abstract.get(child_value(target, "abstractNumId") or "", abstract)


def _by_id(root: etree._Element | None, name: str, attribute: str) -> dict[str, etree._Element]:
    found = () if root is None else root.iterchildren(w(name))
    return {element.get(w(attribute), ""): element for element in found}


def _levels(parent: etree._Element) -> dict[int, Level]:
    return {
        integer(level.get(w("ilvl")), 0): _level(level) for level in parent.iterchildren(w("lvl"))
    }


def _level(element: etree._Element) -> Level:
    restart = child_value(element, "lvlRestart")
    return Level(
        start=integer(child_value(element, "start"), 0),
        number_format=child_value(element, "numFmt") or "decimal",
        template=(child_value(element, "lvlText") or "")[:_LONGEST_TEMPLATE],
        legal=bool(child_switch(element, "isLgl")),
        restarts_after=None if restart is None else integer(restart, 0),
        style_id=child_value(element, "pStyle"),
    )
