"""Making documents of the files inside a document's original, and removing former ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import structlog

from ragtenancy.app.documents import Documents
from ragtenancy.app.ingestion.uploads import NewUpload, Uploads
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.domain.attachments import AttachedFile, is_detached
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository

log = structlog.get_logger(__name__)

REFUSALS = (ConflictError, LimitError, TooLargeError, UnsupportedError)


class Attachments:
    """Submits attached files as uploads, once the document that contains them answers.

    Each step may run twice, and late: the parent's record lists its files before they are
    submitted, and a file that it does not list any more is removed instead of ingested. An attached
    document is deleted with its parent, and when a newer version of the parent lacks it.
    """

    def __init__(
        self, uploads: Uploads, documents: Documents, document_repository: DocumentRepository
    ) -> None:
        self._uploads = uploads
        self._documents = documents
        self._document_repository = document_repository

    async def submit(
        self, scope: TenantScope, parent: Document, files: Sequence[AttachedFile]
    ) -> Sequence[str]:
        """Submit the files of a document; return a warning for each that is refused.

        Ends once there is a newer version, whose own job submits its files, or a deletion. Raises
        `UnavailableError`.
        """
        warnings: list[str] = []
        for file in files:
            if await self._latest(scope, parent) is None:
                break
            try:
                await self._submit(scope, parent, file)
            except REFUSALS as error:
                warnings.append(f"{file.filename} was not read: {error.detail}")
        return warnings

    async def remove_former(
        self, scope: TenantScope, parent: Document, files: Sequence[AttachedFile]
    ) -> None:
        """Delete the attached documents of versions before the parent's active one.

        Once there is a newer version, that is left to its own job. Raises `UnavailableError`.
        """
        current = {file.document_id for file in files}
        former = [each for each in parent.attachments if each not in current]
        for document_id in former:
            if await self._latest(scope, parent) is not None:
                await self._remove(scope, parent.document_id, document_id)
        if former:
            await self._detach(scope, parent, former)

    async def remove_detached(self, scope: TenantScope, document: Document) -> bool:
        """Delete a document if it is a file that its parent no longer contains.

        Returns whether it was. Raises `UnavailableError`.
        """
        if document.attached_to is None:
            return False
        parent = await self._document_repository.get(scope, document.attached_to)
        if not is_detached(document, parent):
            return False
        await self._remove(scope, document.attached_to, document.document_id)
        return True

    async def _submit(self, scope: TenantScope, parent: Document, file: AttachedFile) -> None:
        upload = NewUpload(
            filename=file.filename,
            body=_once(file.data),
            document_id=file.document_id,
            attached_to=parent.document_id,
            metadata=file.metadata(parent.shown.metadata),
            key_id=parent.shown.key_id,
        )
        await self._uploads.submit(scope, upload)

    async def _latest(self, scope: TenantScope, parent: Document) -> Document | None:
        """Return the latest record of a document; None if another version answers, or none."""
        latest = await self._document_repository.get(scope, parent.document_id)
        if latest is None or latest.deleting:
            return None
        return latest if latest.shown.version == parent.shown.version else None

    async def _remove(
        self, scope: TenantScope, parent_id: DocumentId, document_id: DocumentId
    ) -> None:
        attached = await self._document_repository.get(scope, document_id)
        if attached is None or attached.attached_to != parent_id:
            return
        try:
            receipt = await self._documents.delete(scope, document_id)
        except NotFoundError:
            return
        if not receipt.verified:
            log.info("attachment_not_removed", document_id=document_id)

    async def _detach(
        self, scope: TenantScope, parent: Document, former: Sequence[DocumentId]
    ) -> None:
        async def attempt() -> None:
            latest = await self._latest(scope, parent)
            if latest is not None:
                await self._document_repository.save(scope, latest.detached(former))

        await retry_stale(
            attempt,
            UnavailableError(
                "Other requests keep changing this document; try again.", retry_after=1.0
            ),
        )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
