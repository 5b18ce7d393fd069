"""The name of an uploaded file: metadata to show, never a place to write to."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from ragtenancy.domain.documents import MAX_FILENAME, UNPRINTABLE
from ragtenancy.domain.errors import MalformedError

_CONTROL = re.compile(rf"[{UNPRINTABLE}]")


def clean(name: str) -> str:
    """Return the last part of a path, in NFC, without control and direction characters.

    Raises `MalformedError` for an empty name and one of more than 255 characters.
    """
    last = re.split(r"[/\\]", name)[-1]
    cleaned = unicodedata.normalize("NFC", _CONTROL.sub("", last)).strip()
    if cleaned in {"", ".", ".."}:
        raise MalformedError("The file needs a name.", field="file")
    if len(cleaned) > MAX_FILENAME:
        raise MalformedError("The file's name is too long.", field="file", limit=MAX_FILENAME)
    return cleaned


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^ !#-\[\]-~]|[%;]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
