"""Backups of embedded installations: what the adapters do, and the use case of restored ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from ragtenancy.app.audit.acts import Audit
from ragtenancy.app.documents import Documents
from ragtenancy.app.maintenance.ledger_replay import LedgerReplay
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.composition.auditing import audited
from ragtenancy.domain.backups import BackedUpClient, Manifest, Window, uncovered
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerOrigin
from ragtenancy.domain.errors import ConfigurationError, InvalidError, NotFoundError
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.settings import Settings
from ragtenancy.version import __version__

CONTROL_FILE = "control.db"
SCRATCH = ".restoring"
SQLITE_HEADER = b"SQLite format 3"


class OpenedBackup(Struct, frozen=True, kw_only=True):
    """A backup, and what the ledgers tell of the time since: `entries`, but nothing of `window`."""

    source: Path
    manifest: Manifest
    entries: Sequence[LedgerEntry]
    window: Window | None

    def client(self, client_id: str) -> BackedUpClient:
        """Return a client of the backup. Raises `NotFoundError`."""
        for each in self.manifest.clients:
            if each.client_id == client_id:
                return each
        raise NotFoundError(f"The backup holds no client {client_id}.")


def require_embedded(settings: Settings) -> None:
    """Raise `ConfigurationError` for an installation that keeps anything in services."""
    chosen = settings.backends
    if (chosen.records, chosen.vectors, chosen.blobs) != ("sqlite", "sqlite", "files"):
        raise ConfigurationError(
            "Only an embedded installation can be backed up or restored by this command; for "
            "services, use their own backups."
        )


def write_backup(settings: Settings, target: Path, clients: Collection[str]) -> Manifest:
    """Back up the data folder, which may be in use; see `ragtenancy.adapters.sqlite.backups`."""
    from ragtenancy.adapters.sqlite.backups import back_up, read_ledger

    require_embedded(settings)
    if settings.deletion_ledger is not None:
        from ragtenancy.adapters.files.deletion_ledger import begin_ledger_file

        origin, _ = read_ledger(settings.data_dir / CONTROL_FILE)
        begin_ledger_file(
            settings.deletion_ledger, structs.replace(origin, since=datetime.now(UTC))
        )
    now = datetime.now(UTC)
    return back_up(settings.data_dir, target, clients, now=now, version=__version__)


def open_backup(source: Path, ledger: Path | None, *, without_ledger: bool) -> OpenedBackup:
    """Return a backup whose manifest is sound, with the ledger to apply.

    `ledger` is a data folder or its `control.db`, or a file of RAGTENANCY_DELETION_LEDGER. Raises `MalformedError`
    (bad_backup); `InvalidError` (ledger_needed) if deletions may be missing, unless
    `without_ledger` accepts that.
    """
    from ragtenancy.adapters.sqlite.backups import opened

    if not source.is_dir():
        raise InvalidError(f"{source} is no backup: give the folder that `ragtenancy backup` made.")
    manifest = opened(source)
    origin: LedgerOrigin | None = None
    entries: Sequence[LedgerEntry] = ()
    if ledger is not None:
        found = ledger / CONTROL_FILE if ledger.is_dir() else ledger
        if not found.is_file():
            raise InvalidError(f"There is no ledger of deletions in {ledger}.")
        origin, entries = _read_ledger(found)
    window = uncovered(manifest, origin, datetime.now(UTC))
    if window is not None and not without_ledger:
        raise InvalidError(
            f"What was deleted or revoked between {_minute(window.since)} and "
            f"{_minute(window.until)} is not known and would come back. Name the old data folder "
            "or a copy of its ledger with --ledger, or accept that with --without-ledger.",
            code="ledger_needed",
        )
    return OpenedBackup(source=source, manifest=manifest, entries=entries, window=window)


@contextmanager
def staged(settings: Settings, backup: OpenedBackup) -> Iterator[tuple[Settings, OpenedBackup]]:
    """Yield settings for a copy of the backup, and the backup with its own ledger merged.

    The copy becomes the data folder at the end, as a whole, with the ledger's entries as they were.
    """
    from ragtenancy.adapters.sqlite.backups import begin_ledger_at, drafted, put_ledger, stage

    require_embedded(settings)
    if not backup.manifest.whole:
        raise InvalidError("The backup holds single clients: name one with --client.")
    with drafted(settings.data_dir) as draft:
        stage(backup.source, draft, backup.manifest, None)
        merged = _merged(draft, backup)
        yield structs.replace(settings, data_dir=draft, deletion_ledger=None), merged
        put_ledger(draft / CONTROL_FILE, merged.entries)
        if backup.window is not None:
            begin_ledger_at(draft / CONTROL_FILE, backup.window.until)


@contextmanager
def staged_client(
    settings: Settings, backup: OpenedBackup, client: BackedUpClient
) -> Iterator[tuple[Settings, OpenedBackup, Path]]:
    """Yield settings for a copy of one client, the merged ledger, and a path for its bundle."""
    from ragtenancy.adapters.sqlite.backups import scratch, stage

    require_embedded(settings)
    with scratch(settings.data_dir / SCRATCH) as folder:
        stage(backup.source, folder / "data", backup.manifest, client)
        copied = structs.replace(settings, data_dir=folder / "data", deletion_ledger=None)
        yield copied, _merged(folder / "data", backup), folder / "client.bundle"


def compose_ledger_replay(
    tenant_repository: TenantRepository,
    api_key_repository: ApiKeyRepository,
    document_repository: DocumentRepository,
    conversation_repository: ConversationRepository,
    documents: Documents,
    tenant_deletions: TenantDeletions,
    audit: Audit,
) -> LedgerReplay:
    """Compose the use case that applies a ledger to a restored copy."""
    return audited(
        LedgerReplay(
            tenant_repository,
            api_key_repository,
            document_repository,
            conversation_repository,
            documents,
            tenant_deletions,
        ),
        audit,
    )


def _merged(draft: Path, backup: OpenedBackup) -> OpenedBackup:
    """Return the backup with the entries of both ledgers; the given one is the later."""
    from ragtenancy.adapters.sqlite.backups import read_ledger

    entries = {
        (each.tenant_uid, each.kind, each.object_id): each
        for each in (*read_ledger(draft / CONTROL_FILE)[1], *backup.entries)
    }
    return structs.replace(backup, entries=list(entries.values()))


def _read_ledger(path: Path) -> tuple[LedgerOrigin, Sequence[LedgerEntry]]:
    """Return the ledger of a database or of a file of lines."""
    from ragtenancy.adapters.files.deletion_ledger import read_ledger_file
    from ragtenancy.adapters.sqlite.backups import read_ledger

    with path.open("rb") as file:
        is_database = file.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    return read_ledger(path) if is_database else read_ledger_file(path)


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
