"""Backups of a data folder: consistent copies of its databases, its originals and its secrets."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from os import O_RDONLY
from os import close as close_handle
from os import open as open_handle
from pathlib import Path
from urllib.parse import quote

import apsw

from ragtenancy.adapters.sqlite.backup_manifest import (
    copy_listed,
    listed,
    read_manifest,
    write_manifest,
)
from ragtenancy.adapters.sqlite.channel import connect, create_file, sync
from ragtenancy.adapters.sqlite.deletion_ledger import (
    CODEC as LEDGER_CODEC,
)
from ragtenancy.adapters.sqlite.deletion_ledger import PUT, read_origin
from ragtenancy.adapters.sqlite.documents import CODEC as DOCUMENT_CODEC
from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.adapters.sqlite.schema import CONTROL, TENANT, microseconds, require_known
from ragtenancy.adapters.sqlite.tenant_files import BLOBS, CACHE, DATABASE, OWNER
from ragtenancy.adapters.sqlite.tenants import TENANT_CODEC
from ragtenancy.domain.backups import BackedUpClient, Manifest
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.errors import (
    ConflictError,
    InvalidError,
    NewerStateError,
    NotFoundError,
    StateLostError,
    UnavailableError,
)
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import Tenant, TenantStatus

CONTROL_FILE = "control.db"
SECRETS = ("pepper.json", "admin.key")
MIGRATIONS = "migrations"
FOLDER_MODE = 0o700
ATTEMPTS = 3
KEPT_TABLES = ("installation",)
EVERY_ENTRY = "SELECT body FROM deletion_ledger ORDER BY sequence"


def back_up(
    data: Path, target: Path, clients: Collection[str], *, now: datetime, version: str
) -> Manifest:
    """Copy a data folder that may be in use to a new folder, and return the verified manifest.

    Each database is copied as of one moment, with the originals that it names. With `clients`,
    only those are copied, without the pepper, the operator's key and the clients' API keys.
    `control.db` comes first, its ledger of deletions again last, so that what was deleted meanwhile
    is known as deleted. Raises `InvalidError` for a target that exists, `NotFoundError` for an
    unknown client, `StateLostError` for lost or damaged data, `UnavailableError`.
    """
    with translated(), drafted(target) as draft:
        control = draft / CONTROL_FILE
        _copy_database(data / CONTROL_FILE, control)
        if clients:
            _keep_only(control, _chosen(control, clients))
        else:
            _copy_secrets(data, draft)
        copied = [
            (tenant, _copy_tenant(data, draft, tenant)) for tenant in registered_tenants(control)
        ]
        origin, entries = read_ledger(data / CONTROL_FILE)
        uids = {tenant.tenant_uid for tenant, _ in copied}
        put_ledger(control, [e for e in entries if not clients or e.tenant_uid in uids])
        _require_found(copied, entries)
        for database in (control, *draft.glob(f"tenants/*/{DATABASE}")):
            check_database(database, CONTROL if database == control else TENANT)
        manifest = Manifest(
            made_at=now,
            version=version,
            control_schema=len(CONTROL),
            tenant_schema=len(TENANT),
            installation_id=origin.installation_id,
            whole=not clients,
            clients=[each for _, each in copied if each is not None],
            files=listed(draft),
        )
        write_manifest(draft, manifest)
    return manifest


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """Yield a private folder that is removed at the end; one left by a kill is removed first."""
    with _alone_in(place.parent):
        if place.exists():
            shutil.rmtree(place)
        place.mkdir(FOLDER_MODE)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """Yield a private folder that takes the name `place` at the end, durably and as a whole.

    An interrupted one leaves `.<name>.partial`, which the next removes. An empty folder may be
    there. Raises `InvalidError` if anything else is, `ConflictError` while another is made beside it.
    """
    place = place.absolute()
    _require_free(place)
    with scratch(place.with_name(f".{place.name}.partial")) as draft:
        yield draft
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            sync(folder)
        _require_free(place)
        draft.rename(place)
        sync(place.parent)


def stage(source: Path, draft: Path, manifest: Manifest, client: BackedUpClient | None) -> None:
    """Copy a backup, or one client of it without API keys, to a folder that can be opened.

    Every byte is compared with the manifest, every database is checked. Raises `MalformedError`
    (bad_backup), `NewerStateError`, `UnavailableError` (storage_corrupt).
    """
    with translated():
        files = manifest.files if client is None else manifest.files_of(client)
        copy_listed(source, draft, files)
        control = draft / CONTROL_FILE
        check_database(control, CONTROL)
        if client is not None:
            _keep_only(control, [TenantUid(client.tenant_uid)])
        for database in draft.glob(f"tenants/*/{DATABASE}"):
            check_database(database, TENANT)
            (database.parent / CACHE).mkdir(FOLDER_MODE)
            _mark_restored(database)


def opened(source: Path) -> Manifest:
    """Return the manifest of a backup. Raises `MalformedError` (bad_backup), `NewerStateError`."""
    manifest = read_manifest(source)
    for name, present, known in (
        ("control.db", manifest.control_schema, len(CONTROL)),
        ("tenant.db", manifest.tenant_schema, len(TENANT)),
    ):
        if present > known:
            raise NewerStateError(str(source / name), present, known)
    return manifest


def registered_tenants(control: Path) -> Sequence[Tenant]:
    """Return the tenants of a `control.db` that is not in use."""
    with closing(_still(control)) as db:
        rows = [*db.execute("SELECT body FROM tenants ORDER BY tenant_id")]
    return [TENANT_CODEC.decode(body) for (body,) in rows]


def read_ledger(control: Path) -> tuple[LedgerOrigin, Sequence[LedgerEntry]]:
    """Return a ledger's origin and entries, the oldest first. Raises `UnavailableError`."""
    with translated(), closing(connect(control)) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'deletion_ledger'").get:
            raise InvalidError(f"{control} was written by a version without a ledger of deletions.")
        rows = [*db.execute(EVERY_ENTRY)]
        return read_origin(db), [LEDGER_CODEC.decode(body) for (body,) in rows]


