"""The name under which an uploaded file is stored."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from ragtenancy.domain.bounds import UNPRINTABLE
from ragtenancy.domain.documents import MAX_FILENAME
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.visible_text import visible

_ENCODED_WORDS = re.compile(r"(=\?[\w-]{1,40}\?[BbQq]\?[!->@-~]*\?=\s*)+\Z")
_UNPRINTABLE = re.compile(rf"[{UNPRINTABLE}]")


def cleaned_filename(name: str) -> str:
    """Return the last part of a path, in NFC, without invisible characters.

    A name in encoded words (RFC 2047), as .NET and PowerShell send it, is decoded first.
    Raises `MalformedError` for an empty name and one of more than 255 characters.
    """
    last = re.split(r"[/\\]", _decoded_words(name))[-1]
    cleaned = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", visible(last))).strip()
    if cleaned in {"", ".", ".."}:
        raise MalformedError("The file must have a name.", field="file")
    if len(cleaned) > MAX_FILENAME:
        raise MalformedError("The file's name is too long.", field="file", limit=MAX_FILENAME)
    return cleaned


def _decoded_words(name: str) -> str:
    if not _ENCODED_WORDS.match(name):
        return name
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, UnicodeDecodeError, HeaderParseError):
        return name
