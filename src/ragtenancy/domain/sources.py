"""Sources: what an answer, or a search, is shown to rest on."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.hits import Scores
from ragtenancy.domain.ids import ChunkId, DocumentId


class Source(Struct, frozen=True, kw_only=True):
    """A passage with its number (from 1), its place and the scores of its best hit."""

    index: int
    document_id: DocumentId
    filename: str
    version: str
    chunk_id: ChunkId
    section: Sequence[str]
    text: str
    page: int | None = None
    score: float
    scores: Scores