def put_ledger(control: Path, entries: Sequence[LedgerEntry]) -> None:
    """Write entries as they are, replacing those of the same objects."""
    with translated(), closing(connect(control)) as db, db:
        for entry in entries:
            place = (entry.tenant_uid, entry.kind, entry.object_id)
            db.execute(PUT, (*place, LEDGER_CODEC.encode(entry)))


def begin_ledger_at(control: Path, since: datetime) -> None:
    """Note that the ledger lacks deletions of some time before `since`."""
    with translated(), closing(connect(control)) as db:
        db.execute("UPDATE installation SET ledger_since = ?", (microseconds(since),))


def _mark_restored(database: Path) -> None:
    """Let no cache of any process take a restored tenant's file for the one it knew."""
    with translated(), closing(connect(database)) as db, db:
        db.execute("DELETE FROM session_locks")
        db.execute("DELETE FROM changes")
        db.execute("UPDATE tenant SET generation = generation + 1000000000")
        db.execute("UPDATE tenant SET log_starts = generation")


def check_database(path: Path, scripts: Sequence[str]) -> None:
    """Check all of a database that is not in use.

    Raises `UnavailableError` (storage_corrupt), `NewerStateError`.
    """
    with translated(), closing(_still(path)) as db:
        require_known(db, scripts)
        if db.execute("PRAGMA integrity_check(1)").get != "ok":
            raise UnavailableError("A database is damaged.", code="storage_corrupt")


