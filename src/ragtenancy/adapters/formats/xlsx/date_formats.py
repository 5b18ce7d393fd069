"""Dates, times and durations as a sheet shows them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

DATE_TOKENS = ("date", "elapsed")
_LEAP_BUG = 60
_SYSTEM_1904 = 1_462
_LAST = 2_958_466
_SECONDS = 86_400
_ROUNDING = Decimal("1e-9")
_NAMES = {
    0x07: (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    ),
    0x09: (
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    0x0A: (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
    ),
    0x0C: (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
    0x10: (
        (
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
            "dicembre"
        ),
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    ),
    0x13: (
        "januari februari maart april mei juni juli augustus september oktober november december",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    ),
    0x16: (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    ),
}
_ENGLISH = 0x09


class _Token(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


class _Layout(Struct, frozen=True, kw_only=True):
    """What a section's tokens show: `places` after the seconds' point, hours of a half day.

    `tokens` have `M` for minutes, and `fraction` for the digits after the point.
    """

    tokens: Sequence[tuple[str, str]]
    letters: str
    places: int
    is_elapsed: bool
    is_halved: bool


def shown_date(
    serial: Decimal, tokens: tuple[_Token, ...], language: int, *, from_1904: bool, iso: bool
) -> str:
    """Return a serial number as a date or duration, empty if it is none (below 0, after 9999)."""
    layout = _layout(tokens)
    if layout.is_elapsed:
        return _duration(serial, tokens, layout.places)
    has_time = "h" in layout.letters or "s" in layout.letters
    serial = serial if has_time or serial < 0 else Decimal(int(serial + _ROUNDING))
    moment = moment_of(serial, from_1904=from_1904, places=layout.places)
    if moment is None:
        return ""
    if iso:
        return f"{moment:%Y-%m-%d %H:%M}" if has_time else f"{moment:%Y-%m-%d}"
    text = " ".join("".join(_pieces(moment, layout, language)).split())
    return text + _unambiguous(text, moment, layout.letters)


@lru_cache(maxsize=2_048)
def _layout(tokens: tuple[_Token, ...]) -> _Layout:
    return _Layout(
        tokens=list(_resolved(tokens)),
        letters="".join(token.text for token in tokens if token.kind == "date"),
        places=_second_places(tokens),
        is_elapsed=any(token.kind == "elapsed" for token in tokens),
        is_halved=any(token.kind == "half" for token in tokens),
    )


def moment_of(serial: Decimal, *, from_1904: bool, places: int = 0) -> dt.datetime | None:
    """Return the moment of a serial number, rounded to a fraction of a second."""
    if from_1904:
        serial += _SYSTEM_1904
    if not 0 <= serial < _LAST:
        return None
    days = int(serial)
    unit = Decimal(1).scaleb(-places)
    seconds = ((serial - days) * _SECONDS).quantize(unit, rounding=ROUND_HALF_UP)
    start = dt.datetime(1899, 12, 31 if days < _LEAP_BUG else 30)  # noqa: DTZ001 - cells have none
    return start + dt.timedelta(days=days, microseconds=int(seconds * 1_000_000))


def _second_places(tokens: Sequence[_Token]) -> int:
    """Return the number of zeros after the seconds' point."""
    text = "".join(t.text if t.kind in ("date", "mark") else " " for t in tokens)
    found = re.search(r"s\.(0{1,6})", text)
    return len(found[1]) if found else 0


