"""Parsers, which read files into blocks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ragtenancy.domain.parsed import ParsedDocument


class DocumentParser(Protocol):
    """Turns one kind of file into a `ParsedDocument`.

    The file is untrusted: an implementation never fetches its references, extracts nothing
    to disk, and bounds time and memory. Pure in effect: the same bytes give equal documents.
    """

    @property
    @abstractmethod
    def media_types(self) -> Sequence[str]:
        """The media types that this parser reads."""

    @abstractmethod
    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return the media type if the content (its first 4,096 bytes) is of a supported kind.

        Content decides; the filename is a hint that only tells kinds of plain text apart. Raises
        `UnsupportedError` for recognised content that cannot be read (encrypted, legacy, with
        macros), with its documented code as `reason`.
        """

    @abstractmethod
    async def parse(self, path: Path, *, charset: str | None = None) -> ParsedDocument:
        """Read the file at `path`.

        `charset` is the label of a text's encoding, as the uploader declared it; formats that
        state their encoding themselves ignore it.

        Raises `UnreadableDocumentError` with a documented `reason`, and no other error caused by
        the file. Cancellation ends the work, including child processes.
        """
