"""Which documents of a tenant were deleted lately, for whoever saves its postings."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from ragtenancy.domain.ids import DocumentId

NAME = "lexical.forgotten"
OLDER = "lexical.forgotten.older"
FILE_MODE = 0o600
MARK_BYTES = 16
MAX_BYTES = 64 * 1024


class Forgotten:
    """Marks of deleted documents in a tenant's cache folder; document ids never come back.

    A deletion marks the document, then removes the saved postings. A saver puts its file in
    place, then looks for marks of what it saved and takes the file away again. Whichever of two
    processes comes last, nothing of the document stays. The last 4,096 marks at least are kept,
    each a hash that names nobody.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._older = folder / OLDER

    def mark(self, document_id: DocumentId) -> None:
        """Mark a document. Raises `OSError`, `FileNotFoundError` without the folder."""
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, FILE_MODE)
        with os.fdopen(handle, "ab", buffering=0) as file:
            file.write(_mark(document_id))
            full = file.tell() >= MAX_BYTES
        if full:
            self._path.replace(self._older)

    def any(self, documents: Iterable[DocumentId]) -> bool:
        """Tell whether one of some documents is marked."""
        marks = self._marks()
        return bool(marks) and any(_mark(document_id) in marks for document_id in documents)

    def _marks(self) -> set[bytes]:
        data = b"".join(_content(path) for path in (self._path, self._older))
        return {data[at : at + MARK_BYTES] for at in range(0, len(data), MARK_BYTES)}


def _mark(document_id: DocumentId) -> bytes:
    return blake2b(document_id.encode(), digest_size=MARK_BYTES).digest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
