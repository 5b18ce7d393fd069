"""Numbers in prose, normalised so that two spellings of one number are equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from ragtenancy.domain.comparable import comparable

CLOSE = 1e-6
_NUMBER = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,']\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+\Z|\d{1,2}(?:,\d{2})+,\d{3}\Z")
_GROUP_MARK = re.compile(r"[.,' ]")
_CLOCK = re.compile(r"\d{1,2}[.,]\d{2}\Z")
_WORDS = {
    word: str(number)
    for number, listed in enumerate(
        (
            "",
            "one eins ein eine einem einen einer un une uno una um uma een één jeden jedna",
            "two zwei deux dos due dois duas twee dwa dwie",
            "three drei trois tres tre três drie trzy",
            "four vier quatre cuatro quattro quatro cztery",
            "five fünf cinq cinco cinque vijf pięć",
            "six sechs seis sei zes sześć",
            "seven sieben sept siete sette sete zeven siedem",
            "eight acht huit ocho otto oito osiem",
            "nine neun neuf nueve nove negen dziewięć",
            "ten zehn dix diez dieci dez tien dziesięć",
            "eleven elf onze once undici jedenaście",
            "twelve zwölf douze doce dodici doze twaalf dwanaście",
        )
    )
    for word in listed.split()
}
_AMBIGUOUS = frozenset(
    [
        "one",
        "eins",
        "ein",
        "eine",
        "einem",
        "einen",
        "einer",
        "un",
        "une",
        "uno",
        "una",
        "um",
        "uma",
        "een",
        "één",
        "jeden",
        "jedna",
        "dos",
        "due",
        "sei",
        "sept",
        "sete",
        "once",
        "onze",
        "elf",
        "neuf",
        "nove",
        "tre",
        "dix",
        "dez",
        "doze",
    ]
)
"""Words with another meaning in one of the languages: they count in passages, not in questions."""
_WORD = re.compile(r"[^\W\d_]+")


def numbers(text: str) -> list[frozenset[str]]:
    """Return the numbers that a text states, each as its equivalent spellings."""
    shown = comparable(text)
    stated = [_spellings(found[0]) for found in _NUMBER.finditer(shown)]
    words = (word.lower() for word in _WORD.findall(shown))
    stated += [frozenset([_WORDS[w]]) for w in words if w in _WORDS and w not in _AMBIGUOUS]
    return stated


def held_numbers(text: str) -> frozenset[str]:
    """Return every spelling of every number in a text, including the parts of dates."""
    shown = comparable(text)
    held: set[str] = set()
    for found in _NUMBER.finditer(shown):
        held |= _spellings(found[0])
        if _CLOCK.match(found[0]) or found[0].count(".") > 1:
            held |= {_plain(part) for part in _GROUP_MARK.split(found[0])}
    held |= {_WORDS[w] for word in _WORD.findall(shown) if (w := word.lower()) in _WORDS}
    return frozenset(held)


def is_computed(number: frozenset[str], stated: Sequence[frozenset[str]]) -> bool:
    """Return whether a number is the difference or sum of two others, to its own precision."""
    wanted = {value for each in number if (value := _value(each)) is not None}
    values = [v for each in stated for v in (_value(one) for one in each) if v is not None]
    return any(
        abs(abs(a - b) - w) < CLOSE or abs(a + b - w) < CLOSE
        for a, b in combinations(values, 2)
        for w in wanted
    )


def _value(spelling: str) -> float | None:
    try:
        return float(spelling)
    except ValueError:
        return None


def _spellings(number: str) -> frozenset[str]:
    """Return a number's possible meanings: 1.500 is 1500 or 1.5, 1,234.50 is 1234.5."""
    found = set()
    if _GROUPED.match(number):
        found.add(_plain(_GROUP_MARK.sub("", number)))
    *groups, last = _GROUP_MARK.split(number)
    if not groups:
        found.add(_plain(last))
    elif "'" not in number and " " not in number and len(groups) == 1:
        found.add(_decimal(groups[0], last))
    elif all(len(group) == len("000") for group in groups[1:]):
        found.add(_decimal("".join(groups), last))
    return frozenset(found or {number})


def _decimal(whole: str, part: str) -> str:
    part = part.rstrip("0")
    return f"{_plain(whole)}.{part}" if part else _plain(whole)


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"
