"""Detecting and decoding text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from ragtenancy.domain.errors import UnavailableError, UnreadableDocumentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_OTHER_FORMATS = re.compile(rb"\s*(?:%PDF-|\{\\rtf|<\?xml|<!doctype|<html)", re.IGNORECASE)
_READ_AS = "The text is not UTF-8; it was read as Windows-1252."
_REPLACED = "Some bytes are not valid text; they were replaced."


def content_of(path: Path) -> bytes:
    """Return a file's bytes; raises `UnavailableError` when it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError("The document could not be opened.") from error


def is_text(head: bytes) -> bool:
    """Return whether content with this beginning can be read as text."""
    if any(head.startswith(mark) for mark, _ in _MARKS):
        return True
    return bool(head) and not _CONTROLS.search(head) and not _OTHER_FORMATS.match(head)


def decoded_head(head: bytes) -> str | None:
    """Return the decoded beginning of a text, None if it is not text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, "ignore")
    return None if not head or _CONTROLS.search(head) else head.decode("utf-8", "replace")


def decoded(data: bytes, declared: str | None = None) -> tuple[str, list[str]]:
    """Return the text and warnings; raises `UnreadableDocumentError` if it is not text.

    A byte order mark decides, then the `declared` encoding if it is known and fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _by_mark(data, encoding)
    if b"\0" in data:
        raise UnreadableDocumentError("The file is not text.", code="unsupported_media_type")
    text = _as_declared(data, declared) if declared else None
    if text is not None:
        return text, []
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        return _western(data), [_READ_AS]


def _by_mark(data: bytes, encoding: str) -> tuple[str, list[str]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), [_REPLACED]


def _as_declared(data: bytes, declared: str) -> str | None:
    """Return the text, reading Latin-1 as Windows-1252, as browsers do."""
    name = declared.strip("\"' ").lower()
    if name in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"):
        name = "cp1252"
    try:
        return data.decode(name)
    except (LookupError, ValueError):
        return None


def _western(data: bytes) -> str:
    """Decode Windows-1252, its five undefined bytes as in Latin-1."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
