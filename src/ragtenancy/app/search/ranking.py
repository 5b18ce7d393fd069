"""Ranking for a question at one generation of its tenant, by the scores of every chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from functools import cached_property
from typing import TypeAlias, TypeGuard, TypeVar

import numpy as np
import numpy.typing as npt
import structlog
from msgspec import Struct

from ragtenancy.app.concurrency import breathe
from ragtenancy.domain.errors import BackendTimeoutError, ReindexRequiredError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import Query, lexical_text
from ragtenancy.domain.ranking import HybridRanker, Ranking
from ragtenancy.domain.relevance import Background, background_of
from ragtenancy.domain.tenant_config import EffectiveConfig, SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

log = structlog.get_logger(__name__)

ROUNDING = 1e-9
PATIENCE = 1.0  # seconds
BLOCKS_PER_ROW = 4
Scores: TypeAlias = npt.NDArray[np.float64]
Found = TypeVar("Found")


class Asked(Struct, frozen=True, kw_only=True, dict=True):
    """A tenant's question and the configuration under which it is asked.

    With `ranks_wanted`, hits carry their ranks in both legs. `spare` times `top_k` hits are wanted
    in their exact order, since the caller may reject some.
    """

    scope: TenantScope
    query: Query
    effective: EffectiveConfig
    ranks_wanted: bool = False
    spare: int = 1

    @cached_property
    def lexical_text(self) -> str:
        """The question as BM25 reads it."""
        return lexical_text(self.query.text, self.settings.language)

    @property
    def wanted(self) -> int:
        """The number of hits wanted in their exact order."""
        return self.spare * self.query.top_k

    @property
    def settings(self) -> SearchSettings:
        """The tenant's search settings."""
        return self.effective.config.search_settings

    @property
    def ranker(self) -> HybridRanker:
        """The ranker with the tenant's weights."""
        return HybridRanker(
            semantic_weight=self.settings.semantic_weight, bm25_weight=self.settings.bm25_weight
        )


class Snapshot(Struct, frozen=True, kw_only=True):
    """A question at one generation of its tenant; `documents` pass the filters, None means all.

    `vector` is the question's, None if it was unavailable.
    """

    asked: Asked
    manifest: Manifest
    documents: Collection[DocumentId] | None
    vector: Vector | None


class Ranked(Struct, frozen=True, kw_only=True):
    """The best chunks, and the highest BM25 score of all, which normalises the others.

    `semantic_known` is false if the cosines were unavailable.
    """

    hits: Ranking
    best_bm25: float
    semantic_known: bool
    background: Background = Background()


def all_known(scores: Sequence[float | None]) -> TypeGuard[Sequence[float]]:
    """Return whether every chunk was active when scored."""
    return None not in scores


class Deadlines(Struct, frozen=True, kw_only=True):
    """The seconds that each leg may take."""

    semantic: float = 10.0
    bm25: float = 10.0


async def within(
    seconds: float, work: Awaitable[Found], leg: str, degraded: list[str]
) -> Found | None:
    """Return the leg's result, or None after adding the reason to `degraded` and to the log."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except ReindexRequiredError:
        raise
    except (TimeoutError, BackendTimeoutError):
        degraded.append(f"{leg}_timeout")
        log.warning("search_degraded", why=degraded[-1], code=BackendTimeoutError.code)
    except UnavailableError as error:
        degraded.append(f"{leg}_unavailable")
        log.warning("search_degraded", why=degraded[-1], code=error.reason)
    return None


class EveryChunkRanking:
    """Picks the rows that can be among the best from all scores, and ranks those exactly.

    Listing each leg's best and scoring them in the other leg takes several times longer.
    """

    def __init__(self, vectors: VectorIndex, lexical: LexicalIndex) -> None:
        self._vectors = vectors
        self._lexical = lexical

    async def rank(self, snapshot: Snapshot) -> Ranked | None:
        """Return the best of all chunks; None if the legs must list their best instead.

        They must if an index stays busy: listing has deadlines.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ranked(snapshot)
        except TimeoutError:
            return None

    async def _ranked(self, snapshot: Snapshot) -> Ranked | None:
        scores = await self._scores(snapshot)
        if scores is None or snapshot.vector is None:
            return None
        cosines, bm25 = scores
        asked = snapshot.asked
        await breathe()
        best = float(bm25.values.max(initial=0.0))
        rows = best_rows(asked.ranker, cosines, bm25, asked.wanted, best_bm25=best)
        chunks = snapshot.manifest.chunk_ids(rows.tolist())
        exact = await self._vectors.score(asked.scope, snapshot.manifest, snapshot.vector, chunks)
        if not all_known(exact):
            return None
        hits = asked.ranker.rank(
            dict(zip(chunks, exact, strict=True)),
            dict(zip(chunks, bm25.values[rows].tolist(), strict=True)),
            best_bm25=best,
        )
        values = cosines.values
        background = background_of(float(values.sum(dtype=np.float64)), len(values))
        return Ranked(hits=hits, best_bm25=best, semantic_known=True, background=background)

    async def _scores(self, snapshot: Snapshot) -> tuple[AllScores, AllScores] | None:
        asked = snapshot.asked
        if snapshot.vector is None or snapshot.documents is not None or asked.ranks_wanted:
            return None
        if not (asked.settings.semantic_weight and asked.settings.bm25_weight):
            return None
        bm25 = await self._lexical.all_scores(
            asked.scope, snapshot.manifest, asked.lexical_text, language=asked.settings.language
        )
        if bm25 is None:
            return None
        await breathe()
        cosines = await self._vectors.all_scores(asked.scope, snapshot.manifest, snapshot.vector)
        return None if cosines is None else (cosines, bm25)


def best_rows(
    ranker: HybridRanker, cosines: AllScores, bm25: AllScores, count: int, *, best_bm25: float
) -> npt.NDArray[np.intp]:
    """Return the rows that can be among the best `count`, in row order."""
    rough = np.multiply(cosines.values, ranker.semantic_weight, dtype=np.float64)
    if best_bm25 > 0:
        rough += bm25.values * (ranker.bm25_weight / best_bm25)
    slack = ranker.semantic_weight * cosines.slack + ROUNDING
    return np.flatnonzero(rough >= _reached(rough, count) - 2 * slack)


def _reached(scores: Scores, count: int) -> float:
    """Return a bound that at least `count` rows reach: the count-th of the block maxima.

    Block i holds the rows i, i + blocks, …, so that the maxima come from whole-row operations.
    """
    blocks = BLOCKS_PER_ROW * count
    if len(scores) <= count:
        return -np.inf
    if len(scores) >= 2 * blocks:
        deep = len(scores) // blocks
        scores = scores[: blocks * deep].reshape(deep, blocks).max(axis=0)
    return float(np.partition(scores, len(scores) - count)[len(scores) - count])
