"""A question at one generation of its tenant, and what ranking makes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeGuard

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.ranking import Ranking
from ragtenancy.domain.relevance import Background
from ragtenancy.ports.embeddings import Vector


class Reading(Struct, frozen=True, kw_only=True):
    """What is searched: `documents` pass the filters, None means all.

    `vector` is the question's, None when it could not be had.
    """

    asked: Asked
    manifest: Manifest
    documents: Collection[DocumentId] | None
    vector: Vector | None


class Ranked(Struct, frozen=True, kw_only=True):
    """The best chunks, and the highest BM25 of all, by which the others are normalised.

    `semantic_known` is false when the cosines could not be had.
    """

    hits: Ranking
    best_bm25: float
    semantic_known: bool
    background: Background = Background()


def all_known(scores: Sequence[float | None]) -> TypeGuard[Sequence[float]]:
    """Tell whether every chunk was active when it was scored."""
    return None not in scores
