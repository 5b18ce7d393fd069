"""Reading and writing without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from ragtenancy.adapters.sqlite.channel import Channel, NotAtHandError

READ = "SELECT number FROM numbers"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE numbers (number); INSERT INTO numbers VALUES (7)")
    connection.close()
    return path


@pytest.fixture
def channel(path: Path) -> Iterator[Channel]:
    channel = Channel(path, lambda _: None, lambda: AssertionError("absent"))
    yield channel
    channel.close()


def number(db: apsw.Connection) -> object:
    return db.execute(READ).get


def read(channel: Channel) -> object:
    with channel.reading() as connection:
        return number(connection)


def test_a_file_that_is_not_open_is_not_at_hand(channel: Channel) -> None:
    with pytest.raises(NotAtHandError):
        channel.read_now(number)


def test_an_open_file_is_read_now(channel: Channel) -> None:
    read(channel)

    assert channel.read_now(number) == 7


def test_a_file_that_another_holds_is_not_at_hand(channel: Channel, path: Path) -> None:
    read(channel)
    other = apsw.Connection(str(path))
    other.execute("BEGIN EXCLUSIVE; UPDATE numbers SET number = 8")

    with pytest.raises(NotAtHandError):
        channel.read_now(number)

    other.execute("COMMIT")
    other.close()
    assert channel.read_now(number) == read(channel) == 8


def test_a_connection_in_use_is_not_at_hand(channel: Channel) -> None:
    with channel.reading(), pytest.raises(NotAtHandError):
        channel.read_now(number)


def increment(db: apsw.Connection) -> object:
    return db.execute("UPDATE numbers SET number = number + 1 RETURNING number").get


def test_a_file_that_is_not_open_is_not_written_now(channel: Channel) -> None:
    with pytest.raises(NotAtHandError):
        channel.write_now(increment)


def test_an_open_file_is_written_now(channel: Channel) -> None:
    read(channel)

    assert channel.write_now(increment) == 8
    assert read(channel) == 8


def test_a_file_that_another_writes_to_is_not_written_now(channel: Channel, path: Path) -> None:
    read(channel)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(NotAtHandError):
        channel.write_now(increment)

    other.close()
    assert channel.write_now(increment) == 8


def test_what_fails_while_written_now_is_undone(channel: Channel) -> None:
    read(channel)

    def fail(db: apsw.Connection) -> None:
        increment(db)
        raise LookupError

    with pytest.raises(LookupError):
        channel.write_now(fail)

    assert read(channel) == 7
