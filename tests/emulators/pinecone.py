"""The Pinecone server and the proxy before it, started once a session, by whoever asks first."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from msgspec import Struct

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.client import PineconeIndex, open_pinecone
from ragtenancy.adapters.pinecone.limits import Patience
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector, Vectors
from tests.emulators import prism
from tests.emulators.pinecone_server import PineconeServer, pinecone_server
from tests.emulators.pinecone_state import Project

DESCRIPTION = Path(__file__).parent / "pinecone_db_data_2026-04.yaml"
DIMENSION = 8


class PassingTime:
    """A clock by hand: whoever sleeps winds it on, by `step` at least."""

    def __init__(self, step: float = 0.0) -> None:
        self.seconds = 0.0
        self._step = step

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, self._step)


class Rig(Struct, frozen=True, kw_only=True):
    """An index of a project of its own, what is behind it, and the clock of both."""

    key: str
    index: PineconeIndex
    project: Project
    time: PassingTime

    @property
    def patience(self) -> Patience:
        return Patience(monotonic=self.time.monotonic, sleep=self.time.sleep)


@cache
def server() -> PineconeServer:
    """Return the server, of which indexes say that they are reached through no proxy."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(pinecone_server())


@cache
def proxy() -> str:
    """Return the URL of the validating proxy. Skips where it cannot run."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(prism.prism(DESCRIPTION, server().url))


def require_prism() -> None:
    """Skip, or fail where the tier is required, when the proxy cannot run."""
    if missing := prism.missing():
        reason = f"pinecone-server needs {missing}"
        if "emulator" in os.environ.get("REQUIRE_TIERS", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)


@asynccontextmanager
async def pinecone_rig(
    *, lag: float = 0.0, validated: bool = True, dimension: int = DIMENSION
) -> AsyncIterator[Rig]:
    """Give a new index; with `validated` every call keeps to the description."""
    if validated:
        require_prism()
    key, served, time = uuid.uuid4().hex, server(), PassingTime(lag)
    project = served.project(key)
    project.clock, project.lag = time.monotonic, lag
    index = open_pinecone(
        key, "test", host=proxy() if validated else served.url, controller=served.url
    )
    try:
        await schema.prepare(index, dimension=dimension, cloud="aws", region="us-east-1")
        yield Rig(key=key, index=index, project=project, time=time)
    finally:
        await index.close()
        served.projects.pop(key, None)


class PaddedIndex(PineconeVectorIndex):
    """Takes vectors of up to the index's dimension; zeros at their end change no cosine."""

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        await super().stage(scope, document_id, revision, _padded(vectors))

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector,
        *,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        padded = _padded(vector)
        return await super().search(scope, manifest, padded, limit=limit, documents=documents)

    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        return await super().score(scope, manifest, _padded(vector), chunks)


def _padded(vectors: Vectors) -> Vectors:
    missing = DIMENSION - vectors.shape[-1]
    return np.pad(vectors, [(0, 0)] * (vectors.ndim - 1) + [(0, missing)])
