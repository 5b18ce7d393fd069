"""rank-bm25: the slow reference of the lexical index."""

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
    _: Resources, chunks: ChunkRepository, analyzer: Analyzer, __: Path | None
) -> LexicalIndex:
    from ragtenancy.adapters.rank_bm25.lexical import RankBm25Index

    return RankBm25Index(chunks, analyzer)


RANK_BM25 = Backend(name="rank_bm25", lexical=LexicalOffer(name="rank_bm25", open=_open))
