"""Intents, duties and deletions in the control file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import microseconds
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import DeletionId, IntentId, Namespace, TenantId
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.intents import DutyRoster, IntentLog

INTENT_CODEC = RecordCodec(Intent)


class SqliteIntentLog(IntentLog):
    """Table `intents`: which tenants' files a sweep has to open."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def open(self, scope: TenantScope, intent: Intent) -> None:
        scope.require_own(intent.tenant_uid, "intents")
        row = (
            scope.tenant_uid,
            intent.intent_id,
            microseconds(intent.opened_at),
            INTENT_CODEC.encode(intent),
        )
        query = "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?)"
        await self._control.write(
            lambda db: db.execute(query, row).get, makes_room=intent.work is Work.DELETE
        )

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        query = "DELETE FROM intents WHERE tenant_uid = ? AND intent_id = ?"
        key = (scope.tenant_uid, intent_id)
        await self._control.write(
            lambda db: db.execute(query, key).get, durable=False, makes_room=True
        )

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        query = "SELECT body FROM intents WHERE opened_at <= ? ORDER BY opened_at, intent_id"
        due = (microseconds(until),)
        rows = await self._control.read(lambda db: list(db.execute(query, due)))
        return tuple(INTENT_CODEC.decode(body) for (body,) in rows)

    async def drop(self, scope: TenantScope) -> None:
        query = "DELETE FROM intents WHERE tenant_uid = ?"
        await self._control.write(
            lambda db: db.execute(query, (scope.tenant_uid,)).get, makes_room=True
        )


class SqliteDutyRoster(DutyRoster):
    """Table `duties`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        values = {"duty": duty, "now": microseconds(now), "until": microseconds(until)}

        def work(db: apsw.Connection) -> bool:
            db.execute(
                "INSERT INTO duties VALUES (:duty, :until)"
                " ON CONFLICT DO UPDATE SET taken_until = :until WHERE taken_until <= :now",
                values,
            )
            return bool(db.changes())

        return await self._control.write(work)


DELETION_CODEC = RecordCodec(TenantDeletion)


class SqliteDeletionRepository(DeletionRepository):
    """Table `deletions`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        found = await self._found("deletion_id = ?", deletion_id)
        return found[0] if found else None

    async def add(self, deletion: TenantDeletion) -> None:
        row = (
            deletion.deletion_id,
            deletion.tenant_id,
            deletion.namespace,
            deletion.status,
            deletion.version,
            DELETION_CODEC.encode(deletion),
        )

        def work(db: apsw.Connection) -> None:
            try:
                db.execute("INSERT INTO deletions VALUES (?, ?, ?, ?, ?, ?)", row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The deletion already exists.") from error

        await self._control.write(work, makes_room=True)

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        saved = structs.replace(deletion, version=deletion.version + 1)
        body = DELETION_CODEC.encode(saved)

        def work(db: apsw.Connection) -> None:
            db.execute(
                "UPDATE deletions SET status = ?, version = ?, body = ?"
                " WHERE deletion_id = ? AND version = ?",
                (saved.status, saved.version, body, deletion.deletion_id, deletion.version),
            )
            if not db.changes():
                raise StaleWriteError("The deletion changed since it was read.")

        await self._control.write(work, makes_room=True)
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        return await self._found("status <> ?", DeletionStatus.VERIFIED)

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        found = await self._found(
            "status <> 'verified' AND (tenant_id = ? OR namespace = ?)", tenant_id, namespace
        )
        return found[0] if found else None

    async def every(self) -> Sequence[TenantDeletion]:
        return await self._found("true")

    async def _found(self, condition: str, *values: str) -> Sequence[TenantDeletion]:
        query = f"SELECT body FROM deletions WHERE {condition}"  # noqa: S608 - ours alone
        bodies = await self._control.read(lambda db: list(db.execute(query, values)))
        return tuple(DELETION_CODEC.decode(body) for (body,) in bodies)
