"""Originals as blobs."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ragtenancy.adapters.azure_blob.client import PIECE, AzureBlobs
from ragtenancy.adapters.azure_blob.owners import (
    OWNER,
    listed,
    require_owner,
    require_stamp,
    stamp,
)
from ragtenancy.domain.errors import InvalidError, NotFoundError, RagTenancyError, TooLargeError
from ragtenancy.domain.ids import BlobName, ContentHash
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob

if TYPE_CHECKING:
    from azure.storage.blob.aio import StorageStreamDownloader


class BlockUpload:
    """An upload staged as unlisted blocks and committed once complete.

    The service removes uncommitted blocks within a week.
    """

    def __init__(
        self, blobs: AzureBlobs, scope: TenantScope, name: BlobName, max_bytes: int
    ) -> None:
        self._blobs = blobs
        self._blob = blobs.blob(scope, name)
        self._stamp = stamp(scope)
        self._max_bytes = max_bytes
        self._digest = sha256()
        self._waiting = bytearray()
        self._staged: list[str] = []
        self.size = 0

    @property
    def digest(self) -> str:
        """The SHA-256 of the written bytes, in hex."""
        return self._digest.hexdigest()

    async def write(self, piece: bytes) -> None:
        """Append a piece. Raises `TooLargeError`."""
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise TooLargeError("The upload is larger than the client's limit.")
        self._digest.update(piece)
        self._waiting += piece
        while len(self._waiting) >= PIECE:
            await self._stage(PIECE)

    async def keep(self) -> None:
        """Commit the blocks; if cancelled or failed, leave nothing."""
        if self._waiting:
            await self._stage(len(self._waiting))
        committing = asyncio.ensure_future(self._commit())
        try:
            await asyncio.shield(committing)
        except BaseException:
            await asyncio.wait([committing])
            await self.discard()
            raise

    async def discard(self) -> None:
        """Remove a possibly committed blob; if that fails, the sweeper does so later."""
        with suppress(RagTenancyError):
            async with self._blobs.call():
                await self._blob.delete_blob()

    async def _stage(self, length: int) -> None:
        block, self._waiting = bytes(self._waiting[:length]), self._waiting[length:]
        block_id = base64.b64encode(f"{len(self._staged):08}".encode()).decode()
        async with self._blobs.call():
            await self._blob.stage_block(block_id, block, length=len(block))
        self._staged.append(block_id)

    async def _commit(self) -> None:
        from azure.storage.blob import BlobBlock

        async with self._blobs.call():
            blocks = [BlobBlock(block_id) for block_id in self._staged]
            await self._blob.commit_block_list(blocks, metadata=self._stamp)


NAME = re.compile(r"[a-z0-9_-]{1,200}\Z")


class AzureBlobStore(BlobStore):
    """Blobs `<uid>/<name>` in one container, each stamped with the uid, which reads verify.

    `<uid>/.owner` marks an existing tenant; the tenant's storage creates and removes it.
    """

    def __init__(self, blobs: AzureBlobs) -> None:
        self._blobs = blobs

    async def put(
        self,
        scope: TenantScope,
        name: BlobName,
        body: AsyncIterator[bytes],
        *,
        max_bytes: int,
    ) -> StoredBlob:
        _require_name(name)
        await require_owner(self._blobs, scope)
        upload = BlockUpload(self._blobs, scope, name, max_bytes)
        async for piece in body:
            await upload.write(piece)
        await upload.keep()
        await self._require_still(scope, upload)
        return StoredBlob(name=name, size=upload.size, content_hash=ContentHash(upload.digest))

    @asynccontextmanager
    async def local(self, scope: TenantScope, name: BlobName) -> AsyncIterator[Path]:
        with TemporaryDirectory(prefix="ragtenancy-") as folder:
            path = Path(folder, name)
            with await asyncio.to_thread(path.open, "wb") as file:
                async for piece in self.read(scope, name):
                    await asyncio.to_thread(file.write, piece)
            yield path

    async def read(self, scope: TenantScope, name: BlobName) -> AsyncIterator[bytes]:
        _require_name(name)
        async with self._blobs.call():
            download = await self._blobs.blob(scope, name).download_blob()
        require_stamp(scope, download.properties.metadata)
        async for piece in self._pieces(download):
            yield piece

    async def names(
        self, scope: TenantScope, *, written_before: datetime | None = None
    ) -> Sequence[BlobName]:
        found = await listed(self._blobs, scope)
        if OWNER not in (blob.name for blob in found):
            raise NotFoundError("There is no such client.")
        return tuple(
            BlobName(blob.name)
            for blob in found
            if blob.name != OWNER and (written_before is None or blob.written_at < written_before)
        )

    async def delete(self, scope: TenantScope, name: BlobName) -> bool:
        _require_name(name)
        await require_owner(self._blobs, scope)
        return await self._deleted(scope, name)

    async def drop(self, scope: TenantScope) -> int:
        names = [blob.name for blob in await listed(self._blobs, scope) if blob.name != OWNER]
        return sum([await self._deleted(scope, name) for name in names])

    async def _require_still(self, scope: TenantScope, upload: BlockUpload) -> None:
        """Discard an upload if its tenant was deleted or its caller disconnected during it."""
        try:
            await require_owner(self._blobs, scope)
        except BaseException:
            await upload.discard()
            raise

    async def _pieces(self, download: StorageStreamDownloader[bytes]) -> AsyncIterator[bytes]:
        """Yield the content; the time limit applies to each piece, not to its consumer."""
        pieces = aiter(download.chunks())
        while True:
            try:
                async with self._blobs.call():
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield piece

    async def _deleted(self, scope: TenantScope, name: str) -> bool:
        try:
            async with self._blobs.call():
                await self._blobs.blob(scope, name).delete_blob()
        except NotFoundError:
            return False
        return True


def _require_name(name: BlobName) -> None:
    if not NAME.match(name):
        raise InvalidError("The blob name is not valid.")
