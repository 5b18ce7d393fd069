"""Searching a tenant's documents."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.describe import DescribeHits
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.app.search.why import ExplainAbsence
from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.explain import Hit, Why
from ragtenancy.domain.ids import BoundedDocumentId
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.query import Query, Question
from ragtenancy.domain.tenant_config import TopK
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock

MAX_READS = 3


class SearchRequest(Struct, frozen=True, kw_only=True):
    """A question; `top_k` None takes the tenant's. `why` names a document to account for.

    Raises `MalformedError` for what is out of its bounds.
    """

    query: Question
    top_k: TopK | None = None
    filters: SearchFilters | None = None
    explain: bool = False
    why: BoundedDocumentId | None = None

    def __post_init__(self) -> None:
        """Keep to the bounds."""
        require_bounds(self)


class SearchReply(Struct, frozen=True, kw_only=True):
    """The hits, best first; `took_ms` in milliseconds."""

    hits: Sequence[Hit]
    degraded: Sequence[str]
    took_ms: float
    why: Why | None = None


class SearchDocuments:
    """Returns the best chunks of a tenant for a question; the threshold drops none."""

    def __init__(
        self,
        configs: TenantConfigs,
        retrieve: Retriever,
        describe: DescribeHits,
        explain_absence: ExplainAbsence,
        clock: Clock,
    ) -> None:
        self._configs = configs
        self._retrieve = retrieve
        self._describe = describe
        self._explain_absence = explain_absence
        self._clock = clock

    async def __call__(self, scope: TenantScope, request: SearchRequest) -> SearchReply:
        """Return the hits. Raises `MalformedError`, `UnavailableError`, `ReindexRequiredError`."""
        started = self._clock.monotonic()
        asked = await self._asked(scope, request)
        retrieval, chunks = await self._read(asked)
        best = retrieval.hits[: len(chunks)]
        hits = await self._describe(asked, retrieval, best, chunks, explain=request.explain)
        why = None
        if request.why is not None:
            why = await self._explain_absence(request.why, asked, retrieval)
        return SearchReply(
            hits=hits,
            degraded=retrieval.degraded,
            took_ms=(self._clock.monotonic() - started) * 1000,
            why=why,
        )

    async def _asked(self, scope: TenantScope, request: SearchRequest) -> Asked:
        effective = await self._configs.effective(scope)
        top_k = request.top_k or effective.config.search_settings.top_k
        query = Query(text=request.query, top_k=top_k, filters=request.filters)
        return Asked(
            scope=scope,
            query=query,
            effective=effective,
            ranks_wanted=request.explain or request.why is not None,
        )

    async def _read(self, asked: Asked) -> tuple[Retrieval, Sequence[Chunk]]:
        """Return the ranking with the chunks of its best hits, all of one generation."""
        for _ in range(MAX_READS):
            retrieval = await self._retrieve(asked)
            best = retrieval.hits[: asked.query.top_k]
            chunks = await self._retrieve.texts(asked.scope, best)
            if chunks is not None:
                return retrieval, chunks
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)
