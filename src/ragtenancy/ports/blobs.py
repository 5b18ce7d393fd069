"""The store of uploaded originals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from ragtenancy.domain.ids import BlobName, ContentHash
from ragtenancy.domain.tenants import TenantScope


class StoredBlob(Struct, frozen=True, kw_only=True):
    """A stored blob: its name, its length in bytes and the SHA-256 of its content."""

    name: BlobName
    size: int
    content_hash: ContentHash


class BlobStore(Protocol):
    """Uploads of one tenant, by names that the application generates (`[a-z0-9_-]+`)."""

    @abstractmethod
    async def put(
        self,
        scope: TenantScope,
        name: BlobName,
        body: AsyncIterator[bytes],
        *,
        max_bytes: int,
    ) -> StoredBlob:
        """Write a body durably (data and directory entry synced before this returns).

        Raises `TooLargeError` past `max_bytes` and stores nothing. A failed or cancelled
        put leaves nothing that `names` or `local` shows.
        """

    @abstractmethod
    def local(self, scope: TenantScope, name: BlobName) -> AbstractAsyncContextManager[Path]:
        """Return a context manager that provides the content as a local file.

        Raises `NotFoundError`.
        """

    @abstractmethod
    def read(self, scope: TenantScope, name: BlobName) -> AsyncIterator[bytes]:
        """Yield the content in pieces. Raises `NotFoundError` on the first iteration."""

    @abstractmethod
    async def names(
        self, scope: TenantScope, *, written_before: datetime | None = None
    ) -> Sequence[BlobName]:
        """List the tenant's blobs, including leftovers of interrupted writes."""

    @abstractmethod
    async def delete(self, scope: TenantScope, name: BlobName) -> bool:
        """Remove a blob and leftovers of interrupted writes; return whether anything was there."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> int:
        """Remove every blob of the tenant; return how many there were."""
