"""BM25: the lexical index, updated document by document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, LexicalOffer
from ragtenancy.backend.resources import Resources

if TYPE_CHECKING:
    from ragtenancy.ports.analyzers import Analyzer
    from ragtenancy.ports.chunks import ChunkRepository
    from ragtenancy.ports.lexical import LexicalIndex


def _open(
    resources: Resources, chunks: ChunkRepository, analyzer: Analyzer, caches: Path | None
) -> LexicalIndex:
    from ragtenancy.adapters.bm25.index_files import IndexFiles
    from ragtenancy.adapters.bm25.lexical import Bm25Index

    files = None if caches is None else IndexFiles(caches)
    if files is not None:
        resources.closers.push_async_callback(files.close)
    return Bm25Index(chunks, analyzer, files=files, max_bytes=resources.index_bytes)


BM25 = Backend(name="bm25", lexical=LexicalOffer(name="bm25", open=_open))
