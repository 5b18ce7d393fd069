"""What is checked of the services before anything is served."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.wiring.services import Services

log = structlog.get_logger(__name__)


class Preflight:
    """Refuses to start on an index that cannot be used; one that is away is left to `/health`."""

    def __init__(self, services: Services, embedder: Callable[[], Embedder]) -> None:
        self._services = services
        self._embedder = embedder
        self._asked = False

    async def __call__(self) -> None:
        """Raise `ConfigurationError` unless all can be used; asked again, it does nothing."""
        if self._asked or self._services.pinecone is None:
            return
        from ragtenancy.adapters.pinecone.schema import check

        try:
            await check(self._services.pinecone, dimension=self._embedder().model.dimension)
        except ConfigurationError:
            raise
        except RagTenancyError as error:
            log.warning("not_checked", backend="pinecone", code=error.reason)
        self._asked = True
