"""The audit log in the control file: append-only, for several processes."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from ragtenancy.adapters.sqlite.audit import SqliteAuditLog
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.domain.audit import (
    AuditAction,
    AuditEvent,
    AuditFilter,
    AuditOutcome,
    verified,
)
from tests.factories import NOW
from tests.unit.adapters.sqlite.crowd import ENTRIES
from tests.unit.adapters.sqlite.test_many_processes import PROCESSES, run_together

EVENT = AuditEvent(at=NOW, actor="ops", action=AuditAction.KEY_CREATE, outcome=AuditOutcome.DONE)


async def written(path: Path) -> apsw.Connection:
    """Return a connection to a file whose log has two entries."""
    control = ControlFile(path)
    await SqliteAuditLog(control).append([EVENT, EVENT])
    await control.close()
    return apsw.Connection(str(path))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET body = x'00'",
        "DELETE FROM audit WHERE sequence = 2",
        "INSERT OR REPLACE INTO audit VALUES (1, 1, 'key.create', NULL, x'00')",
    ],
)
async def test_an_entry_is_never_changed_or_removed(tmp_path: Path, statement: str) -> None:
    connection = await written(tmp_path / "control.db")

    with pytest.raises(apsw.ConstraintError):
        connection.execute(statement)

    count = connection.execute("SELECT count(*) FROM audit WHERE body <> x'00'").get
    connection.close()
    assert count == 2


async def test_an_entry_changed_behind_the_triggers_is_noticed(tmp_path: Path) -> None:
    connection = await written(tmp_path / "control.db")
    connection.execute("DROP TRIGGER audit_never_changed")
    connection.execute(
        "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'ops', 'eve') AS BLOB)"
        " WHERE sequence = 1"
    )
    connection.close()

    control = ControlFile(tmp_path / "control.db")
    log = await SqliteAuditLog(control).entries(AuditFilter(), limit=10)
    await control.close()
    found = verified(log)
    assert found is not None
    assert found.sequence == 1


async def test_processes_append_to_one_chain(tmp_path: Path) -> None:
    await run_together("write_audit", tmp_path)

    control = ControlFile(tmp_path / "control.db")
    log = await SqliteAuditLog(control).entries(AuditFilter(), limit=1000)
    await control.close()
    assert len(log) == PROCESSES * ENTRIES * 2
    assert verified(log) is None
