"""Parsing one file as ingestion does, without an installation."""

from __future__ import annotations

import asyncio
from os import PathLike
from pathlib import Path

from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.container import Container
from ragtenancy.domain.charsets import require_charset
from ragtenancy.domain.chunking import chunk_document
from ragtenancy.domain.chunks import ChunkDraft
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.tenant_config import Chunking
from ragtenancy.settings import Settings


async def parse_file(
    path: str | PathLike[str], *, charset: str | None = None, read_macro_files: bool = False
) -> ParsedDocument:
    """Return a file's title, blocks in document order, pictures and warnings.

    `charset` names the encoding of a text, as the metadata of an upload does. `read_macro_files`
    reads .docm, .xlsm and .pptm files without their macros. Needs no data folder and stores
    nothing. Raises `MalformedError` for an unknown encoding, `UnsupportedError` for an unsupported file
    type, `UnreadableDocumentError` for a damaged file, `OSError` for a missing one.
    """
    require_charset(charset)
    file = Path(path)
    settings = Settings(storage="memory", read_macro_files=read_macro_files)
    formats = Container(settings=settings).formats()
    media_type = await asyncio.to_thread(_media_type, formats, file)
    return await formats.parser_of(media_type).parse(file, charset=charset)


def chunks_of(document: ParsedDocument, *, chunking: Chunking | None = None) -> list[ChunkDraft]:
    """Return a document's chunks as ingestion cuts them for the embedded model.

    Stores nothing. Raises `InvalidError` for settings out of bounds.
    """
    settings = chunking or Chunking()
    container = Container(settings=Settings(storage="memory"))
    return chunk_document(
        document,
        count=container.token_counter().count,
        max_tokens=container.embedder().model.max_tokens,
        target=settings.target_tokens,
        overlap=settings.overlap_tokens,
    )


def _media_type(formats: Formats, file: Path) -> str:
    with file.open("rb") as opened:
        return formats.recognise(opened, file.name)
