"""The ledger of deletions in the control file."""

from __future__ import annotations

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import EPOCH, MICROSECOND
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletion_ledger import DeletionLedger

CODEC = RecordCodec(LedgerEntry)
NEWEST = 2**62
FIND = "SELECT body FROM deletion_ledger WHERE tenant_uid = ? AND kind = ? AND object_id = ?"
ORIGIN = "SELECT installation_id, ledger_since FROM installation"
PUT = (
    "INSERT OR REPLACE INTO deletion_ledger (tenant_uid, kind, object_id, body) VALUES (?, ?, ?, ?)"
)
PAGE = (
    "SELECT sequence, body FROM deletion_ledger"
    " WHERE tenant_uid = :uid AND sequence < :start AND (:kind IS NULL OR kind = :kind)"
    " ORDER BY sequence DESC LIMIT :limit"
)


def write_entry(db: apsw.Connection, entry: LedgerEntry) -> None:
    """Record an entry within the caller's transaction."""
    place = (entry.tenant_uid, entry.kind, entry.object_id)
    known = db.execute(FIND, place).get
    written = entry if known is None else CODEC.decode(known).repeated(entry)
    db.execute(PUT, (*place, CODEC.encode(written)))


def read_origin(db: apsw.Connection) -> LedgerOrigin:
    """Return the installation's id and the beginning of its ledger."""
    [(installation_id, since)] = db.execute(ORIGIN)
    return LedgerOrigin(
        installation_id=str(installation_id), since=EPOCH + int(since) * MICROSECOND
    )


class SqliteDeletionLedger(DeletionLedger):
    """Table `deletion_ledger`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def record(self, scope: TenantScope, entry: LedgerEntry) -> None:
        scope.require_own(entry.tenant_uid, "deletion_ledger")
        await self._control.write(lambda db: write_entry(db, entry), makes_room=True)

    async def get(self, scope: TenantScope, kind: LedgerKind, object_id: str) -> LedgerEntry | None:
        place = (scope.tenant_uid, kind, object_id)
        body = await self._control.read(lambda db: db.execute(FIND, place).get)
        return None if body is None else _own(scope, body)

    async def page(
        self,
        scope: TenantScope,
        *,
        kind: LedgerKind | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[LedgerEntry]:
        values = {
            "uid": scope.tenant_uid,
            "start": NEWEST if after is None else cursor_position(after),
            "kind": kind,
            "limit": limit + 1,
        }
        rows = await self._control.read(lambda db: [*db.execute(PAGE, values)])
        page = cut(rows, limit, lambda row: position_cursor(row[0]))
        return Page(items=tuple(_own(scope, body) for _, body in page.items), next=page.next)

    async def origin(self) -> LedgerOrigin:
        return await self._control.read(read_origin)


def _own(scope: TenantScope, body: bytes) -> LedgerEntry:
    entry = CODEC.decode(body)
    scope.require_own(TenantUid(entry.tenant_uid), "deletion_ledger")
    return entry
