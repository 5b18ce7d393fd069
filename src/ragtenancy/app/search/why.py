"""Why a document is not among the hits."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.describe import DescribeHits
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.domain.explain import Hit, Why, WhyReason
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import DocumentId, parse_chunk_id
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.ports.documents import DocumentRepository


class ExplainAbsence:
    """Accounts for one document: its best chunk, its scores, and what kept it out.

    A foreign document is as unknown as an absent one.
    """

    def __init__(
        self, retrieve: Retriever, documents: DocumentRepository, describe: DescribeHits
    ) -> None:
        self._retrieve = retrieve
        self._documents = documents
        self._describe = describe

    async def __call__(self, document_id: DocumentId, asked: Asked, retrieval: Retrieval) -> Why:
        """Return the reason, None when the document is among the first `top_k`."""
        entry = retrieval.manifest.entries.get(document_id)
        if entry is None:
            known = await self._documents.get(asked.scope, document_id)
            return Why(reason=WhyReason.UNKNOWN if known is None else WhyReason.NOT_ACTIVE)
        best = await self._best(document_id, asked, retrieval)
        filters = asked.query.filters
        if filters is not None and not filters.matches(entry):
            return Why(reason=WhyReason.FILTERED, best=best)
        if best is None:
            return Why(reason=WhyReason.NO_MATCH)
        shown = {parse_chunk_id(h.chunk_id)[0] for h in retrieval.hits[: asked.query.top_k]}
        return Why(reason=None if document_id in shown else WhyReason.OUTRANKED, best=best)

    async def _best(
        self, document_id: DocumentId, asked: Asked, retrieval: Retrieval
    ) -> Hit | None:
        """Return the document's best chunk with the scores and ranks of the whole search."""
        alone = SearchFilters(document_ids=[document_id])
        found = await self._retrieve(
            structs.replace(asked, query=structs.replace(asked.query, filters=alone))
        )
        if not found.hits:
            return None
        ranked = _as_ranked(asked, found.hits, retrieval)
        chunks = await self._retrieve.texts(asked.scope, [ranked])
        if not chunks:
            return None
        hits = await self._describe(asked, retrieval, [ranked], chunks, explain=True)
        return hits[0]


def _as_ranked(asked: Asked, hits: Sequence[RankedHit], retrieval: Retrieval) -> RankedHit:
    """Return the best of a document's hits, fused as the whole search fuses."""
    best = asked.ranker.rank(
        {hit.chunk_id: hit.scores.semantic for hit in hits},
        {hit.chunk_id: hit.scores.bm25 for hit in hits},
        best_bm25=retrieval.best_bm25,
    )[0]
    listed = {hit.chunk_id: hit for hit in retrieval.hits}
    return listed.get(best.chunk_id, best)
