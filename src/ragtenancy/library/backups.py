"""Backing up and restoring an embedded installation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path

from msgspec import Struct

from ragtenancy.app.maintenance.garbage import SweepReport
from ragtenancy.app.maintenance.ledger_replay import Replayed
from ragtenancy.app.paging import every
from ragtenancy.app.tenants.tenants import CreatedTenant
from ragtenancy.composition.backups import (
    OpenedBackup,
    open_backup,
    staged,
    staged_client,
    write_backup,
)
from ragtenancy.composition.migration import bundle_to_read, bundle_to_write
from ragtenancy.container import Container
from ragtenancy.domain import ids
from ragtenancy.domain.backups import BackedUpClient, Manifest, Window
from ragtenancy.domain.deletion_ledger import LedgerKind, restored_entry
from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.settings import Settings

NOTHING_IN_PROGRESS = timedelta(0)
MakeContainer = Callable[[Settings], Container]


def _container(settings: Settings) -> Container:
    return Container(settings=settings)


class Restored(Struct, frozen=True, kw_only=True):
    """A restored installation: what was deleted again, and each client's counts by store.

    `report` is the comparison of the stores with the catalogue; `window` is the time whose
    deletions are not known, None if all are.
    """

    manifest: Manifest
    replayed: Replayed
    report: SweepReport
    counts: Mapping[str, Mapping[str, int]]
    window: Window | None


class RestoredClient(Struct, frozen=True, kw_only=True):
    """A client brought into a running installation, under a new uid and with a new key."""

    created: CreatedTenant
    replayed: Replayed
    report: SweepReport
    counts: Mapping[str, int]
    window: Window | None


async def back_up(
    settings: Settings, target: str | PathLike[str], *, clients: Collection[str] = ()
) -> Manifest:
    """Back up an embedded installation, which may be in use, to a new folder.

    With `clients`, only those, without any key. Raises `ConfigurationError`, `InvalidError` for a
    target that exists, `NotFoundError`, `StateLostError`, `UnavailableError`.
    """
    return await asyncio.to_thread(write_backup, settings, Path(target), clients)


async def restore(
    settings: Settings,
    source: str | PathLike[str],
    *,
    ledger: Path | None = None,
    without_ledger: bool = False,
    make: MakeContainer = _container,
) -> Restored:
    """Restore a whole backup to the data folder, which must be absent or empty.

    What the ledger says was deleted or revoked since stays so: by default that of
    RAGTENANCY_DELETION_LEDGER, else `ledger`, the old data folder. Raises `MalformedError`
    (bad_backup), `InvalidError` (ledger_needed), `NewerStateError`, `StateLostError`.
    """
    known = ledger or (None if without_ledger else settings.deletion_ledger)
    backup = open_backup(Path(source), known, without_ledger=without_ledger)
    with staged(settings, backup) as (copied, merged):
        async with _opened(copied, make) as container:
            replayed, report = await _brought_in_line(container, merged)
            counts = await _counts(container)
    return Restored(
        manifest=backup.manifest,
        replayed=replayed,
        report=report,
        counts=counts,
        window=backup.window,
    )


async def restore_client(
    settings: Settings,
    source: str | PathLike[str],
    client_id: str,
    *,
    as_id: str | None = None,
    without_ledger: bool = False,
    make: MakeContainer = _container,
) -> RestoredClient:
    """Bring one client of a backup into this installation, which may be in use, as a new client.

    The installation's own ledger is applied. Documents that had no searchable version are left out.
    Raises `ConflictError` (client_deleted) for a client that was deleted since, `AlreadyExistsError`
    if the id is taken, and as `restore` does.
    """
    backup = open_backup(Path(source), settings.data_dir, without_ledger=without_ledger)
    client = backup.client(client_id)
    with staged_client(settings, backup, client) as (copied, merged, bundle):
        _require_kept(client, merged)
        async with _opened(copied, make) as container:
            replayed, report = await _brought_in_line(container, merged)
            with bundle_to_write(bundle) as writer:
                await container.bundles().export(ids.tenant_id(client_id), writer)
        async with _opened(settings, make) as container:
            created = await container.bundles().import_(
                bundle_to_read(bundle), client_id=as_id or client_id
            )
            scope = created.tenant.scope
            entry = restored_entry(scope, TenantUid(client.tenant_uid), datetime.now(UTC))
            await container.deletion_ledger().record(scope, entry)
            counts = await container.storage().census(scope)
    return RestoredClient(
        created=created, replayed=replayed, report=report, counts=counts, window=backup.window
    )


@asynccontextmanager
async def _opened(settings: Settings, make: MakeContainer) -> AsyncIterator[Container]:
    container = make(settings)
    async with container.closers():
        await container.installed_backends().preflight()
        yield container


async def _brought_in_line(
    container: Container, backup: OpenedBackup
) -> tuple[Replayed, SweepReport]:
    """Apply the ledger, then compare every store with the catalogue."""
    replayed = await container.ledger_replay().replay(backup.entries)
    report = await container.sweeper().sweep_fully(grace=NOTHING_IN_PROGRESS)
    return replayed, report


async def _counts(container: Container) -> Mapping[str, Mapping[str, int]]:
    read = container.tenant_records().page
    tenants = [each async for each in every(lambda a, n: read(after=a, limit=n))]
    return {each.tenant_id: await container.storage().census(each.scope) for each in tenants}


def _require_kept(client: BackedUpClient, backup: OpenedBackup) -> None:
    """Raise `ConflictError` for a client that was deleted after the backup."""
    for entry in backup.entries:
        if entry.kind is LedgerKind.CLIENT and entry.tenant_uid == client.tenant_uid:
            raise ConflictError(
                f"The client {client.client_id} was deleted on {entry.at:%Y-%m-%d}; "
                "a restore does not bring it back.",
                code="client_deleted",
            )
