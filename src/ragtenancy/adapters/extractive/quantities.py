"""Quantities in the cells of tables and in questions: numbers with their units, ranges, bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*\Z")
_NUMBER = re.compile(r"[-+]?\d[\d.,\u00a0\u202f' ]*\d|\d")
QUANTITY = re.compile(  # a value, where "Gyra 12" is a name
    r"(?:(?:from|up to|about|approx\.?|max\.?|min\.?|at (?:most|least)|over|under|below|above|ca\.?|ab|bis(?: zu)?"
    r"|rund|env\.?|dès|desde|hasta)\s+)?(?:[A-Z]{2,3}|[€$£¥])?\s?[-+\u2212]?\d(?!\d*[A-Za-z]+\d)",
    re.IGNORECASE,
)
_ASKED_NUMBER = re.compile(r"(?<![\w.-])(\d+(?:[.,]\d+)?)\s?(%|[a-zA-Z]+)?")
_UP_TO = re.compile(
    r"\b(?:up to|below|under|less than|at most|max\.?|bis(?: zu)?|unter|jusqu'à|hasta)\s+[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?:\b(?:over|above|more than|at least|from|from|ab|über|mehr als|plus de|más de)\s+[^\d]{0,4}(\d[\d.,]*)|(\d[\d.,]*)[^\d]{0,4}\s?(?:or more|and more|and above|or longer|and over|oder mehr|\+))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"(\d[\d.,]*)[^\d]{0,4}\s?(?:to|-|\u2013|bis|à|a|and|und)\s?[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)


def with_unit(value: str, column: str) -> str:
    """Return a value with the unit that its column has in brackets: `Waiting time (weeks)`."""
    unit = _IN_BRACKETS.search(column)
    return f"{value} {unit[1]}" if unit else value


def number_in(text: str) -> float | None:
    """Return the first number of a cell, None where there is none; `1,290` and `1.290,50` are read."""
    found = _NUMBER.search(text)
    if not found:
        return None
    digits = re.sub(r"[\s\u00a0\u202f']", "", found[0])
    if "," in digits and "." in digits:
        last = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    elif "," in digits or "." in digits:
        mark = "," if "," in digits else "."
        whole, _, rest = digits.rpartition(mark)
        thousands = (
            len(rest) == 3 and whole.lstrip("-+0") != "" and (mark == "," or digits.count(mark) > 1)
        )
        digits = (
            digits.replace(mark, "") if thousands or digits.count(mark) > 1 else f"{whole}.{rest}"
        )
    try:
        return float(digits)
    except ValueError:
        return None


_SCALES: Sequence[tuple[str, float]] = (
    (r"milliseconds?|ms", 0.001), (r"seconds?|sekunden?|sec|s", 1), (r"minutes?|minuten?|min", 60),
    (r"hours?|stunden?|heures?|horas?|hrs?|h", 3_600), (r"(?:working |business )?days?|(?:werk)?tage?n?|jours?|días?|d", 86_400),
    (r"weeks?|wochen?|semaines?|semanas?", 604_800), (r"months?|monate?n?|mois|mes(?:es)?", 2_629_800),
    (r"years?|jahre?n?|ans?|années?|años?", 31_557_600), (r"mg", 1e-6), (r"g", 1e-3), (r"t|tonnes?", 1e3), (r"mm", 1e-3),
    (r"cm", 1e-2), (r"km", 1e3), (r"ml", 1e-3), (r"cl", 1e-2), (r"mb", 1e6), (r"gb", 1e9), (r"tb", 1e12), (r"kw", 1e3),
    (r"millions?|mio\.?|m", 1e6), (r"billions?|mrd\.?|bn", 1e9), (r"k", 1e3),
)  # fmt: skip
_UNIT = re.compile(r"\d[\d.,]*\s?-?([^\W\d_]+(?: days?)?)")


def quantity_in(text: str) -> float | None:
    """Return the first number of a cell in the base unit of what it counts: 4 weeks are seconds."""
    number = number_in(text)
    unit = _UNIT.search(text)
    if number is None or unit is None:
        return number
    scales = (scale for names, scale in _SCALES if re.fullmatch(names, unit[1], re.IGNORECASE))
    return number * next(scales, 1.0)


def numbers_asked(question: str) -> list[float]:
    """Return the numbers of a question that stand alone: `92 %`, `12 hours`, but not `E21`."""
    return [float(m[1].replace(",", ".")) for m in _ASKED_NUMBER.finditer(question)]


def within(number: float, text: str) -> bool:
    """Tell whether a number lies in the range that a text spells: `8 to 24`, `below 90`, `97 or more`."""
    between = _BETWEEN.search(text)
    if between:
        low, high = (number_in(between[1]), number_in(between[2]))
        return low is not None and high is not None and low <= number <= high
    below = _UP_TO.search(text)
    if below:
        bound = number_in(below[1])
        return bound is not None and number <= bound
    above = _FROM.search(text)
    if above:
        bound = number_in(above[1] or above[2])
        return bound is not None and number >= bound
    return False


def difference(high: str, low: str) -> str | None:
    """Return how far two quantities are apart, with their unit; None where the units differ."""
    frames = [_NUMBER.sub("{}", text, count=1) for text in (high, low)]
    if unit_of(high) != unit_of(low):
        return None
    apart = round(abs((number_in(high) or 0.0) - (number_in(low) or 0.0)), 6)
    number = f"{apart:.6f}".rstrip("0").rstrip(".")
    return frames[0].replace("{}", number) if frames[0] == frames[1] else number


class Bound(Struct, frozen=True, kw_only=True):
    """What a question bounds a quantity by, and how it says so: `less than 600 euros`.

    The bounds themselves are within where it is `inclusive`.
    """

    said: str
    low: str | None
    high: str | None
    inclusive: bool

    def holds(self, value: str) -> bool:
        """Tell whether a cell's quantity is within; units are converted where both have one."""
        own = number_in(value)
        if own is None:
            return False
        for bound, sign in ((self.low, 1), (self.high, -1)):
            if bound is None:
                continue
            apart = (_compared(value, own, bound)) * sign
            if apart < 0 or (apart == 0 and not self.inclusive):
                return False
        return True


