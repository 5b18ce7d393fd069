"""What reads one kind of file, inside a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, Protocol, TypeAlias

from ragtenancy.domain.parsed import ParsedDocument

Read: TypeAlias = Callable[[IO[bytes]], ParsedDocument]


class Reader(Protocol):
    """Made without arguments: in the service to recognise files, in a child process to read one.

    `corrupt` is the code of a file that fails in a way that no other code names. `uses_ctypes`
    says that its library is called by ctypes, which the sandbox otherwise forbids altogether.
    """

    corrupt: str
    uses_ctypes: bool = False

    @property
    def media_types(self) -> Sequence[str]:
        """The media types that it reads."""

    def recognises(self, head: bytes, filename: str) -> str | None:
        """As `DocumentParser.recognises`."""

    def load(self) -> Read:
        """Import what reads, and return it.

        It raises `UnreadableDocumentError`; whatever else it raises is the file's fault.
        """
