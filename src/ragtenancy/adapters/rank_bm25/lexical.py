"""The lexical leg with `rank_bm25.BM25Okapi`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence

from msgspec import Struct

from ragtenancy.adapters.rank_bm25.okapi import Okapi
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import Contributions, LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, TenantUid
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex

Terms = dict[ChunkId, Sequence[str]]


class _Tenant(Struct, frozen=True, kw_only=True):
    """One tenant at one generation; replaced as a whole when the tenant changes."""

    generation: int
    analysis: Fingerprint
    revisions: dict[DocumentId, Revision]
    terms: dict[DocumentId, Terms]
    okapi: Okapi


class RankBm25Index(LexicalIndex):
    """BM25Okapi over the active chunks by document id and ordinal, rebuilt at each change.

    For small tenants and as a reference. `search`, `score` and `explain` raise `StaleWriteError` if
    the manifest names missing chunks.
    """

    def __init__(
        self, chunks: ChunkRepository, analyzer: Analyzer, *, max_tenants: int = 256
    ) -> None:
        self._chunks = chunks
        self._analyzer = analyzer
        self._max_tenants = max_tenants
        self._tenants: OrderedDict[TenantUid, _Tenant] = OrderedDict()
        self._forgotten: dict[TenantUid, set[DocumentId]] = {}

    def detached(self) -> RankBm25Index:
        """Return an empty index over the same chunks."""
        return RankBm25Index(self._chunks, self._analyzer, max_tenants=self._max_tenants)

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        *,
        language: str,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the `limit` chunks with the highest BM25 above 0, ties by document and ordinal."""
        tenant = await self._in_step(scope, manifest, language)
        scores = await self._scores(tenant, question, language)
        if documents is not None:
            allowed = {c for d in documents for c in tenant.terms.get(d, ())}
            scores = {chunk: score for chunk, score in scores.items() if chunk in allowed}
        found = {chunk: score for chunk, score in scores.items() if score > 0}
        if not found:
            return LegHits(generation=tenant.generation, best=max(scores.values(), default=0.0))
        return LegHits.highest(tenant.generation, list(found), list(found.values()), limit=limit)

    async def score(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Sequence[float | None]:
        """Return the BM25 of each chunk, None for one that is not active."""
        tenant = await self._in_step(scope, manifest, language)
        scores = await self._scores(tenant, question, language)
        return [scores.get(chunk) for chunk in chunks]

    async def explain(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Contributions:
        """Return what each term of the question adds, one entry per occurrence."""
        tenant = await self._in_step(scope, manifest, language)
        terms = self._analyzer.terms(question, language)
        active = [chunk for chunk in chunks if chunk in tenant.okapi.at]
        return {chunk: tenant.okapi.contributions(terms, chunk) for chunk in active}

    async def statistics(
        self, scope: TenantScope, manifest: Manifest, text: str, *, language: str
    ) -> TermStatistics:
        """Return the number of active chunks and the document frequency of each term of a text."""
        tenant = await self._in_step(scope, manifest, language)
        held = [set(terms) for document in tenant.terms.values() for terms in document.values()]
        asked = set(self._analyzer.terms(text, language))
        frequency = {term: sum(term in each for each in held) for term in asked}
        return TermStatistics(chunks=len(held), frequency=frequency)

    async def count(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Count the chunks of a document in this process."""
        tenant = self._tenants.get(scope.tenant_uid)
        return len(tenant.terms.get(document_id, ())) if tenant else 0

    async def forget(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Remove a document; manifests that name it are stale from now on."""
        held = await self.count(scope, document_id)
        self._forgotten.setdefault(scope.tenant_uid, set()).add(document_id)
        self._tenants.pop(scope.tenant_uid, None)
        return held

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
        self._tenants.pop(scope.tenant_uid, None)
        self._forgotten.pop(scope.tenant_uid, None)

    async def _scores(self, tenant: _Tenant, question: str, language: str) -> dict[ChunkId, float]:
        terms = self._analyzer.terms(question, language)
        return await asyncio.to_thread(tenant.okapi.scores, terms)

    async def _in_step(self, scope: TenantScope, manifest: Manifest, language: str) -> _Tenant:
        """Return the tenant at the manifest's generation or a newer one."""
        forgotten = self._forgotten.get(scope.tenant_uid, set())
        self._refuse_forgotten(forgotten, manifest)
        analysis = self._analyzer.fingerprint(language)
        known = self._tenants.get(scope.tenant_uid)
        if known is not None and known.analysis == analysis:
            if known.generation >= manifest.generation:
                return known
        else:
            known = None
        tenant = await self._advanced(scope, known, manifest, language)
        self._refuse_forgotten(forgotten, manifest)
        return self._kept(scope.tenant_uid, tenant)

    def _refuse_forgotten(self, forgotten: set[DocumentId], manifest: Manifest) -> None:
        if any(document_id in manifest.entries for document_id in forgotten):
            raise StaleWriteError("A document was deleted during the search.")

    async def _advanced(
        self, scope: TenantScope, known: _Tenant | None, manifest: Manifest, language: str
    ) -> _Tenant:
        load, drop = manifest.difference(known.revisions if known else {})
        terms = dict(known.terms) if known else {}
        for document_id in drop:
            terms.pop(document_id, None)
        for entry in load:
            terms[entry.document_id] = await self._load(scope, entry, language)
        return _Tenant(
            generation=manifest.generation,
            analysis=self._analyzer.fingerprint(language),
            revisions={d: entry.revision for d, entry in manifest.entries.items()},
            terms=terms,
            okapi=await asyncio.to_thread(Okapi, list(terms.values())),
        )

    def _kept(self, uid: TenantUid, tenant: _Tenant) -> _Tenant:
        """Store a tenant unless a concurrent search stored a newer one."""
        present = self._tenants.get(uid)
        newer = present is not None and present.generation > tenant.generation
        if present is not None and newer and present.analysis == tenant.analysis:
            return present
        self._forgotten.pop(uid, None)
        self._tenants[uid] = tenant
        self._tenants.move_to_end(uid)
        while len(self._tenants) > self._max_tenants:
            self._tenants.popitem(last=False)
        return tenant

    async def _load(self, scope: TenantScope, entry: ManifestEntry, language: str) -> Terms:
        """Read and analyse a revision. Raises `StaleWriteError` for missing chunks."""
        chunks = await self._chunks.of_revision(scope, entry.document_id, entry.revision)
        if len(chunks) != entry.total_chunks:
            raise StaleWriteError("The chunks of a document's version are missing.")
        return await asyncio.to_thread(
            lambda: {c.chunk_id: self._analyzer.terms(c.indexed_text, language) for c in chunks}
        )
