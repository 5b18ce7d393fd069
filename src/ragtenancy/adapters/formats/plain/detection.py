"""Detection of a text's encoding by chardet, among those of the Web, with a floor of certainty.

chardet's confidence is the likeness of a text to its model of a language; between encodings of
one text it ranks them. The floors and weights below were fitted on the samples of
tests/unit/adapters/formats/plain/test_detection.py (docs/decisions/encodings-by-chardet.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import chardet

from ragtenancy.domain.charsets import WEB_CODECS

_UTF = ("utf-8", "utf-16-le", "utf-16-be")
# ruff: noqa: RUF001 - the wrong readings of a text hold look-alikes
_CANDIDATES = tuple(codec for codec in WEB_CODECS if codec not in _UTF)
_HIGH = re.compile(rb"[\x80-\xff]")
_BREAK = re.compile(rb"[\x00-\x2f]")  # no such byte is a part of a character of several bytes
_BLOCK = 65_536
_PIECE = 4_096
_PIECES = 16
_BEFORE = 200
_TRIED = 8
_FLOOR = 0.004
_PLAUSIBLE = 0.4
_FEW, _MARGIN_OF_FEW = 3, 1.3
_MANY, _MARGIN = 30, 1.02
_LEAST_OF_OTHER_SCRIPTS = 8
_ENOUGH_FOR_STRAYS, _STRAY_SHARE = 16, 50
# Western Europe writes most of the files; Macintosh and ISO pages of small languages are rare.
_WEIGHTS = {
    "cp1252": 1.3,
    "iso8859-15": 1.25,
    "mac-roman": 0.9,
    "iso8859-3": 0.7,
    "iso8859-4": 0.7,
    "iso8859-10": 0.7,
    "iso8859-14": 0.7,
    "iso8859-16": 0.7,
    "cp1258": 0.7,
}
_WORD = re.compile(r"\w+")
_ODD = re.compile(
    # a capital or a symbol within a word, nothing but accented letters
    r"[a-z\xdf-\xff\u0430-\u045f][\xc0-\xde\u0152\u0160\u0178\u017d\u0402-\u042f]"
    r"|[A-Za-z][\x80-\x9f¡-©«-´¶-¹»-¿×÷–—†‡•…‰‹›™˜¨ˇ‘-„˘-˝]+[a-z]"
    r"|[^\W\d_][\u2500-\u259f√∞≈≤≥€]|[\u2500-\u259f√∞≈≤≥€][^\W\d_]"
    r"|\b(?![àéèóòìíåöøæØÅÉÀÈÓäüß]\b)[\xc0-\u024f]{1,3}\b|[\x80-\x9f\ufffd]"
)
_OTHER_SCRIPTS = re.compile("[\u0370-\u1fff\u2e80-\uffef]")
# two scripts in a word
_MIXED = re.compile("[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")
_PUNCTUATION = re.compile(
    rb"[\x80\x82\x84-\x87\x89\x8b\x91-\x97\x99\x9b\xa0\xa7\xa9\xab\xae\xb0\xbb]"
)
_WITHIN_A_WORD = re.compile(rb"[a-z][\x80-\x91\x93-\xff]+[a-z]")
_WINDOWS = "cp1252"


def detect(data: bytes) -> str | None:
    """Return the codec that reads the text, None if no encoding is certain enough."""
    sample = sample_of(data)
    if not _WITHIN_A_WORD.search(sample) and all(map(_PUNCTUATION.match, _HIGH.findall(sample))):
        return _WINDOWS  # all code pages of Windows agree on it
    texts: dict[str, tuple[float, str]] = {}
    for codec, score in _scores(sample):
        text = sample.decode(codec, "replace")
        best, known = texts.get(text, (score * _plausibility(text), codec))
        texts[text] = (best, _WINDOWS if codec == _WINDOWS else known)
    ranked = sorted(((score, codec, text) for text, (score, codec) in texts.items()), reverse=True)
    return ranked[0][1] if ranked and _is_certain(sample, *ranked[:2]) else None


def _is_certain(
    sample: bytes, best: tuple[float, str, str], second: tuple[float, str, str] | None = None
) -> bool:
    score, _, text = best
    beyond_ascii = len(_HIGH.findall(sample))
    letters = len(_OTHER_SCRIPTS.findall(text))
    if (
        score < _FLOOR
        or _plausibility(text) < _PLAUSIBLE
        or (letters > beyond_ascii / 4 and beyond_ascii < _LEAST_OF_OTHER_SCRIPTS)
    ):
        return False
    margin = _MARGIN_OF_FEW if beyond_ascii < _FEW else _MARGIN if beyond_ascii < _MANY else 1.0
    return second is None or score >= margin * second[0]


def _scores(sample: bytes) -> Sequence[tuple[str, float]]:
    """Return the best codecs and their weighted scores, the likelier of equal texts first."""
    found = _found(sample)
    if len(_HIGH.findall(sample)) >= _ENOUGH_FOR_STRAYS:
        found = {**_found_with_strays(sample, found), **found}
    weighted = ((codec, score * _WEIGHTS.get(codec, 1.0)) for codec, score in found.items())
    return sorted(weighted, key=lambda each: -each[1])[:_TRIED]


def _found(sample: bytes) -> dict[str, float]:
    """Return chardet's confidence in each codec that reads the whole sample."""
    found = chardet.detect_all(
        sample,
        ignore_threshold=True,
        compat_names=False,
        max_bytes=len(sample) or 1,
        include_encodings=_CANDIDATES,
    )
    return {
        str(each["encoding"]): float(each["confidence"])
        for each in found
        if each["encoding"] in _CANDIDATES
    }


def _found_with_strays(sample: bytes, found: Mapping[str, float]) -> dict[str, float]:
    """Return the confidence in codecs that read all but a few bytes, as if these were not there."""
    scores = {}
    allowed = max(1, len(_HIGH.findall(sample)) // _STRAY_SHARE)
    for codec in _CANDIDATES:
        text = sample.decode(codec, "replace")
        if codec not in found and text.count("\ufffd") <= allowed:
            rest = text.replace("\ufffd", "").encode(codec, "ignore")
            scores[codec] = _found(rest).get(codec, 0.0)
    return scores


def _plausibility(text: str) -> float:
    """Return 1 for a text of ordinary words, less the more words are odd."""
    words = sum(not word.isascii() for word in _WORD.findall(text))
    if not words:
        return 0.1
    odd = len(_ODD.findall(text)) + 2 * len(_MIXED.findall(text))
    return max(0.1, 1.0 - odd / words)


def sample_of(data: bytes) -> bytes:
    """Return pieces of the text around its first characters that are not ASCII."""
    pieces: list[bytes] = []
    end = 0
    while len(pieces) < _PIECES and (high := _next_high(data, end)) is not None:
        start = max(end, high - _BEFORE)
        last = _BREAK.search(data, start + _PIECE, start + 2 * _PIECE)
        end = last.start() if last else start + _PIECE
        pieces.append(data[start:end])
    return b"\n".join(pieces)


def _next_high(data: bytes, start: int) -> int | None:
    """Return the place of the next byte that is not ASCII; blocks of ASCII are passed quickly."""
    for at in range(start, len(data), _BLOCK):
        if not data[at : at + _BLOCK].isascii() and (found := _HIGH.search(data, at)):
            return found.start()
    return None
