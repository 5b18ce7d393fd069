"""Batches: many uploads in one request, each accepted or refused by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import IO

from msgspec import Struct, structs

from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.app.ingestion.uploads import NewUpload, Uploads
from ragtenancy.domain.documents import Metadata
from ragtenancy.domain.errors import RagTenancyError, TooLargeError, UnavailableError
from ragtenancy.domain.filenames import cleaned_filename
from ragtenancy.domain.idempotency import key_in_batch
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.archives import Archives

MAX_FILES = 100
ZIP = ".zip"
PIECE = 65_536


class BatchFile(Struct, frozen=True, kw_only=True):
    """A file of a batch: its name as sent, and its bytes unless they exceed the limit."""

    name: str
    file: IO[bytes] | None
    idempotency_key: str | None = None
    key_id: ApiKeyId | None = None


class Submission(Struct, frozen=True, kw_only=True):
    """What became of a file: its job, or why it is refused; no `filename` if it has no usable one."""

    filename: str | None
    accepted: Accepted | None = None
    error: RagTenancyError | None = None


class Batches:
    """Submits the files of a batch one after the other, as single uploads."""

    def __init__(self, uploads: Uploads, archives: Archives) -> None:
        self._uploads = uploads
        self._archives = archives

    async def submit(
        self,
        scope: TenantScope,
        files: Sequence[BatchFile],
        metadata: Metadata,
        *,
        total_bytes: int,
        idempotency_key: str | None = None,
        key_id: ApiKeyId | None = None,
    ) -> Sequence[Submission]:
        """Return what became of each file, in order; a single zip file stands for its content.

        Raises `UnreadableDocumentError` for a zip file that is refused as a whole, and
        `UnavailableError`; the same batch may then be sent again.
        """
        limit = await self._uploads.limit(scope)
        unpacked = await self._unpacked(files, limit, total_bytes)
        submissions = []
        for number, file in enumerate(unpacked):
            key = None if idempotency_key is None else key_in_batch(idempotency_key, number)
            sent = structs.replace(file, idempotency_key=key, key_id=key_id)
            submissions.append(await self._submitted(scope, sent, metadata, limit))
        return submissions

    async def _unpacked(
        self, files: Sequence[BatchFile], limit: int, total_bytes: int
    ) -> Sequence[BatchFile]:
        if len(files) != 1 or not files[0].name.lower().endswith(ZIP) or files[0].file is None:
            return files
        archived = await asyncio.to_thread(
            self._archives.files, files[0].file, most=MAX_FILES, total_bytes=total_bytes
        )
        if archived is None:
            return files
        return [
            BatchFile(name=each.name, file=None if each.size > limit else each.open())
            for each in archived
        ]

    async def _submitted(
        self,
        scope: TenantScope,
        file: BatchFile,
        metadata: Metadata,
        limit: int,
    ) -> Submission:
        filename = None
        try:
            filename = cleaned_filename(file.name)
            if file.file is None:
                raise TooLargeError("The file is larger than this client may upload.", limit=limit)
            upload = NewUpload(
                filename=filename,
                body=_body(file.file),
                metadata=metadata,
                idempotency_key=file.idempotency_key,
                key_id=file.key_id,
            )
            accepted = await self._uploads.submit(scope, upload)
        except UnavailableError:
            raise
        except RagTenancyError as error:
            return Submission(filename=filename, error=error)
        return Submission(filename=filename, accepted=accepted)


async def _body(file: IO[bytes]) -> AsyncIterator[bytes]:
    if file.seekable():
        await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
