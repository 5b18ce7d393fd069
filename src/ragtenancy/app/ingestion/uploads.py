"""Receiving uploads: an acknowledged upload is never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct, field

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.ingestion.acceptance import Acceptance, Accepted, StoredUpload
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.idempotency import IdempotencyKeys
from ragtenancy.app.intents import Intents
from ragtenancy.domain.bounds import require_within
from ragtenancy.domain.charsets import CHARSET, require_charset
from ragtenancy.domain.documents import BoundedMetadata, Metadata, require_filename
from ragtenancy.domain.errors import RagTenancyError, UnavailableError
from ragtenancy.domain.idempotency import IdempotencyKey, IdempotentReply, upload_hash
from ragtenancy.domain.ids import ApiKeyId, BlobName, BoundedDocumentId, DocumentId, JobId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.ids import Ids


class NewUpload(Struct, frozen=True, kw_only=True):
    """An incoming file; `document_id` names the document to replace.

    With `attached_to`, the document whose original contains the file, `document_id` is the id of
    the document that it becomes. `key_id` is the key that it came with.

    Raises `MalformedError` for an out-of-bounds filename, metadata or id.
    """

    filename: str
    body: AsyncIterator[bytes]
    document_id: DocumentId | None = None
    attached_to: DocumentId | None = None
    metadata: Metadata = field(default_factory=dict)
    idempotency_key: str | None = None
    key_id: ApiKeyId | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_filename(self.filename)
        require_within(self.metadata, BoundedMetadata, "metadata")
        require_charset(self.metadata.get(CHARSET), field=f"metadata.{CHARSET}")
        require_within(self.document_id, BoundedDocumentId | None, "document_id")
        require_within(self.idempotency_key, IdempotencyKey | None, "idempotency_key")


class Uploads:
    """Durably stores the original, then the document's record, then its job.

    An intent is open from before the first write until after the last.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        blobs: BlobStore,
        formats: Formats,
        acceptance: Acceptance,
        idempotency_keys: IdempotencyKeys,
        intents: Intents,
        ids: Ids,
    ) -> None:
        self._configs = configs
        self._blobs = blobs
        self._formats = formats
        self._acceptance = acceptance
        self._idempotency_keys = idempotency_keys
        self._intents = intents
        self._ids = ids

    async def limit(self, scope: TenantScope) -> int:
        """Return the maximum size of a tenant's upload, in bytes."""
        return (await self._configs.effective(scope)).limits.max_upload_bytes

    async def submit(self, scope: TenantScope, upload: NewUpload) -> Accepted:
        """Return the job that will ingest the upload, or already has.

        Raises `TooLargeError`, `UnsupportedError` (by content), `NotFoundError` for an unknown
        document to replace, `LimitError`, `ConflictError`, and `InvalidError` for a misused
        idempotency key. After an error, nothing of the upload is stored, except after
        `UnavailableError`: the document's record may then exist and name the original; the next
        attempt or the sweeper settles that.
        """
        max_bytes = await self.limit(scope)
        name, job_id = BlobName(self._ids.new("blob")), JobId(self._ids.new("job"))
        intent = await self._intents.open(scope, Work.UPLOAD, job_id, job_id=job_id, blobs=[name])
        try:
            blob = await self._blobs.put(scope, name, upload.body, max_bytes=max_bytes)
            accepted = await self._accepted(scope, upload, blob, job_id)
        except UnavailableError:
            raise
        except RagTenancyError:
            await self._blobs.delete(scope, name)
            await self._intents.close(scope, intent)
            raise
        await self._intents.close(scope, intent)
        return accepted

    async def _accepted(
        self, scope: TenantScope, upload: NewUpload, blob: StoredBlob, job_id: JobId
    ) -> Accepted:
        stored = StoredUpload(
            document_id=upload.document_id,
            attached_to=upload.attached_to,
            filename=upload.filename,
            media_type=await self._formats.detect(scope, blob.name, upload.filename),
            metadata=upload.metadata,
            blob=blob,
            key_id=upload.key_id,
            job_id=job_id,
        )
        body_hash = upload_hash(
            blob.content_hash, upload.filename, upload.document_id, upload.metadata
        )
        async with self._idempotency_keys.claimed(
            scope, upload.idempotency_key, body_hash
        ) as claim:
            if claim.earlier is not None:
                accepted = _replayed(claim.earlier)
            else:
                accepted = await self._acceptance.accept(scope, stored)
                claim.answer(_reply(accepted))
        if not accepted.kept_upload:
            await self._blobs.delete(scope, blob.name)
        return accepted


def _reply(accepted: Accepted) -> IdempotentReply:
    return IdempotentReply(
        job_id=accepted.job_id, document_id=accepted.document_id, status=accepted.status
    )


def _replayed(reply: IdempotentReply) -> Accepted:
    return Accepted(
        job_id=reply.job_id,
        document_id=reply.document_id,
        status=reply.status,
        kept_upload=False,
        replayed=True,
    )
