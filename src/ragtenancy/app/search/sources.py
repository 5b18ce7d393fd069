"""Ranked hits as sources, and whether they pass."""

from __future__ import annotations

from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import Query, holds_identifier
from ragtenancy.domain.sources import Source


def source_of(
    index: int, ranked: RankedHit, chunk: Chunk, manifest: Manifest, text: str | None = None
) -> Source:
    """Return a hit as the source of that number; `text` is the passage where it was widened."""
    entry = manifest.entries[chunk.document_id]
    return Source(
        index=index,
        document_id=chunk.document_id,
        filename=entry.filename,
        version=str(entry.version),
        chunk_id=ranked.chunk_id,
        section=chunk.section,
        text=chunk.text if text is None else text,
        page=chunk.page,
        score=ranked.score,
        scores=ranked.scores,
    )


def passes(
    query: Query, ranked: RankedHit, chunk: Chunk, threshold: float, retrieval: Retrieval
) -> bool:
    """Tell whether the cosine reaches the threshold or the chunk holds an identifier asked for."""
    if retrieval.semantic_known and ranked.scores.semantic >= threshold:
        return True
    wanted = query.identifiers
    return bool(wanted) and holds_identifier(chunk.indexed_text, wanted)
