"""The audit log in the control file."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import microseconds, microseconds_or_none
from ragtenancy.domain.audit import AuditEntry, AuditEvent, AuditFilter, chained
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.audit import AuditLog

CODEC = RecordCodec(AuditEntry)
LAST = "SELECT body FROM audit ORDER BY sequence DESC LIMIT 1"
ADD = "INSERT INTO audit VALUES (?, ?, ?, ?, ?)"


class SqliteAuditLog(AuditLog):
    """Table `audit`; its triggers refuse changes and removals."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def append(
        self, events: Sequence[AuditEvent], *, makes_room: bool = False
    ) -> Sequence[AuditEntry]:
        def work(db: apsw.Connection) -> Sequence[AuditEntry]:
            last = db.execute(LAST).get
            appended = chained(None if last is None else CODEC.decode(last), events)
            db.executemany(ADD, map(_row, appended))
            return appended

        return await self._control.write(work, makes_room=makes_room)

    async def entries(
        self, wanted: AuditFilter, *, after: int = 0, limit: int
    ) -> Sequence[AuditEntry]:
        values = {
            "after": after,
            "since": microseconds_or_none(wanted.since),
            "until": microseconds_or_none(wanted.until),
            "action": wanted.action,
            "uid": wanted.client_uid,
            "limit": limit,
        }
        conditions = ["sequence > :after"]
        conditions += ["at >= :since"] if wanted.since is not None else []
        conditions += ["at < :until"] if wanted.until is not None else []
        conditions += ["action = :action"] if wanted.action is not None else []
        conditions += ["tenant_uid = :uid"] if wanted.client_uid is not None else []
        query = (
            f"SELECT body FROM audit WHERE {' AND '.join(conditions)}"  # noqa: S608 - ours
            " ORDER BY sequence LIMIT :limit"
        )
        rows = await self._control.read(lambda db: list(db.execute(query, values)))
        return tuple(CODEC.decode(body) for (body,) in rows)


def _row(entry: AuditEntry) -> tuple[int, int, str, str | None, bytes]:
    event = entry.event
    return (
        entry.sequence,
        microseconds(event.at),
        event.action.value,
        event.client_uid,
        CODEC.encode(entry),
    )
