"""Splitting text into lower-cased words, in any script."""

from __future__ import annotations

import re
import unicodedata

from ragtenancy.domain.comparable import comparable

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_UNSPACED = (  # scripts written without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_MARKS = (  # Python's \w leaves out the vowel signs without which Indic and Semitic words break
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0903"
    "\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d"
    "\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd\u0bd7"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d"
)
_WORD = re.compile(f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\\W_]|[{_MARKS}])+")
_JOINT = r"[-._/:#@+]"
_ASCII_RUN = re.compile(rf"[a-z0-9]+(?:{_JOINT}[a-z0-9]+)*")
_RUN = re.compile(rf"(?:{_WORD.pattern})(?:{_JOINT}(?:{_WORD.pattern}))*")
_UNSPACED_START = re.compile(f"[{_UNSPACED}]")
_GROUPED = re.compile(
    r"(?<![\w.,])([0-9]{1,3}(?:[, '][0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
    r"|[0-9]{1,3}(?:\.[0-9]{3})+(?=,))([.,][0-9]{1,2})?(?![.,]?[0-9])"
)
_BETWEEN_GROUPS = re.compile(r"\D")
_TURKISH_CAPITALS = str.maketrans({"I": "\u0131", "İ": "i"})

_ACCENTED = re.compile("([a-z\u03b1-\u03c9])[\u0300-\u036f]+")
_LIGATURES = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "\u0131": "i",
        "\u03c2": "\u03c3",
    }
)


def words(text: str, language: str) -> list[str]:
    """Return the words of a text in order, NFKC, lower case; runs without spaces as bigrams.

    A compound with a digit (ERR-4021, v2.3.1) is added a second time, in one piece, after its
    parts: a search for it ranks it above texts with scattered parts. So is a number in groups of
    three (1,250,000, 1 250 000).
    """
    text = _GROUPED.sub(_dotted, comparable(text))
    if language == "turkish":
        text = text.translate(_TURKISH_CAPITALS)
    if text.isascii():
        runs: list[str] = _ASCII_RUN.findall(text.lower())
        return runs if all(map(str.isalnum, runs)) else _flat(runs, _ASCII_WORD)
    return _flat(_RUN.findall(text.lower()), _WORD)


def folded(word: str) -> str:
    """Return a word without the accents of Latin and Greek letters; other scripts keep theirs."""
    if word.isascii():
        return word
    bare = _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", word.translate(_LIGATURES)))
    return unicodedata.normalize("NFC", bare)


def _dotted(grouped: re.Match[str]) -> str:
    """Return a number with full stops between its groups, apart from its decimals."""
    number, decimals = grouped.groups(default="")
    return (
        f"{_BETWEEN_GROUPS.sub('.', number)} {decimals[1:]}"
        if decimals
        else _BETWEEN_GROUPS.sub(".", number)
    )


def _flat(runs: list[str], word: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    for run in runs:
        if run.isascii() and run.isalnum():
            found.append(run)
            continue
        parts = word.findall(run)
        for part in parts:
            found += _parts(part)
        if len(parts) > 1 and any(map(str.isdigit, run)):
            found.append("".join(parts))
    return found


def _parts(run: str) -> list[str]:
    if not _UNSPACED_START.match(run) or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]