def _resolved(tokens: Sequence[_Token]) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token that shows something."""
    in_fraction = False
    for index, token in enumerate(tokens):
        if token.kind == "date":
            minutes = token.text.startswith("m") and _is_minutes(tokens, index)
            yield "date", "M" * len(token.text) if minutes else token.text
        elif token.text == "." and token.kind == "mark":
            in_fraction = index > 0 and tokens[index - 1].text.startswith("s")
            yield "text", "" if in_fraction else "."
        elif token.kind == "mark" and token.text == "0" and in_fraction:
            yield from [("fraction", "")] if tokens[index - 1].text == "." else []
        elif token.text != "@":
            yield token.kind, token.text


def _pieces(moment: dt.datetime, layout: _Layout, language: int) -> Iterator[str]:
    for kind, text in layout.tokens:
        if kind == "date":
            yield _part(moment, text, language, layout.is_halved)
        elif kind == "half":
            yield _half(moment, text)
        elif kind == "fraction":
            yield f".{moment.microsecond:06d}"[: layout.places + 1]
        else:
            yield text


def _half(moment: dt.datetime, text: str) -> str:
    first, _, second = text.partition("/")
    return first if moment.hour < 12 else second


def _is_minutes(tokens: Sequence[_Token], index: int) -> bool:
    """Return whether an `m` stands for minutes: after hours, or before seconds."""
    others = [i for i, t in enumerate(tokens) if t.kind in DATE_TOKENS]
    at = others.index(index)
    before = tokens[others[at - 1]].text if at else ""
    after = tokens[others[at + 1]].text if at + 1 < len(others) else ""
    return len(tokens[index].text) <= 2 and (before.startswith("h") or after.startswith("s"))


def _part(moment: dt.datetime, code: str, language: int, twelve: bool) -> str:  # noqa: FBT001
    letter, size = code[0], len(code)
    if letter in "yeb":
        year = moment.year + (543 if letter == "b" else 0)
        return f"{year % 100:02d}" if size <= 2 and letter != "e" else f"{year:04d}"
    if (letter == "m" and size >= 3) or (letter in "da" and size >= 3):
        return _name(moment, letter, size, language)
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "M": moment.minute, "s": moment.second}
    return f"{number[letter]:02d}" if size > 1 else str(number[letter])


def _name(moment: dt.datetime, letter: str, size: int, language: int) -> str:
    months, days = _NAMES.get(language, _NAMES[_ENGLISH])
    if letter == "m":
        name = months.split()[moment.month - 1]
        return name[:1] if size == 5 else name[:3] if size == 3 else name
    name = days.split()[moment.weekday()]
    return name[: 2 if language == 0x07 else 3] if size == 3 else name


_NUMERIC = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}")


def _unambiguous(text: str, moment: dt.datetime, letters: str) -> str:
    """Return the ISO date in brackets if day and month can be confused, or the year is short."""
    if "d" not in letters.replace("ddd", "") or ("y" in letters and str(moment.year) not in text):
        return f" ({moment:%Y-%m-%d})" if "d" in letters and "y" in letters else ""
    has_year = str(moment.year) in text or "b" in letters
    confused = _NUMERIC.match(text) and moment.day <= 12 and moment.day != moment.month
    return "" if has_year and not confused else f" ({moment:%Y-%m-%d})"


def _duration(serial: Decimal, tokens: Sequence[_Token], places: int) -> str:
    """Return a duration such as `36:15`: the bracketed unit counts on past its end."""
    unit = Decimal(1).scaleb(-places)
    seconds = (abs(serial) * _SECONDS).quantize(unit, rounding=ROUND_HALF_UP)
    units = {"h": 3_600, "m": 60, "s": 1}
    shows_seconds = any(t.kind in DATE_TOKENS and t.text.startswith("s") for t in tokens)
    rest = seconds if shows_seconds else seconds + 0
    pieces = []
    for token in tokens:
        size = units.get(token.text[:1]) if token.kind in DATE_TOKENS else None
        if size is not None:
            count, rest = divmod(rest, size)
            pieces.append(f"{int(count):0{len(token.text)}d}")
        elif token.kind == "mark" and token.text in ".0":
            pieces.append(token.text if token.text == "." else "")
        elif token.kind not in DATE_TOKENS:
            pieces.append(token.text)
    text = "".join(pieces)
    if places:
        text = text.rstrip(".") + f".{int(rest * 10**places):0{places}d}"
    return f"-{text}" if serial < 0 else text
