"""What is checked before anything is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from ragtenancy.app.api_keys import Peppers
from ragtenancy.composition.models import one_dimension
from ragtenancy.composition.services import Services
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError, StateLostError
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.cosmos.client import Cosmos
    from ragtenancy.adapters.pinecone.client import PineconeIndex

log = structlog.get_logger(__name__)


class Preflight:
    """Refuses to start without pepper and records, on a later program's, or on an unfit index.

    A backend that is away is left to `/health`.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        embedders: Callable[[], Embedders],
        peppers: Callable[[], Peppers],
    ) -> None:
        self._settings = settings
        self._services = services
        self._embedders = embedders
        self._peppers = peppers
        self._asked = False

    async def check(self) -> None:
        """Raise `ConfigurationError` unless all can be used; asked again, it does nothing."""
        if self._asked:
            return
        await _checked(self._settings.backends.records, self._records())
        if self._services.pinecone is not None:
            await _checked("pinecone", self._index(self._services.pinecone))
        self._asked = True

    async def _records(self) -> None:
        try:
            if self._services.cosmos is not None:
                await self._format(self._services.cosmos)
            await self._peppers().kept()
        except StateLostError as error:
            raise ConfigurationError(f"{error.place}: {error.detail}") from error

    async def _format(self, cosmos: Cosmos) -> None:
        from ragtenancy.adapters.cosmos.format import require_known

        await require_known(cosmos)

    async def _index(self, pinecone: PineconeIndex) -> None:
        from ragtenancy.adapters.pinecone.schema import check

        await check(pinecone, dimension=one_dimension(self._embedders()))


async def _checked(backend: str, check: Awaitable[None]) -> None:
    """Await a check; say so where the backend is away."""
    try:
        await check
    except ConfigurationError:
        raise
    except RagTenancyError as error:
        log.warning("not_checked", backend=backend, code=error.reason)
