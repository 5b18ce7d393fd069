"""Timed search rankings for the questions of a judged set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec import Struct, structs

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.ranking import Asked
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.evaluation import RANKED
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import DocumentId, parse_chunk_id
from ragtenancy.domain.query import MAX_QUERY_CHARACTERS, Query
from ragtenancy.domain.tenant_config import EffectiveConfig, SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock

CANDIDATES = 3 * RANKED


class Searched(Struct, frozen=True, kw_only=True):
    """A question's ranking; `seconds` does not count the query embedding."""

    question_id: str
    retrieval: Retrieval
    seconds: float


class QuestionRankings:
    """Runs questions through the retriever, one after the other.

    Retrieves the first 300 chunks, so that they cover 100 documents even when some documents have
    several chunks.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        query_vectors: QueryVectors,
        retriever: Retriever,
        clock: Clock,
    ) -> None:
        self._configs = configs
        self._query_vectors = query_vectors
        self._retriever = retriever
        self._clock = clock

    async def rank(
        self,
        scope: TenantScope,
        questions: Mapping[str, str],
        settings: SearchSettings,
        *,
        ranks_wanted: bool = False,
    ) -> AsyncIterator[Searched]:
        """Yield each question's ranking under the settings; `ranks_wanted` adds the legs' ranks.

        Raises as the search does, and `UnavailableError` if a leg was missing: half a search
        measures nothing.
        """
        effective = _under(settings, await self._configs.effective(scope))
        for question_id, whole in questions.items():
            text = whole[:MAX_QUERY_CHARACTERS]
            asked = Asked(
                scope=scope,
                query=Query(text=text, top_k=CANDIDATES),
                effective=effective,
                ranks_wanted=ranks_wanted,
            )
            await self._query_vectors.embed(scope, text)
            started = self._clock.monotonic()
            retrieval = await self._retriever.retrieve(asked)
            seconds = self._clock.monotonic() - started
            if retrieval.degraded:
                raise UnavailableError("A search leg exceeded its time limit.")
            yield Searched(question_id=question_id, retrieval=retrieval, seconds=seconds)


def best_documents(hits: Sequence[RankedHit], text_ids: Mapping[DocumentId, str]) -> list[str]:
    """Return the first 100 documents by their best chunk; `hits` are best first."""
    documents = (parse_chunk_id(hit.chunk_id)[0] for hit in hits)
    return [text_ids[document_id] for document_id in dict.fromkeys(documents)][:RANKED]


def _under(settings: SearchSettings, effective: EffectiveConfig) -> EffectiveConfig:
    config = structs.replace(effective.config, search_settings=settings)
    return structs.replace(effective, config=config)
