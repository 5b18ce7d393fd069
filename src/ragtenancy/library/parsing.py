"""Reading one file as ingestion reads it, without an installation."""

from __future__ import annotations

import asyncio
from os import PathLike
from pathlib import Path

from ragtenancy.app.ingestion.formats import HEAD_BYTES
from ragtenancy.container import Container
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.settings import Settings


async def parse_file(path: str | PathLike[str]) -> ParsedDocument:
    """Return a file's title, blocks in document order, pictures and warnings.

    Needs no data folder and keeps nothing. Raises `UnsupportedError` for a kind of file that
    cannot be read, `UnreadableDocumentError` for one that is damaged, `OSError` for the absent.
    """
    file = Path(path)
    formats = Container(settings=Settings(storage="memory")).formats()
    media_type = formats.recognise(await asyncio.to_thread(_head, file), file.name)
    return await formats.parser_of(media_type).parse(file)


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES)
