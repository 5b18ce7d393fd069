"""Which embedder of the operator's list a tenant's texts are embedded by."""

from __future__ import annotations

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Embedders

ONE_AND_ANOTHER = 2


class TenantEmbedder:
    """The active documents say by which model questions and uploads are embedded.

    What is configured takes effect by a reindex, which moves all of them at once, or with the
    first document.
    """

    def __init__(
        self, embedders: Embedders, configs: TenantConfigs, documents: DocumentRepository
    ) -> None:
        self._embedders = embedders
        self._configs = configs
        self._documents = documents

    async def configured(self, scope: TenantScope) -> Embedder:
        """Return the embedder to which a reindex moves the documents.

        Raises `UnavailableError` (`bad_config`) for one that has left the operator's list.
        """
        effective = await self._configs.effective(scope)
        return self._embedders.named(effective.config.search_settings.embedder)

    async def in_use(self, scope: TenantScope, *, besides: DocumentId | None = None) -> Embedder:
        """Return the embedder of the active documents, or of those besides one; else the configured.

        Active documents are of one model, so two tell. Publishing looks again, in its
        transaction. Raises `ReindexRequiredError` where no embedder of the list made their
        vectors, and as `configured` does.
        """
        page = await self._documents.page(
            scope, status=DocumentStatus.ACTIVE, limit=ONE_AND_ANOTHER
        )
        for document in page.items:
            if document.document_id != besides and document.active and not document.deleting:
                return self._embedders.of(document.active.embedding_fingerprint)
        return await self.configured(scope)
