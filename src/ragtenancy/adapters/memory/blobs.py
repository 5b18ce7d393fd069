"""Originals, in memory."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.errors import NotFoundError, TooLargeError
from ragtenancy.domain.ids import BlobName, ContentHash
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.clock import Clock


class InMemoryBlobStore(BlobStore):
    """Bytes on their tenant's shelf."""

    def __init__(self, shelves: Shelves, clock: Clock) -> None:
        self._shelves = shelves
        self._clock = clock

    async def put(
        self,
        scope: TenantScope,
        name: BlobName,
        body: AsyncIterator[bytes],
        *,
        max_bytes: int,
    ) -> StoredBlob:
        """Keep a body."""
        self._shelves.of(scope)
        data = bytearray()
        async for piece in body:
            data += piece
            if len(data) > max_bytes:
                raise TooLargeError(f"At most {max_bytes} bytes may be sent.", limit=max_bytes)
        self._shelves.of(scope).blobs[name] = (bytes(data), self._clock.now())
        digest = ContentHash(hashlib.sha256(data).hexdigest())
        return StoredBlob(name=name, size=len(data), content_hash=digest)

    @asynccontextmanager
    async def local(self, scope: TenantScope, name: BlobName) -> AsyncIterator[Path]:
        """Give the content as a temporary file."""
        data = self._content(scope, name)
        with tempfile.NamedTemporaryFile(delete=True) as file:
            file.write(data)
            file.flush()
            yield Path(file.name)

    async def read(self, scope: TenantScope, name: BlobName) -> AsyncIterator[bytes]:
        """Yield the content."""
        yield self._content(scope, name)

    async def names(
        self, scope: TenantScope, *, written_before: datetime | None = None
    ) -> Sequence[BlobName]:
        """List the blobs."""
        kept = self._shelves.of(scope).blobs.items()
        return [n for n, (_, at) in kept if written_before is None or at < written_before]

    async def delete(self, scope: TenantScope, name: BlobName) -> bool:
        """Remove a blob."""
        return self._shelves.of(scope).blobs.pop(name, None) is not None

    async def drop(self, scope: TenantScope) -> int:
        """Remove every blob."""
        shelf = self._shelves.by_uid.get(scope.tenant_uid)
        count = len(shelf.blobs) if shelf else 0
        if shelf:
            shelf.blobs.clear()
        return count

    def _content(self, scope: TenantScope, name: BlobName) -> bytes:
        kept = self._shelves.of(scope).blobs.get(name)
        if kept is None:
            raise NotFoundError("There is no such original.")
        return kept[0]
