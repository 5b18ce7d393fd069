"""Numbering of lists: definitions, counters and number formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lxml import etree
from msgspec import Struct, structs

from ragtenancy.adapters.formats.docx.styles import StyleSheet
from ragtenancy.adapters.formats.docx.xml import child_switch, child_value, integer, w
from ragtenancy.adapters.formats.symbol_fonts import in_font
from ragtenancy.domain.visible_text import visible_text

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 3_999
_LARGEST_CIRCLED = 20
_MAX_LETTERS = 10
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_CHINESE = "〇一二三四五六七八九"


def written(number: int, number_format: str) -> str:
    """Return a number in one of Word's formats; decimal for an unknown format."""
    writer = _WRITERS.get(number_format)
    return str(number) if writer is None or number < 0 else writer(number)


def _letters(alphabet: str) -> Callable[[int], str]:
    """After the last letter Word doubles them: z, aa, bb."""

    def write(number: int) -> str:
        rounds, index = divmod(number - 1, len(alphabet))
        if number < 1 or rounds >= _MAX_LETTERS:
            return str(number)
        return alphabet[index] * (rounds + 1)

    return write


def _roman(number: int) -> str:
    if not 1 <= number <= _LARGEST_ROMAN:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text


def _ordinal(number: int) -> str:
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _circled(number: int) -> str:
    return chr(0x245F + number) if 1 <= number <= _LARGEST_CIRCLED else str(number)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not 1 <= tens <= len(_CHINESE) - 1:
        return _CHINESE[ones] if tens == 0 else str(number)
    return (_CHINESE[tens] if tens > 1 else "") + "十" + (_CHINESE[ones] if ones else "")


_WRITERS: Mapping[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02d}",
    "lowerLetter": _letters(_LATIN),
    "upperLetter": _letters(_LATIN.upper()),
    "russianLower": _letters(_RUSSIAN),
    "russianUpper": _letters(_RUSSIAN.upper()),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "ordinal": _ordinal,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "ideographDigital": _chinese,
    "none": lambda _: "",
}


LEVELS = 9
_LONGEST_TEMPLATE = 64


class Level(Struct, frozen=True, kw_only=True):
    """One level of a list; `template` is like `%1.%2)`.

    `font` is that of a bullet. `restarts_after` is the level (counted from 1) whose use restarts this one, 0 for never,
    None for any higher level. `style_id` is the paragraph style bound to the level.
    """

    start: int = 1
    number_format: str = "decimal"
    template: str = "%1."
    legal: bool = False
    restarts_after: int | None = None
    style_id: str | None = None
    font: str = ""


class ListDefinition(Struct, frozen=True, kw_only=True):
    """A list as referenced by paragraphs; lists that share a `sequence` continue its numbering.

    `restarts` are the levels that this list restarts.
    """

    number_id: str
    sequence: str
    levels: Mapping[int, Level]
    restarts: Mapping[int, int]

    def level(self, index: int) -> Level:
        """Return a level, a plain one if undefined."""
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
        """Return a list, None for an unknown one and for `0`, which removes a style's list."""
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
    fonts = element.find(_FONTS)
    return Level(
        start=integer(child_value(element, "start"), 0),
        number_format=child_value(element, "numFmt") or "decimal",
        template=(child_value(element, "lvlText") or "")[:_LONGEST_TEMPLATE],
        legal=bool(child_switch(element, "isLgl")),
        restarts_after=None if restart is None else integer(restart, 0),
        style_id=child_value(element, "pStyle"),
        font="" if fonts is None else fonts.get(w("ascii"), ""),
    )


_PLACEHOLDER = re.compile(r"%([1-9])")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_BULLET = "•"
_FONTS = f"{w('rPr')}/{w('rFonts')}"
# Bullets that say something: done or not, right or wrong.
_TICKS = frozenset("✓✔✗✘☐☑☒□")


class ListCounters:
    """The state of every list of a document while its paragraphs are read in order."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int | None]] = {}
        self._restarted: set[tuple[str, int]] = set()

    def next_marker(self, definition: ListDefinition, index: int) -> str:
        """Count one item of a level and return its marker."""
        counts = self._counts.setdefault(definition.sequence, [None] * LEVELS)
        level = definition.level(index)
        current = counts[index]
        restart = (definition.number_id, index)
        if index in definition.restarts and restart not in self._restarted:
            self._restarted.add(restart)
            current = None
        counts[index] = level.start if current is None else current + 1
        self._reset_deeper(definition, counts, index)
        return _marker(definition, level, counts)

    @staticmethod
    def _reset_deeper(definition: ListDefinition, counts: list[int | None], index: int) -> None:
        for deeper in range(index + 1, LEVELS):
            after = definition.level(deeper).restarts_after
            if after is None or index < after:
                counts[deeper] = None


def _marker(definition: ListDefinition, level: Level, counts: list[int | None]) -> str:
    if level.number_format == "bullet":
        shown = in_font(level.template, level.font).strip()
        if shown in _TICKS:
            return shown
        bullet = visible_text(_PRIVATE_USE.sub(_BULLET, level.template))
        return bullet or (_BULLET if level.template else "")

    def number(place: re.Match[str]) -> str:
        index = int(place[1]) - 1
        shown = definition.level(index)
        count = counts[index]
        number_format = "decimal" if level.legal else shown.number_format
        return written(shown.start if count is None else count, number_format)

    return visible_text(_PLACEHOLDER.sub(number, level.template))
