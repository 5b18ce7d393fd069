"""Whether a tenant's documents are of the embedding model in use."""

from __future__ import annotations

from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.reindexing import require_one_model
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder

ONE_AND_ANOTHER = 2


class RequireModel:
    """Looks before work is done in vain; publishing looks again, in its transaction."""

    def __init__(self, documents: DocumentRepository, embedder: Embedder) -> None:
        self._documents = documents
        self._embedder = embedder

    async def __call__(self, scope: TenantScope, document_id: DocumentId | None = None) -> None:
        """Raise `ReindexRequiredError` if other documents than one are of another model.

        All are of one model, so that two tell.
        """
        page = await self._documents.page(
            scope, status=DocumentStatus.ACTIVE, limit=ONE_AND_ANOTHER
        )
        require_one_model(document_id, self._embedder.model.fingerprint, page.items)
