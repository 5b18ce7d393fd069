"""Every store, of the backends that the settings choose, several joined into one whole."""

from __future__ import annotations

from contextlib import AsyncExitStack

from ragtenancy.composition.clients_file import clients_file_stores
from ragtenancy.composition.elsewhere import Elsewhere, elsewhere
from ragtenancy.composition.embedded_stores import memory_stores, sqlite_stores
from ragtenancy.composition.every_store import Stores
from ragtenancy.composition.services import Services
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.holders import Holders
from ragtenancy.settings import Settings


def stores(
    settings: Settings,
    services: Services,
    holders: Holders,
    clock: Clock,
    closers: AsyncExitStack,
) -> Stores:
    """Return the stores that the settings choose."""
    records = settings.backends.records
    other = elsewhere(settings, services, closers)
    if records == "cosmos":
        return other.joined_to(_cosmos(services, other, holders, clock))
    if records == "sqlite":
        return other.joined_to(sqlite_stores(settings, holders, closers))
    if services.away is not None:
        return clients_file_stores(settings, services, holders, clock)
    return other.joined_to(memory_stores(holders, clock))


def _cosmos(services: Services, other: Elsewhere, holders: Holders, clock: Clock) -> Stores:
    from ragtenancy.composition.cosmos_stores import cosmos_stores

    if services.cosmos is None or other.vectors is None or other.blobs is None:
        raise ConfigurationError("Records in Cosmos DB need vectors in Pinecone.")
    return cosmos_stores(services.cosmos, other.vectors, other.blobs, holders=holders, clock=clock)
