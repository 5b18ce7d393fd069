"""Cutting text into sentences, in any script, losing nothing."""

from __future__ import annotations

import re

_STOPS = ".!?\u2026"  # Latin, Greek, Cyrillic, Hebrew … : white space or a closing mark follows
_ALONE = (  # marks that end a sentence whatever follows
    "\u061f\u06d4\u0700\u0589"  # Arabic, Syriac, Armenian
    "\u0964\u0965\u1362\u1367\u1368"  # Devanagari and its neighbours, Ethiopic
    "\u17d4\u17d5\u104b\u0f0d\u0f0e\u0e5a\u0e5b\u1803\u1809"  # Khmer, Burmese, Tibetan, Thai …
)
_CJK = "\u3002\uff01\uff1f\uff61"
_END = re.compile(  # one set comes first, which the search can skip to
    rf"[{_STOPS}{_ALONE}{_CJK}\n](?:(?<=\n)"
    rf"|(?<=[{_STOPS}])[{_STOPS}]*[\"'\u201d\u2019\u00bb)\]]*(?:\[[0-9, ]{{1,12}}\])*(?=\s|\Z)"
    rf"|(?<=[{_ALONE}])[{_ALONE}]*[\"'\u201d\u2019\u00bb)\]]*"
    rf"|(?<=[{_CJK}])[{_CJK}]*[\u300d\u300f\u300b\u3011\u201d\u2019\uff09\"')]*"
    r")\s*"
)
_NEAR = 24
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
    start, size = 0, len(text)
    for match in _END.finditer(text):
        stop, end = match.span()
        if text[stop] == "." and end < size and not _ends(text, stop, end):
            continue
        found.append(text[start:end])
        start = end
    if start < size:
        found.append(text[start:])
    return found


def _ends(text: str, stop: int, end: int) -> bool:
    """Tell whether a full stop ends a sentence, with what follows it up to the next word."""
    if text.find("\n", stop, end) >= 0:
        return True
    following = text[end]
    if following.islower():
        return False
    word = _word_before(text, stop)
    if len(word) > 1 and not word.isdigit():
        return word.lower() not in _ABBREVIATIONS
    if not word:
        return True
    initial = word.isalpha() and word.isupper()
    return not (initial or _opens_line(text, stop - len(word)))


def _word_before(text: str, stop: int) -> str:
    """Return the word or number that ends at a place, if one does."""
    near = text[max(0, stop - _NEAR) : stop]
    if not near or near[-1].isspace():
        return ""
    piece = near.rsplit(maxsplit=1)[-1]
    if piece.isalpha():
        return piece
    found = _WORD_BEFORE.search(piece)
    return found[1] if found else ""


def _opens_line(text: str, start: int) -> bool:
    """Tell whether nothing but space and an opening bracket stands before a place on its line."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return not line.strip(" \t(")
