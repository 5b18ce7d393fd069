"""Reading text: a short one in this process, any other in the sandbox."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

from ragtenancy.adapters.formats.limits import ProcessLimits
from ragtenancy.adapters.formats.reader import Reader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.ports.parsing import DocumentParser

SHORT = 128 << 10  # bytes; a longer text takes longer to read than a process to start


class TextParser(SandboxedParser, DocumentParser):
    """Reads a short text in this process, unless it contains `suspect`.

    A long text would block the event loop; `suspect` marks what native code would parse, such as
    HTML in Markdown.
    """

    def __init__(
        self, reader: Reader, limits: ProcessLimits | None = None, *, suspect: bytes | None = None
    ) -> None:
        super().__init__(reader, limits)
        self._suspect = suspect

    async def parse(self, path: Path, *, charset: str | None = None) -> ParsedDocument:
        """Read the file at `path`; raises as `SandboxedParser` does."""
        data = await asyncio.to_thread(_short, path)
        if data is None or (self._suspect is not None and self._suspect in data):
            return await super().parse(path, charset=charset)
        return await asyncio.to_thread(self._read, data, charset)

    def _read(self, data: bytes, charset: str | None) -> ParsedDocument:
        reader = type(self._reader)()
        reader.charset = charset
        return reader.load()(BytesIO(data))


def _short(path: Path) -> bytes | None:
    """Return a short file's content, else None; raises `UnavailableError`."""
    try:
        with path.open("rb") as file:
            data = file.read(SHORT + 1)
    except OSError as error:
        raise UnavailableError("The document could not be opened.") from error
    return data if len(data) <= SHORT else None
