"""The intent log and the roster of duties in the control file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.times import microseconds
from ragtenancy.domain.ids import IntentId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.duties import DutyRoster
from ragtenancy.ports.intents import IntentLog

CODEC = RecordCodec(Intent)


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
            CODEC.encode(intent),
        )
        query = "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?)"
        await self._control.write(lambda db: db.execute(query, row).get)

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        query = "DELETE FROM intents WHERE tenant_uid = ? AND intent_id = ?"
        key = (scope.tenant_uid, intent_id)
        await self._control.write(lambda db: db.execute(query, key).get, durable=False)

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        query = "SELECT body FROM intents WHERE opened_at <= ? ORDER BY opened_at, intent_id"
        due = (microseconds(until),)
        rows = await self._control.read(lambda db: list(db.execute(query, due)))
        return tuple(CODEC.decode(body) for (body,) in rows)

    async def drop(self, scope: TenantScope) -> None:
        query = "DELETE FROM intents WHERE tenant_uid = ?"
        await self._control.write(lambda db: db.execute(query, (scope.tenant_uid,)).get)


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
