"""The markers of list items as a browser shows them."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ragtenancy.adapters.formats.html.elements import whole_number

_BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_ROMAN_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LARGEST_ROMAN = 3_999
_LETTERS = 26


@dataclass
class OpenList:
    """A list that is open; `number` is that of its next item, None for bullets."""

    number: int | None
    style: str

    def next_marker(self, item: etree._Element) -> str:
        """Return the marker of an item and count it."""
        if self.number is None:
            return _BULLET
        number = whole_number(item.get("value"), self.number)
        self.number = number + 1
        return f"{_written(number, self.style)}."


def opened_list(element: etree._Element) -> OpenList:
    """Return the state of a list that begins."""
    if element.tag != "ol":
        return OpenList(number=None, style="")
    return OpenList(whole_number(element.get("start"), 1), element.get("type") or "1")


def _written(number: int, style: str) -> str:
    if style in ("a", "A") and number > 0:
        return _in_case(_lettered(number), style)
    if style in ("i", "I") and 0 < number <= _LARGEST_ROMAN:
        return _in_case(_roman(number), style)
    return str(number)


def _in_case(text: str, style: str) -> str:
    return text.upper() if style.isupper() else text


def _lettered(number: int) -> str:
    text = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        text = chr(ord("a") + letter) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, *_ROMAN_SMALL):
        count, number = divmod(number, value)
        text += letters * count
    return text
