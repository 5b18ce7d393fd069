"""Writing on a document's record how its job ended."""

from __future__ import annotations

from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError, StaleWriteError
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository

MAX_WRITES = 5


class MarkFailed:
    """Marks a document's pending upload as failed; the job's record follows it."""

    def __init__(self, documents: DocumentRepository) -> None:
        self._documents = documents

    async def __call__(
        self, scope: TenantScope, job: Job, code: str, *, fence: int | None = None
    ) -> Document | None:
        """Return the document, None if it is gone; unchanged when the upload is not the job's.

        With a `fence`, only the attempt that holds it may mark.
        """
        for _ in range(MAX_WRITES):
            document = await self._documents.get(scope, job.document_id)
            if document is None:
                return None
            marked = document.failed(job.job_id, code, fence=fence)
            if marked == document:
                return document
            try:
                return await self._documents.save(scope, marked)
            except StaleWriteError:
                continue
        raise ConflictError("The document is changing too fast.", code="document_busy")
