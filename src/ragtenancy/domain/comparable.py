"""The form in which texts are compared; what is stored and shown stays as written."""

from __future__ import annotations

import re
import unicodedata

_ZEROS = (  # digits of other scripts, Arabic to Mongolian and beyond; NFKC knows the full-width ones
    "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0de6\u0e50\u0ed0\u0f20"
    "\u1040\u1090\u17e0\u1810\u1946\u19d0\u1a80\u1a90\u1b50\u1bb0\u1c40\u1c50\ua620\ua8d0\ua900\ua9d0"
    "\ua9f0\uaa50\uabf0"
)
_DIGIT = re.compile("[" + "".join(f"{zero}-{chr(ord(zero) + 9)}" for zero in _ZEROS) + "]")
_INVISIBLE = re.compile("[\u00ad\u0640\u200b-\u200f\u2060\ufeff]")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("(?<=[0-9])[\u00b4\u02bc\u2018\u2019](?=[0-9])")
_ARABIC_MARKS = re.compile("[\u066b\u066c](?=[0-9])")
_GROUPED = re.compile(
    r"(?<![\w.,])(?:[0-9]{1,3}(?:[, '][0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})"
    r"(?![0-9]|[, '][0-9]{3})"
)
_MARK = re.compile(r"[, ']")


def comparable(text: str) -> str:
    """Return a text in compatibility form (NFKC) with plain digits, hyphens and apostrophes.

    Invisible characters are dropped.
    """
    if text.isascii():
        return text
    shown = unicodedata.normalize("NFKC", _INVISIBLE.sub("", _APOSTROPHES.sub("'", text)))
    shown = _DIGIT.sub(_plain, _HYPHENS.sub("-", shown))
    return _ARABIC_MARKS.sub(lambda mark: "." if mark[0] == "\u066b" else ",", shown)


def ungrouped(text: str) -> str:
    """Return a comparable text, its numbers without thousands separators but full stops."""
    return _GROUPED.sub(lambda number: _MARK.sub("", number[0]), text)


def _plain(digit: re.Match[str]) -> str:
    return str(unicodedata.digit(digit[0]))
