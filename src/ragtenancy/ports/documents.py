"""Documents, the change log and the manifest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.documents import Document, DocumentStatus, ManifestDelta
from ragtenancy.domain.ids import ContentHash, DocumentId, Fingerprint, JobId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow


class DocumentRepository(Protocol):
    """The documents of one tenant: the source of truth about active revisions.

    Whenever a write changes a document's active revision or removes an active document, the
    same transaction raises the tenant's generation by one and appends to its change log.

    All active documents share one embedding model: a write that would activate a version of another
    model raises `ReindexRequiredError` and changes nothing. The usage that a write is given is
    recorded in the same transaction.
    """

    @abstractmethod
    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document | None:
        """Return a document."""

    @abstractmethod
    async def find(
        self, scope: TenantScope, *, filename: str, content_hash: ContentHash
    ) -> Document | None:
        """Return the document whose newest upload has this name and content.

        The oldest of several, so that concurrent uploads agree; one being deleted comes last.
        """

    @abstractmethod
    async def add(
        self,
        scope: TenantScope,
        document: Document,
        used: Sequence[UsageRow] = (),
        *,
        most: int | None = None,
    ) -> None:
        """Store a new document. Raises `AlreadyExistsError`.

        Raises `LimitError` if the tenant has `most` documents already, also if others are adding
        documents at the same time.
        """

    @abstractmethod
    async def save(
        self, scope: TenantScope, document: Document, used: Sequence[UsageRow] = ()
    ) -> Document:
        """Write a document if its `version` is the stored one; return it with the next version.

        Raises `StaleWriteError` if it is not, or if the document is gone.
        """

    @abstractmethod
    async def switch(self, scope: TenantScope, model: Fingerprint) -> int:
        """Replace every document's active version by its successor, in one transaction.

        Returns how many active revisions changed; the generation rises by one for each. Unneeded
        successors are discarded. Raises `StaleWriteError` and changes nothing while an active
        document is of another model and has no complete successor of this one.
        """

    @abstractmethod
    async def remove(
        self, scope: TenantScope, document_id: DocumentId, used: Sequence[UsageRow] = ()
    ) -> None:
        """Remove the record; idempotent: usage is recorded only if there was one."""

    @abstractmethod
    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Document]:
        """Return documents, oldest first."""

    @abstractmethod
    async def count(self, scope: TenantScope) -> int:
        """Count the documents."""

    @abstractmethod
    async def bytes_stored(self, scope: TenantScope) -> int:
        """Sum the sizes of the newest originals."""

    @abstractmethod
    async def manifest(self, scope: TenantScope, *, since: int = -1) -> ManifestDelta:
        """Return the changes after generation `since`, read in one transaction; -1 for all.

        A tenant's first generation is 0. A complete list may be returned instead of a difference.
        """

    @abstractmethod
    async def with_pending_job(self, scope: TenantScope, job_id: JobId) -> Document | None:
        """Return the document whose pending upload belongs to the job."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every document and the change log of the tenant."""
