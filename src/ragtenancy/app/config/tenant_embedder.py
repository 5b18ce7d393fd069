"""Choosing the embedder, from the operator's list, for a tenant's texts."""

from __future__ import annotations

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Embedders

ONE_AND_ANOTHER = 2


class TenantEmbedder:
    """Embeds questions and uploads with the model of the tenant's active documents.

    A newly configured embedder takes effect with the first document, or through a reindexing,
    which switches all documents at once.
    """

    def __init__(
        self, embedders: Embedders, configs: TenantConfigs, documents: DocumentRepository
    ) -> None:
        self._embedders = embedders
        self._configs = configs
        self._documents = documents

    async def configured(self, scope: TenantScope) -> Embedder:
        """Return the configured embedder, to which a reindexing moves the documents.

        Raises `UnavailableError` (`bad_config`) if it is no longer on the operator's list.
        """
        effective = await self._configs.effective(scope)
        return self._embedders.named(effective.config.search_settings.embedder)

    async def in_use(self, scope: TenantScope, *, besides: DocumentId | None = None) -> Embedder:
        """Return the embedder of the active documents other than `besides`, else the configured one.

        All active documents share one model, so reading two is enough. Publishing checks again in
        its transaction. Raises `ReindexRequiredError` if their embedder is not on the operator's
        list, and as `configured` does.
        """
        page = await self._documents.page(
            scope, status=DocumentStatus.ACTIVE, limit=ONE_AND_ANOTHER
        )
        for document in page.items:
            if document.document_id != besides and document.active and not document.deleting:
                return self._embedders.of(document.active.embedding_fingerprint)
        return await self.configured(scope)
