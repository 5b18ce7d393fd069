"""How list numbers are written: decimal, letters, Roman and a few others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 3_999
_LARGEST_CIRCLED = 20
_MOST_LETTERS = 10
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_CHINESE = "〇一二三四五六七八九"


def written(number: int, number_format: str) -> str:
    """Return a number in one of Word's formats; decimal for a format that is not known."""
    writer = _WRITERS.get(number_format)
    return str(number) if writer is None or number < 0 else writer(number)


def _letters(alphabet: str) -> Callable[[int], str]:
    """After the last letter Word doubles them: z, aa, bb."""

    def write(number: int) -> str:
        rounds, index = divmod(number - 1, len(alphabet))
        if number < 1 or rounds >= _MOST_LETTERS:
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