def bound_in(question: str) -> Bound | None:
    """Return the bound that a question sets, None where it sets none."""
    between = _BOUND_BETWEEN.search(question)
    if between:
        low, high = between["low"], between["high"]
        return Bound(said=between[0], low=low, high=high, inclusive=True)
    for pattern, is_low in ((_AT_MOST, False), (_LESS, False), (_AT_LEAST, True), (_MORE, True)):
        found = pattern.search(question)
        if found:
            number = found["number"]
            return Bound(
                said=found[0],
                low=number if is_low else None,
                high=None if is_low else number,
                inclusive=pattern in (_AT_MOST, _AT_LEAST),
            )
    return None


def spells_range(text: str) -> bool:
    """Tell whether a cell spells a range: `8 to 24`, `from 90`."""
    return any(pattern.search(text) for pattern in (_BETWEEN, _UP_TO, _FROM))


def unit_of(text: str) -> str:
    """Return the word or sign that stands beside the first number of a text, in lower case."""
    found = _UNIT.search(text) or re.search(r"([€$£¥%])", text)
    return found[1].lower() if found else ""


def _compared(value: str, own: float, bound: str) -> float:
    """Return how far a cell is above a bound; below is negative."""
    converted, wanted = quantity_in(value), quantity_in(bound)
    plain = number_in(bound)
    if converted is None or wanted is None or plain is None:
        return 0.0
    return own - plain if wanted == plain else converted - wanted


def _bounded(words: str, *, name: str = "number") -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b[^\d.?!;:]{{0,12}}?(?P<{name}>{_AMOUNT})", re.IGNORECASE)


_AMOUNT = r"(?:\d[\d.,']*\d|\d)(?:\s?(?:%|[€$£]|[^\W\d_]+))?"
_THAN = r"(?: (?:than|als|que|de))"
_AT_MOST = _bounded(
    r"at most|up to|no more than|not more than|maximum of|within|höchstens|maximal|bis zu|au plus|jusqu'à|como máximo|hasta"
)
_AT_LEAST = _bounded(
    r"at least|no less than|minimum of|mindestens|ab|au moins|à partir de|al menos|como mínimo"
)
_LESS = _bounded(
    rf"under|below|(?:less|fewer|cheaper|lighter|shorter|lower|smaller|quieter|narrower|younger|weniger|billiger|günstiger"
    rf"|leichter|kürzer|kleiner|leiser|niedriger|moins|menos){_THAN}|unter"
)
_MORE = _bounded(
    rf"over|above|exceed\w*|(?:more|longer|heavier|higher|larger|greater|bigger|louder|wider|older|mehr|länger|schwerer|höher"
    rf"|größer|teurer|dearer|plus|más){_THAN}|über"
)
_BOUND_BETWEEN = re.compile(
    rf"\b(?:between|zwischen|entre) (?P<low>{_AMOUNT}) (?:and|und|et|y) (?P<high>{_AMOUNT})",
    re.IGNORECASE,
)
