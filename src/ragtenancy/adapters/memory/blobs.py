"""Originals in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ragtenancy.adapters.memory.client import Memory, StampedBytes
from ragtenancy.domain.errors import NotFoundError, TooLargeError
from ragtenancy.domain.ids import BlobName, ContentHash
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob

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
                raise TooLargeError("The upload is larger than the client may send.")
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
