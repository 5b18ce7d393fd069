"""SQLite: records and vectors of an embedded installation, a file for each client."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, Place, RecordsOffer
from ragtenancy.backend.resources import OtherStores, Preparing, Resources
from ragtenancy.backend.sections import given
from ragtenancy.backend.stores import Stores

if TYPE_CHECKING:
    from ragtenancy.adapters.sqlite.client import ControlFile
    from ragtenancy.adapters.sqlite.reserve import DiskReserve
    from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
    from ragtenancy.ports.health import Probe


class SqliteSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "exact_chunks": "RAGTENANCY_EXACT_CHUNKS",
        "disk_reserve": "RAGTENANCY_DISK_RESERVE",
    },
):
    """SQLite: clients, keys, documents, chunks, vectors, conversations, jobs in the data folder."""

    exact_chunks: Annotated[
        Annotated[int, Meta(ge=0)],
        Meta(
            description="Above this number of chunks, a client's embedded vectors are preselected by their signs."
        ),
    ] = 50_000
    disk_reserve: Annotated[
        Annotated[int, Meta(ge=0)],
        Meta(
            description="The disk space, in bytes, that a server or worker holds back so that documents and clients can be deleted on a full disk; 0 for none."
        ),
    ] = 16_000_000


def open_reserve(resources: Resources) -> DiskReserve:
    """Return the disk space held back."""
    from ragtenancy.adapters.sqlite.reserve import DiskReserve

    size = resources.section(SqliteSettings).disk_reserve
    return DiskReserve(resources.data_dir / "reserve", size)


def open_control(resources: Resources) -> ControlFile:
    """Return the installation's own file."""
    from ragtenancy.adapters.sqlite.client import ControlFile

    control = ControlFile(resources.data_dir / "control.db", resources.once(open_reserve))
    resources.closers.push_async_callback(control.close)
    return control


def open_files(resources: Resources) -> TenantFiles:
    """Return the clients' files."""
    from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
    from ragtenancy.adapters.sqlite.tenants import is_served

    files = TenantFiles(
        resources.tenants_dir,
        reserve=resources.once(open_reserve),
        is_served=partial(is_served, resources.once(open_control)),
    )
    resources.closers.push_async_callback(files.close)
    return files


def open_stores(resources: Resources, elsewhere: OtherStores) -> Stores:
    """Return the stores of a data folder; originals and peppers are in separate files."""
    from ragtenancy.adapters.sqlite.audit import SqliteAuditLog
    from ragtenancy.adapters.sqlite.chunks import SqliteChunkRepository
    from ragtenancy.adapters.sqlite.conversations import (
        SqliteConversationRepository,
        SqliteSessionLocks,
    )
    from ragtenancy.adapters.sqlite.deletion_ledger import SqliteDeletionLedger
    from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
    from ragtenancy.adapters.sqlite.expiring import SqliteDerivedCache, SqliteIdempotencyStore
    from ragtenancy.adapters.sqlite.intents import (
        SqliteDeletionRepository,
        SqliteDutyRoster,
        SqliteIntentLog,
    )
    from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
    from ragtenancy.adapters.sqlite.tenant_storage import SqliteTenantStorage
    from ragtenancy.adapters.sqlite.tenants import (
        SqliteApiKeyRepository,
        SqliteTenantConfigRepository,
        SqliteTenantRepository,
    )
    from ragtenancy.adapters.sqlite.usage import SqliteUsageRepository
    from ragtenancy.adapters.sqlite.vector_cache import SqliteSentenceVectorCache
    from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
    from ragtenancy.adapters.sqlite.webhooks import SqliteWebhookRepository

    control, files = resources.once(open_control), resources.once(open_files)
    return Stores(
        tenants=SqliteTenantRepository(control),
        tenant_configs=SqliteTenantConfigRepository(control),
        api_keys=SqliteApiKeyRepository(control),
        peppers=given(elsewhere.peppers, "pepper.json"),
        jobs=SqliteJobRepository(control, resources.holders),
        deletions=SqliteDeletionRepository(control),
        deletion_ledger=SqliteDeletionLedger(control),
        audit=SqliteAuditLog(control),
        intent_log=SqliteIntentLog(control),
        duties=SqliteDutyRoster(control),
        webhooks=SqliteWebhookRepository(control),
        documents=SqliteDocumentRepository(files),
        chunks=SqliteChunkRepository(files),
        conversations=SqliteConversationRepository(files),
        session_locks=SqliteSessionLocks(files, resources.holders),
        usage=SqliteUsageRepository(files),
        idempotency=SqliteIdempotencyStore(files, resources.holders),
        derived_cache=SqliteDerivedCache(control, files),
        blobs=given(elsewhere.blobs, "RAGTENANCY_BLOBS"),
        storage=SqliteTenantStorage(control, files),
        vectors=elsewhere.vectors
        or SqliteVectorIndex(
            files,
            max_bytes=resources.index_bytes,
            max_exact=resources.section(SqliteSettings).exact_chunks,
        ),
        sentence_vectors=SqliteSentenceVectorCache(files),
    )


async def _set_up(resources: Resources, preparing: Preparing) -> Sequence[str]:
    place = resources.data_dir / "control.db"
    if place.exists():
        return [f"keep {place}"]
    if not preparing.dry_run:
        await resources.once(open_control).read(lambda _: None)
    return [f"create {place}"]


async def _before_serving(resources: Resources) -> None:
    import asyncio

    await asyncio.to_thread(resources.once(open_reserve).fill)


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.sqlite.client import SqliteProbe

    return SqliteProbe(resources.once(open_control))


SQLITE = Backend(
    name="sqlite",
    section=SqliteSettings,
    records=RecordsOffer(
        name="sqlite", open=open_stores, place=Place.FOLDER, vectors="sqlite", blobs="files"
    ),
    probe=_probe,
    set_up=_set_up,
    before_serving=_before_serving,
)
