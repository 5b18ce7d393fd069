"""Cutting text into sentences, in any script, losing nothing."""

from __future__ import annotations

import re

_END = re.compile(
    r"(?:[.!?\u2026]+[\"'\u201d\u2019\u00bb)\]]*(?:\[[0-9, ]{1,12}\])*(?=\s|\Z)"  # Latin, Greek, Cyrillic, Hebrew …
    r"|[\u061f\u06d4\u0964\u0965\u1362]+[\"'\u201d\u2019)]*"  # Arabic, Devanagari, Ethiopic
    r"|[\u3002\uff01\uff1f\uff61]+[\u300d\u300f\u201d\u2019\uff09\"')]*"  # CJK
    r"|\n)\s*"
)
_WORD_BEFORE = re.compile(r"([^\W\d_][\w.]*|\d+)\Z")
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "cf",
        "al",
        "fig",
        "figs",
        "no",
        "nos",
        "vol",
        "vols",
        "pp",
        "ed",
        "eds",
        "approx",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "est",
        "gen",
        "gov",
        "hon",
        "lt",
        "col",
        "sgt",
        "capt",
        "rev",
        "art",
        "sec",
        "para",
        "ca",
        "u.s",
        "u.k",
        "u.n",
        "a.m",
        "p.m",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "bzw",
        "z.b",
        "d.h",
        "u.a",
        "ggf",
        "usw",
        "nr",
        "bspw",
        "p.ex",
    ]
)


def sentences(text: str) -> list[str]:
    """Return the sentences with the white space behind them: joined they are the text again.

    A full stop does not end a sentence after an abbreviation, an initial or the number of a list
    item, nor before a lower-case letter. A line break always does.
    """
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() < len(text) and not _ends(text, match):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    if start < len(text):
        found.append(text[start:])
    return found


def _ends(text: str, match: re.Match[str]) -> bool:
    if "\n" in match[0] or not match[0].startswith("."):
        return True
    following = text[match.end()]
    if following.islower():
        return False
    word = _WORD_BEFORE.search(text, max(0, match.start() - 24), match.start())
    if word is None:
        return True
    before = word[1]
    if _opens_line(text, word.start()) and (before.isdigit() or len(before) == 1):
        return False
    initial = len(before) == 1 and before.isalpha() and before.isupper()
    return not (initial or before.lower() in _ABBREVIATIONS)


def _opens_line(text: str, start: int) -> bool:
    """Tell whether nothing but space and an opening bracket stands before a place on its line."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return not line.strip(" \t(")
