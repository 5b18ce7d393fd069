"""A tenant with two documents in the Pinecone server, and short ways to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy

from msgspec import Struct

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from tests.emulators.pinecone import Rig, pinecone_rig
from tests.emulators.pinecone_state import Space
from tests.library import ACME, OTHER, Library, chunk_store, random_vectors

QUESTION = random_vectors(99, 1)[0]
D1, D2 = DocumentId("d1"), DocumentId("d2")
NEW = (DocumentId("d3"), Revision("1-1"))


_written: list[tuple[dict[str, Space], int, list[ManifestEntry]]] = []
"""What a project holds when the scene begins, once it was written without a lag."""


class Scene(Struct, frozen=True, kw_only=True):
    """The tenant's library, the adapters over one index, and what is behind them."""

    rig: Rig
    vectors: PineconeVectorIndex
    storage: PineconeTenantStorage
    library: Library

    @property
    def index(self) -> PineconeIndex:
        return self.rig.index

    def chunks(self, name: str) -> list[ChunkId]:
        return [ChunkId(chunk) for chunk in self.library.ids(name)]

    async def search(self, limit: int = 3) -> LegHits:
        return await self.vectors.search(ACME, self.library.manifest, QUESTION, limit=limit)

    async def score(self) -> list[float | None]:
        asked = (ACME, self.library.manifest, QUESTION)
        return list(await self.vectors.score(*asked, self.chunks("d1")))

    async def stage(self) -> None:
        await self.vectors.stage(ACME, *NEW, random_vectors(3, 3))

    def afresh(self) -> Scene:
        """Return the same as another process has it: nothing kept."""
        vectors = PineconeVectorIndex(self.index, patience=self.rig.patience)
        return Scene(rig=self.rig, vectors=vectors, storage=self.storage, library=self.library)


@asynccontextmanager
async def scene(*, lag: float = 0.0, validated: bool = False) -> AsyncIterator[Scene]:
    async with pinecone_rig(lag=lag, validated=validated) as rig:
        storage = PineconeTenantStorage(rig.index, patience=rig.patience)
        vectors = PineconeVectorIndex(rig.index, patience=rig.patience)
        library = Library(ACME, await chunk_store(ACME))
        if _written and not lag:
            rig.project.spaces, rig.project.log, entries = deepcopy(_written[0])
            for entry in entries:
                library.publish(entry)
        else:
            for scope in (ACME, OTHER):
                await storage.create(scope)
            entries = [
                await library.put_vectors(vectors, "d1", random_vectors(1, 4)),
                await library.put_vectors(vectors, "d2", random_vectors(2, 4)),
            ]
            if not lag:
                _written.append(deepcopy((rig.project.spaces, rig.project.log, entries)))
        rig.project.calls.clear()
        yield Scene(rig=rig, vectors=vectors, storage=storage, library=library).afresh()
