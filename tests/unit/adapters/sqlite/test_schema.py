"""Files of earlier versions, and what the connections hold to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from ragtenancy.adapters.sqlite.client import ControlFile, make_file
from ragtenancy.adapters.sqlite.schema import CONTROL, TENANT, migrate, version_of

EARLIER = ("CREATE TABLE one (a);",)
LATER = (*EARLIER, "CREATE TABLE two (b); INSERT INTO two VALUES (1);")


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[ControlFile]:
    control = ControlFile(tmp_path / "control.db")
    yield control
    await control.close()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def rows(path: Path) -> object:
    connection = apsw.Connection(str(path))
    try:
        return connection.execute("SELECT * FROM two").get
    finally:
        connection.close()


def test_an_older_file_is_brought_up_to_date_once(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    make_file(path, EARLIER)

    make_file(path, LATER)
    make_file(path, LATER)

    assert rows(path) == 1


async def test_several_may_bring_it_up_to_date_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    make_file(path, EARLIER)

    await asyncio.gather(*(asyncio.to_thread(make_file, path, LATER) for _ in range(6)))

    assert rows(path) == 1


async def test_several_may_make_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file.db"

    await asyncio.gather(*(asyncio.to_thread(make_file, path, LATER) for _ in range(6)))

    assert rows(path) == 1
    assert names(tmp_path) == ["file.db"]


def test_a_script_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    make_file(path, EARLIER)

    with pytest.raises(apsw.SQLError):
        make_file(path, (*EARLIER, "CREATE TABLE two (b); SELECT nonsense;"))

    connection = apsw.Connection(str(path))
    assert version_of(connection) == 1
    migrate(connection, LATER)
    connection.close()


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("journal_mode", "wal"),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("synchronous", 2),
        ("user_version", len(CONTROL)),
    ],
)
async def test_connections_are_set_up(
    control: ControlFile, pragma: str, expected: str | int
) -> None:
    assert await control.read(lambda db: db.pragma(pragma)) == expected
    assert await control.write(lambda db: db.pragma(pragma)) == expected


def test_the_version_of_the_control_file_speaks_for_the_folder() -> None:
    released = [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 3),
        (5, 4),
        (6, 4),
        (7, 5),
        (8, 6),
        (9, 6),
    ]  # a script for tenants' files comes with one for control.db

    assert (len(CONTROL), len(TENANT)) == released[-1]
    assert len({control for control, _ in released}) == len(released)


def test_open_intents_to_announce_go_into_the_outbox(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    make_file(path, CONTROL[:7])
    connection = apsw.Connection(str(path))
    connection.executemany(
        "INSERT INTO jobs (tenant_uid, job_id, status, created_at, version, body)"
        " VALUES ('t', ?, ?, 1, 2, ?)",
        [("ended", "failed", b"end"), ("open", "queued", b""), ("told", "succeeded", b"")],
    )
    connection.executemany(
        "INSERT INTO intents VALUES ('t', ?, 1, ?)",
        [("announce-ended", b""), ("announce-open", b""), ("stage-ended", b"kept")],
    )

    migrate(connection, CONTROL)

    ends = connection.execute("SELECT tenant_uid, job_id, version, body FROM job_ends").fetchall()
    intents = connection.execute("SELECT intent_id FROM intents").fetchall()
    connection.close()
    assert ends == [("t", "ended", 2, b"end")]
    assert intents == [("stage-ended",)]


def test_uploads_cancelled_under_an_earlier_version_get_their_status(tmp_path: Path) -> None:
    path = tmp_path / "tenant.db"
    make_file(path, TENANT[:2])
    connection = apsw.Connection(str(path))
    connection.executemany(
        "INSERT INTO documents (document_id, size, status, version, body) VALUES (?, 1, ?, 1, ?)",
        [
            ("a", "failed", b'{"pending_error": "cancelled"}'),
            ("b", "failed", b'{"pending_error": "no_text"}'),
            ("c", "active", b'{"pending_error": "cancelled"}'),
        ],
    )

    migrate(connection, TENANT)

    found = connection.execute("SELECT document_id, status FROM documents ORDER BY 1").fetchall()
    connection.close()
    assert found == [("a", "cancelled"), ("b", "failed"), ("c", "active")]
