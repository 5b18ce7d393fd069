"""Our own search, put together by the service's container over SQLite files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from zipf_corpus import DIMENSION, Part, Question

from ragtenancy.app.search.ranking import Asked
from ragtenancy.app.search.search import SearchRequest
from ragtenancy.container import Container
from ragtenancy.domain import ids
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.ids import BlobName, ChunkId, ContentHash, DocumentId, Fingerprint, JobId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import Query
from ragtenancy.domain.tenant_config import EffectiveConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors
from ragtenancy.settings import Settings
from search_engines.engine import LANGUAGE, TOP

CHUNKS_PER_DOCUMENT = 20
MAX_DOCUMENTS = 5_000
MAX_BYTES = 16_000_000_000
FIRST_QUESTION = 600.0  # seconds: it makes the index of a million chunks
REVISION = ids.revision(1, 1)
MODEL = EmbeddingModel(
    name="given",
    dimension=DIMENSION,
    max_tokens=512,
    fingerprint=Fingerprint("given"),
)


class GivenVector(Embedder):
    """Hands out the question's vector."""

    vector: Vector

    @property
    def model(self) -> EmbeddingModel:
        return MODEL

    async def embed(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002 - the port names it
        return self.vector[None]


class Ours:
    """A container with filled tenants, asked on several ways."""

    def __init__(self, container: Container, given: GivenVector) -> None:
        self._container = container
        self._given = given
        self._scopes: list[TenantScope] = []
        self._effective: list[EffectiveConfig] = []
        self._manifests: list[Manifest] = []

    async def fill(self, parts: Sequence[Part]) -> None:
        """Create a tenant a part and publish its chunks."""
        for number, part in enumerate(parts):
            created = await self._container.tenants().create(f"t{number:05d}", "bench")
            await self._publish(created.tenant.scope, part)
            await self.take(created.tenant.scope)
        read = self._container.manifests().read
        self._manifests = [await read(scope) for scope in self._scopes]

    async def take(self, scope: TenantScope) -> None:
        """Ask this tenant from now on, too."""
        self._scopes.append(scope)
        self._effective.append(await self._container.configs().effective(scope))

    @property
    def scopes(self) -> Sequence[TenantScope]:
        """The tenants, in the order of their numbers."""
        return self._scopes

    async def search(self, tenant: int, question: Question) -> list[ChunkId]:
        """The service's retriever: generation, both legs, fused ranking; chunk ids."""
        self._given.vector = question.vector
        asked = Asked(
            scope=self._scopes[tenant],
            query=Query(text=question.text, top_k=TOP),
            effective=self._effective[tenant],
        )
        retrieval = await self._container.retriever().retrieve(asked)
        if retrieval.degraded:
            raise RuntimeError("half a search measures nothing")
        return [hit.chunk_id for hit in retrieval.hits[:TOP]]

    async def search_with_texts(self, tenant: int, question: Question) -> list[ChunkId]:
        """The use case behind `POST /search`: configuration, retriever, texts and sections."""
        self._given.vector = question.vector
        request = SearchRequest(query=question.text, top_k=TOP)
        reply = await self._container.search().search(self._scopes[tenant], request)
        return [hit.source.chunk_id for hit in reply.hits]

    async def words_alone(self, tenant: int, question: Question) -> Sequence[ChunkId]:
        """The lexical leg, at a given generation."""
        found = await self._container.lexical().search(
            self._scopes[tenant],
            self._manifests[tenant],
            question.text,
            language=LANGUAGE,
            limit=TOP,
        )
        return found.chunk_ids

    async def vectors_alone(self, tenant: int, question: Question) -> Sequence[ChunkId]:
        """The semantic leg, at a given generation."""
        found = await self._container.vectors().search(
            self._scopes[tenant], self._manifests[tenant], question.vector, limit=TOP
        )
        return found.chunk_ids

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text."""
        return list(self._container.analyzer().terms(text, LANGUAGE))

    async def _publish(self, scope: TenantScope, part: Part) -> None:
        stores = self._container
        for document_id, own in documents_of(len(part.texts)):
            chunks = [_chunk(document_id, at, part.texts[own.start + at]) for at in range(len(own))]
            vectors = part.vectors[own.start : own.stop]
            await stores.chunks().stage(scope, document_id, REVISION, chunks)
            await stores.vectors().stage(scope, document_id, REVISION, vectors)
            await stores.document_repository().add(
                scope, self._document(scope, document_id, len(own))
            )

    def _document(self, scope: TenantScope, document_id: DocumentId, chunks: int) -> Document:
        now = self._container.clock().now()
        upload = Upload(
            version=1,
            filename=f"{document_id}.txt",
            media_type="text/plain",
            content_hash=ContentHash("0" * 64),
            size=1,
            blob=BlobName("0" * 64),
            uploaded_at=now,
            job_id=JobId(f"job_{document_id}"),
        )
        active = ActiveVersion(
            upload=upload,
            revision=REVISION,
            total_chunks=chunks,
            embedding_fingerprint=MODEL.fingerprint,
        )
        return Document(
            tenant_uid=scope.tenant_uid, document_id=document_id, created_at=now, active=active
        )


@asynccontextmanager
async def opened(folder: Path, tenants: Sequence[TenantScope] = ()) -> AsyncIterator[Ours]:
    """Open a container on a data folder, to ask these tenants; close it in the end."""
    settings = Settings(
        data_dir=folder,
        log_level="error",
        index_bytes=MAX_BYTES,
        semantic_timeout=FIRST_QUESTION,
        bm25_timeout=FIRST_QUESTION,
    )
    container, given = Container(settings=settings), GivenVector()
    container.embedder.override(given)
    async with container.closers():
        ours = Ours(container, given)
        container.search()
        for scope in tenants:
            await ours.take(scope)
        yield ours


def documents_of(chunks: int) -> Iterator[tuple[DocumentId, range]]:
    """Yield the documents that a tenant's chunks are put into, with the positions of theirs."""
    step = max(CHUNKS_PER_DOCUMENT, -(-chunks // MAX_DOCUMENTS))
    for first in range(0, chunks, step):
        yield DocumentId(f"doc_{first:08d}"), range(first, min(first + step, chunks))


def names_of(chunks: int) -> list[ChunkId]:
    """Return the id of each position's chunk."""
    return [
        ids.chunk_id(document_id, REVISION, at)
        for document_id, own in documents_of(chunks)
        for at in range(len(own))
    ]


def _chunk(document_id: DocumentId, ordinal: int, text: str) -> Chunk:
    return Chunk(
        document_id=document_id,
        revision=REVISION,
        ordinal=ordinal,
        section_ordinal=0,
        section=(),
        text=text,
        token_count=200,
    )
