"""Stores that lose chunks: no entry point publishes an incomplete document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from dependency_injector import providers

from ragtenancy import RagTenancy
from ragtenancy.adapters.memory.foreign_namespaces import InMemoryForeignNamespaces
from ragtenancy.container import Container
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import NotFoundError, RejectedError
from ragtenancy.domain.evaluation import JudgedText
from ragtenancy.domain.ids import DocumentId, Namespace, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.ports.foreign_namespaces import ForeignRecord, Placed
from ragtenancy.ports.migration_states import MigrationState, MigrationStates
from ragtenancy.ports.vectors import VectorIndex
from tests.doubles import in_memory_container
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import GUIDE, Installation

OLD = Namespace("__default__")
TWO_CHUNKS = JudgedText(text_id="long", title="Storms", text="A storm broke a window. " * 200)


class ShortStore:
    """A store that loses the last item of each staging call."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        given: Sequence[Chunk] | Vectors,
    ) -> None:
        await self._store.stage(scope, document_id, revision, given[:-1])  # type: ignore[attr-defined]


class AdoptingNamespaces(InMemoryForeignNamespaces):
    """Namespaces whose records become a tenant's vectors, as within one index."""

    def __init__(self, vectors: VectorIndex) -> None:
        super().__init__()
        self._vectors = vectors

    async def adopt(self, scope: TenantScope, placed: Sequence[Placed]) -> None:
        await super().adopt(scope, placed)
        rows = np.stack([each.record.values for each in placed])
        await self._vectors.stage(scope, placed[0].document_id, placed[0].revision, rows)


class RememberedStates(MigrationStates):
    """Migration states in memory."""

    def __init__(self) -> None:
        self._states: dict[Namespace, MigrationState] = {}

    async def get(self, target: Namespace) -> MigrationState | None:
        return self._states.get(target)

    async def put(self, state: MigrationState) -> None:
        self._states[state.target] = state

    async def forget(self, target: Namespace) -> None:
        self._states.pop(target, None)


@pytest.fixture(params=["chunks", "vectors"])
def short(request: pytest.FixtureRequest, container: Container) -> Installation:
    """An installation with one store that loses chunks."""
    provider = getattr(container, request.param)
    provider.override(providers.Object(ShortStore(provider())))
    return Installation(container)


async def documents(installation: Installation, scope: TenantScope) -> Sequence[Document]:
    repository: DocumentRepository = installation.container.document_repository()
    return (await repository.page(scope)).items


async def test_an_upload_is_put_back(short: Installation) -> None:
    scope = await short.tenant()
    accepted = await short.submit(scope)

    await short.work()

    job = (await short.job(scope, accepted)).job
    assert (job.status, job.error and job.error.code) == ("queued", "short_write")


async def test_a_judged_set_is_refused(short: Installation) -> None:
    scope = await short.tenant()

    with pytest.raises(RejectedError) as refused:
        await short.container.corpus_loader().load(scope, [TWO_CHUNKS], lambda _: None)

    assert refused.value.reason == "short_write"
    assert not await documents(short, scope)


async def test_a_bundle_leaves_no_client(short: Installation, tmp_path: Path) -> None:
    whole = in_memory_container()
    whole.clock.reset_override()
    async with RagTenancy.open(container=whole) as rag:
        await rag.create_tenant("moved")
        await rag.tenant("moved").ingest(GUIDE.encode(), filename="guide.md")
        await rag.export_tenant("moved", tmp_path / "moved.bundle")

    async with RagTenancy.open(container=short.container, worker=False) as rag:
        with pytest.raises(RejectedError) as refused:
            await rag.import_tenant(tmp_path / "moved.bundle")
        with pytest.raises(NotFoundError):
            await rag.get_tenant("moved")

    assert refused.value.reason == "short_write"


async def test_a_namespace_answers_nothing(short: Installation) -> None:
    scope = await short.tenant()
    texts = [f"Answer {number} of the guide." for number in range(3)]
    foreign = AdoptingNamespaces(short.container.vectors())
    rows = await ScriptedEmbedder().embed(texts)
    records = [
        ForeignRecord(id=f"r{at}", values=rows[at], metadata={"source": "guide", "text": text})
        for at, text in enumerate(texts)
    ]
    await foreign.write(OLD, records)
    short.container.foreign_namespaces.override(providers.Object(foreign))
    short.container.migration_states.override(providers.Object(RememberedStates()))

    with pytest.raises(RejectedError) as refused:
        await short.container.namespace_migration().migrate(scope.tenant_id, OLD)

    assert refused.value.reason == "short_write"
    assert not await documents(short, scope)


async def test_a_reindex_does_not_switch(short: Installation) -> None:
    whole = in_memory_container(short.container.settings())
    whole.stores.override(providers.Object(short.container.stores()))
    whole.clock.override(providers.Object(short.container.clock()))
    scope = await short.tenant()
    document_id = await Installation(whole).ingest(scope)
    short.container.embedder.override(providers.Object(ScriptedEmbedder(name="new", dimension=48)))

    with pytest.raises(RejectedError) as refused:
        await short.container.reindexing().reindex(scope, lambda _: None)

    document = await whole.document_repository().get(scope, document_id)
    assert refused.value.reason == "short_write"
    assert document is not None
    assert document.active is not None
    assert document.active.embedding_fingerprint == ScriptedEmbedder().model.fingerprint
