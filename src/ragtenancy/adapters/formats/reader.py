"""A reader of one kind of file, inside a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, Protocol, TypeAlias

from ragtenancy.domain.parsed import ParsedDocument

Read: TypeAlias = Callable[[IO[bytes]], ParsedDocument]


class Reader(Protocol):
    """Created without arguments: in the service to recognise files, in a child process to read one.

    `corrupt` is the code for failures without a more specific one. `uses_ctypes` marks a library
    called through ctypes, which the sandbox otherwise forbids. `charset` is set before `load`; a
    reader of text decodes by it.
    """

    corrupt: str
    uses_ctypes: bool = False
    charset: str | None = None

    @property
    def media_types(self) -> Sequence[str]:
        """The media types that it reads."""

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - a default
        """Return the media type as `DocumentParser.recognises` does; None for containers."""
        return None

    def load(self) -> Read:
        """Import the library and return the reading function.

        That raises `UnreadableDocumentError`; any other exception is the file's fault.
        """
