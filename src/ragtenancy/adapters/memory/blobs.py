"""Originals in memory, and the containers of tenants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ragtenancy.adapters.memory.client import Container, Memory, StampedBytes
from ragtenancy.domain.errors import NotFoundError, TooLargeError
from ragtenancy.domain.ids import BlobName, ContentHash, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.tenant_storage import TenantStorage

PIECE = 65_536


def _utc_now() -> datetime:
    return datetime.now(UTC)


class InMemoryBlobStore(BlobStore):
    """Bytes by name in the tenant's container; `now` stamps them."""

    def __init__(self, memory: Memory, now: Callable[[], datetime] = _utc_now) -> None:
        self._memory = memory
        self._now = now

    async def put(
        self,
        scope: TenantScope,
        name: BlobName,
        body: AsyncIterator[bytes],
        *,
        max_bytes: int,
    ) -> StoredBlob:
        self._memory.container(scope)
        content = bytearray()
        async for piece in body:
            content += piece
            if len(content) > max_bytes:
                raise TooLargeError("The upload is larger than the client's limit.")
        kept = StampedBytes(bytes(content), self._now())
        self._memory.container(scope).blobs[name] = kept
        return StoredBlob(
            name=name,
            size=len(kept.content),
            content_hash=ContentHash(sha256(kept.content).hexdigest()),
        )

    @asynccontextmanager
    async def local(self, scope: TenantScope, name: BlobName) -> AsyncIterator[Path]:
        content = self._content(scope, name)
        with TemporaryDirectory(prefix="ragtenancy-") as folder:
            path = Path(folder, name)
            await asyncio.to_thread(path.write_bytes, content)
            yield path

    async def read(self, scope: TenantScope, name: BlobName) -> AsyncIterator[bytes]:
        content = self._content(scope, name)
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    async def names(
        self, scope: TenantScope, *, written_before: datetime | None = None
    ) -> Sequence[BlobName]:
        blobs = self._memory.container(scope).blobs
        return tuple(
            name
            for name, blob in sorted(blobs.items())
            if written_before is None or blob.written_at < written_before
        )

    async def delete(self, scope: TenantScope, name: BlobName) -> bool:
        return self._memory.container(scope).blobs.pop(name, None) is not None

    async def drop(self, scope: TenantScope) -> int:
        dropped = 0
        for container in self._memory.present(scope):
            dropped += len(container.blobs)
            container.blobs.clear()
        return dropped

    def _content(self, scope: TenantScope, name: BlobName) -> bytes:
        blob = self._memory.container(scope).blobs.get(name)
        if blob is None:
            raise NotFoundError("There is no such upload.")
        return blob.content


class InMemoryTenantStorage(TenantStorage):
    """Creates, counts and removes containers; the count includes the registry's records."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def create(self, scope: TenantScope) -> None:
        self._memory.containers.setdefault(scope.tenant_uid, Container(uid=scope.tenant_uid))

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        containers = list(self._memory.present(scope))
        return {
            "containers": len(containers),
            "documents": sum(len(c.documents) for c in containers),
            "chunks": sum(len(staged) for c in containers for staged in c.chunks.values()),
            "vectors": sum(len(staged) for c in containers for staged in c.vectors.values()),
            "sentence_vectors": sum(
                len(kept) for c in containers for kept in c.sentence_vectors.values()
            ),
            "conversations": sum(len(c.conversations) for c in containers),
            "idempotency_keys": sum(len(c.idempotency) for c in containers),
            "derived": sum(len(c.derived) for c in containers),
            "usage": sum(len(c.usage) for c in containers),
            "blobs": sum(len(c.blobs) for c in containers),
            "api_keys": self._registered(scope, self._memory.api_keys.keys()),
            "configs": self._registered(scope, self._memory.configs.keys()),
            "jobs": self._registered(scope, self._memory.jobs.keys()),
            "webhooks": self._registered(scope, self._memory.webhooks.keys())
            + self._registered(scope, self._memory.deliveries.keys()),
            "intents": self._registered(scope, self._memory.intents.keys()),
        }

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            del self._memory.containers[container.uid]

    async def tenants(self) -> Sequence[TenantUid]:
        return tuple(sorted(self._memory.containers))

    def _registered(self, scope: TenantScope, keys: Iterable[tuple[TenantUid, object]]) -> int:
        return sum(uid == scope.tenant_uid for uid, _ in keys)
