"""Accepting an upload: after the reply nothing acknowledged can be lost."""

from __future__ import annotations

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.ingestion.acceptance import AcceptUpload
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.idempotency import Idempotency
from ragtenancy.app.ingestion.uploads import Accepted, NewUpload, Original
from ragtenancy.app.intents import Intents
from ragtenancy.domain.errors import RagTenancyError, UnavailableError
from ragtenancy.domain.ids import BlobName, JobId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.ids import Ids


class SubmitUpload:
    """Stores the original, then the document's row, then its job, each durably, in that order.

    An intent is open from before the first to after the last.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        blobs: BlobStore,
        formats: Formats,
        accept: AcceptUpload,
        idempotency: Idempotency,
        intents: Intents,
        ids: Ids,
    ) -> None:
        self._configs = configs
        self._blobs = blobs
        self._formats = formats
        self._accept = accept
        self._idempotency = idempotency
        self._intents = intents
        self._ids = ids

    async def __call__(self, scope: TenantScope, upload: NewUpload) -> Accepted:
        """Return the job that will ingest the upload, or that already did.

        Raises `TooLargeError`, `UnsupportedError` (by content), `NotFoundError` for an unknown
        document to replace, `LimitError`, `ConflictError` and `InvalidError` for a misused
        idempotency key. After an error nothing of the upload is kept, but for
        `UnavailableError`: the document's row may be there and name the original. The next
        attempt or the sweeper finds out.
        """
        effective = await self._configs.effective(scope)
        name, job_id = BlobName(self._ids.new("blob")), JobId(self._ids.new("job"))
        intent = await self._intents.open(scope, Work.UPLOAD, job_id, job_id=job_id, blobs=[name])
        try:
            stored = await self._blobs.put(
                scope, name, upload.body, max_bytes=effective.limits.max_upload_bytes
            )
            accepted = await self._accepted(scope, upload, stored, job_id)
        except UnavailableError:
            raise
        except RagTenancyError:
            await self._blobs.delete(scope, name)
            await self._intents.close(scope, intent)
            raise
        await self._intents.close(scope, intent)
        return accepted

    async def _accepted(
        self, scope: TenantScope, upload: NewUpload, stored: StoredBlob, job_id: JobId
    ) -> Accepted:
        media_type = await self._formats.detect(scope, stored.name, upload.filename)
        async with self._idempotency.claim(scope, upload, stored.content_hash) as claim:
            if claim.replay is not None:
                await self._blobs.delete(scope, stored.name)
                return claim.replay
            original = Original(stored=stored, media_type=media_type, job_id=job_id)
            accepted = await self._accept(scope, upload, original)
            claim.settle(accepted)
        if not accepted.kept_upload:
            await self._blobs.delete(scope, stored.name)
        return accepted


class UploadLimit:
    """How many bytes a tenant may upload at once."""

    def __init__(self, configs: TenantConfigs) -> None:
        self._configs = configs

    async def __call__(self, scope: TenantScope) -> int:
        """Return the limit in bytes."""
        return (await self._configs.effective(scope)).limits.max_upload_bytes
