"""All stores, combined from the backends that the settings choose."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from ragtenancy.backend.offers import Place, RecordsOffer
from ragtenancy.backend.resources import OtherStores, Resources
from ragtenancy.backend.stores import Stores
from ragtenancy.composition.stand_in import stand_in_stores
from ragtenancy.domain.api_keys import peppers_of
from ragtenancy.ports.api_keys import PepperStore
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import offered


def compose_stores(within_reach: Settings, resources: Resources, stand_in: Path | None) -> Stores:
    """Return the stores that the settings choose; tenants' containers are created records first."""
    if stand_in is not None:
        return stand_in_stores(stand_in, within_reach, resources)
    backends = within_reach.backends
    records = offered(lambda each: each.records)[backends.records]
    vectors_offer = offered(lambda each: each.vectors).get(backends.vectors)
    blobs_offer = offered(lambda each: each.blobs).get(backends.blobs)
    vectors = None if vectors_offer is None else vectors_offer.open(resources)
    blobs = None if blobs_offer is None else blobs_offer.open(resources)
    elsewhere = OtherStores(
        vectors=None if vectors is None else vectors.index,
        blobs=None if blobs is None else blobs.store,
        peppers=_peppers(records, resources),
    )
    made = records.open(resources, elsewhere)
    storages = [made.storage]
    if vectors is not None:
        storages.append(vectors.storage)
        if vectors.with_texts is not None:
            made = structs.replace(made, chunks=vectors.with_texts(made.chunks))
    if blobs is not None and backends.blobs != records.blobs:
        storages.append(blobs.storage)
    if len(storages) > 1:
        from ragtenancy.adapters.system.joined import JoinedTenantStorage

        made = structs.replace(made, storage=JoinedTenantStorage(storages))
    made = structs.replace(
        made,
        peppers=_given(within_reach, made.peppers),
        deletion_ledger=_copied(within_reach, resources, records, made.deletion_ledger),
    )
    return _cached(made, resources) if records.place is Place.SERVICE else made


def _peppers(records: RecordsOffer, resources: Resources) -> PepperStore | None:
    """Return the peppers for records in the data folder, in a file of their own."""
    if records.place is not Place.FOLDER:
        return None
    from ragtenancy.adapters.files.secret_files import FilePepperStore

    return FilePepperStore(resources.data_dir / "pepper.json")


def _copied(
    settings: Settings, resources: Resources, records: RecordsOffer, ledger: DeletionLedger
) -> DeletionLedger:
    """Return the ledger of deletions, with a copy in the operator's file if there is one."""
    if settings.deletion_ledger is None:
        return ledger
    from ragtenancy.adapters.files.deletion_ledger import FileDeletionLedger

    path, clock = settings.deletion_ledger, resources.clock
    if records.place is not Place.FOLDER:
        return FileDeletionLedger(ledger, path, clock)
    from ragtenancy.adapters.sqlite.backend import open_reserve

    return FileDeletionLedger(ledger, path, clock, resources.once(open_reserve).drawing)


def _given(settings: Settings, kept: PepperStore) -> PepperStore:
    """Return the operator's peppers if there are any, else those stored with the records."""
    if settings.peppers is None:
        return kept
    from ragtenancy.adapters.system.peppers import GivenPepperStore

    return GivenPepperStore(peppers_of(settings.peppers.reveal()), kept)


def _cached(stores: Stores, resources: Resources) -> Stores:
    """Return the stores with short-lived caches of the records that every request reads."""
    from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
    from ragtenancy.adapters.caching.tenant_configs import CachingTenantConfigRepository
    from ragtenancy.adapters.caching.tenants import CachingTenantRepository

    clock = resources.clock
    return structs.replace(
        stores,
        tenants=CachingTenantRepository(stores.tenants, clock),
        tenant_configs=CachingTenantConfigRepository(stores.tenant_configs, clock),
        api_keys=CachingApiKeyRepository(stores.api_keys, clock),
    )
