"""A blob on its way to its place."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from hashlib import sha256

from ragtenancy.adapters.azure_blob.client import PIECE, AzureBlobs
from ragtenancy.adapters.azure_blob.owners import stamp
from ragtenancy.domain.errors import RagTenancyError, TooLargeError
from ragtenancy.domain.ids import BlobName
from ragtenancy.domain.tenants import TenantScope


class BlockUpload:
    """Staged block by block, which nothing lists, and committed once it is whole.

    Blocks that are never committed are removed by the service within a week.
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
        """The SHA-256 of what was written, in hex."""
        return self._digest.hexdigest()

    async def write(self, piece: bytes) -> None:
        """Add to the end. Raises `TooLargeError`."""
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise TooLargeError("The upload is larger than the client may send.")
        self._digest.update(piece)
        self._waiting += piece
        while len(self._waiting) >= PIECE:
            await self._stage(PIECE)

    async def keep(self) -> None:
        """Commit what was written; cancelled or failed meanwhile, nothing of it stays."""
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
        """Remove what may have been committed; out of reach, the sweeper finds it later."""
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