def _require_free(place: Path) -> None:
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise InvalidError(f"{place} already exists.")
    if place.is_dir() and any(place.iterdir()):
        raise InvalidError(f"{place} already exists and is not empty.")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Exclude other backups and restores into the same folder."""
    handle = open_handle(folder, O_RDONLY)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        yield
    except BlockingIOError:
        raise ConflictError(f"Another backup or restore is writing to {folder}.") from None
    finally:
        close_handle(handle)


def _still(path: Path) -> apsw.Connection:
    """Open a database that nobody writes; nothing is created beside it."""
    uri = f"file:{quote(str(path))}?immutable=1"
    return apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)


def _copy_database(source: Path, copy: Path) -> None:
    """Copy a database that may be in use, as of one moment."""
    copy.unlink(missing_ok=True)
    create_file(copy)
    with closing(connect(source)) as live, closing(connect(copy)) as kept:
        kept.execute("PRAGMA synchronous = OFF")
        with kept.backup("main", live, "main") as backup:
            backup.step(-1)
    sync(copy)


def _copy_secrets(data: Path, draft: Path) -> None:
    for name in SECRETS:
        _copy_file(data / name, draft / name)
    for state in sorted((data / MIGRATIONS).glob("*.json")):
        (draft / MIGRATIONS).mkdir(FOLDER_MODE, exist_ok=True)
        _copy_file(state, draft / MIGRATIONS / state.name)


def _copy_file(source: Path, copy: Path) -> bool:
    """Copy a file durably; return whether it was there."""
    if not source.is_file():
        return False
    create_file(copy)
    with suppress(FileNotFoundError):  # it was removed meanwhile
        shutil.copyfile(source, copy)
        sync(copy)
        return True
    copy.unlink()
    return False


def _copy_tenant(data: Path, draft: Path, tenant: Tenant) -> BackedUpClient | None:
    """Copy a tenant's database and the originals that it names; None if it is gone."""
    source = data / "tenants" / tenant.tenant_uid
    kept = draft / "tenants" / tenant.tenant_uid
    (kept / BLOBS).mkdir(FOLDER_MODE, parents=True)
    kept.parent.chmod(FOLDER_MODE)
    kept.chmod(FOLDER_MODE)
    named: Collection[str] = ()
    for _ in range(ATTEMPTS):  # a document may be replaced meanwhile
        try:
            _copy_database(source / DATABASE, kept / DATABASE)
        except apsw.CantOpenError:
            shutil.rmtree(kept)
            return None
        documents, named = _named(kept / DATABASE, tenant)
        missing = [
            name
            for name in (OWNER, *sorted(named))
            if not (kept / BLOBS / name).exists()
            and not _copy_file(source / BLOBS / name, kept / BLOBS / name)
        ]
        if not missing:
            break
    for path in (kept / BLOBS).iterdir():
        if path.name not in named and path.name != OWNER:
            path.unlink()
    return BackedUpClient(
        client_id=tenant.tenant_id,
        tenant_uid=tenant.tenant_uid,
        documents=documents,
        originals=len(named) - len(missing),
        missing=missing,
    )


def _named(database: Path, tenant: Tenant) -> tuple[int, Collection[str]]:
    """Return how many documents a tenant's copied file holds, and the originals they name."""
    with closing(_still(database)) as db:
        uid = db.execute("SELECT uid FROM tenant").get
        tenant.scope.require_own(TenantUid(str(uid)), "backup")
        rows = [*db.execute("SELECT body FROM documents")]
    found = [DOCUMENT_CODEC.decode(body) for (body,) in rows]
    return len(found), {str(name) for document in found for name in document.blobs}


def _require_found(
    copied: Sequence[tuple[Tenant, BackedUpClient | None]], entries: Sequence[LedgerEntry]
) -> None:
    """Raise `StateLostError` for a client without storage that was not deleted."""
    deleted = {entry.tenant_uid for entry in entries if entry.kind is LedgerKind.CLIENT}
    for tenant, client in copied:
        if client is not None or tenant.status is TenantStatus.DELETING:
            continue
        if tenant.tenant_uid not in deleted:
            raise StateLostError(
                "The client's storage is missing; run `ragtenancy sweep --full`.",
                tenant.tenant_id,
            )


def _chosen(control: Path, clients: Collection[str]) -> Collection[TenantUid]:
    found = {tenant.tenant_id: tenant.tenant_uid for tenant in registered_tenants(control)}
    if unknown := [client for client in clients if client not in found]:
        raise NotFoundError(f"There is no client {', '.join(sorted(unknown))}.")
    return {uid for client, uid in found.items() if client in clients}


def _keep_only(control: Path, uids: Collection[TenantUid]) -> None:
    """Remove what is other clients' or the whole installation's, and every API key.

    A table without a column that names the client is emptied, so that a new one is never included
    by mistake.
    """
    with closing(connect(control)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        with db:
            for (name,) in db.execute(_NAMES.format("trigger")).fetchall():
                db.execute(f'DROP TRIGGER "{name}"')
            for (name,) in db.execute(_NAMES.format("table")).fetchall():
                if name not in KEPT_TABLES and not str(name).startswith("sqlite_"):
                    _reduce(db, str(name), uids)
            db.execute("DELETE FROM api_keys")
            db.execute("DELETE FROM audit")  # a part of a chain proves nothing
        db.execute("VACUUM")


_NAMES = "SELECT name FROM sqlite_schema WHERE type = '{}'"


def _reduce(db: apsw.Connection, table: str, uids: Collection[TenantUid]) -> None:
    columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
    if "tenant_uid" not in columns:
        db.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
        return
    marks = ", ".join("?" for _ in uids)
    others = f"tenant_uid IS NULL OR tenant_uid NOT IN ({marks})"
    db.execute(f'DELETE FROM "{table}" WHERE {others}', tuple(uids))  # noqa: S608
