"""The file beside the ledger of deletions: crashes, other installations, full disks."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.adapters.files.deletion_ledger import (
    FileDeletionLedger,
    begin_ledger_file,
    read_ledger_file,
)
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.deletion_ledger import InMemoryDeletionLedger
from ragtenancy.domain.deletion_ledger import LedgerKind, key_entry, session_entry
from ragtenancy.domain.errors import StateLostError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId, SessionId
from tests.factories import ACME, NOW
from tests.scripted.clock import ScriptedClock

KEY = key_entry(ACME, ApiKeyId("keykeykey01"), NOW)
SESSION = session_entry(ACME, SessionId("s"), NOW)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def content(path: Path) -> bytes:
    return path.read_bytes()


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def ledger(path: Path, memory: Memory) -> FileDeletionLedger:
    return FileDeletionLedger(InMemoryDeletionLedger(memory), path, ScriptedClock(NOW))


async def test_a_file_has_its_origin_and_every_entry(
    ledger: FileDeletionLedger, path: Path
) -> None:
    await ledger.record(ACME, KEY)
    await ledger.record(ACME, SESSION)

    origin, entries = read_ledger_file(path)
    assert origin == structs.replace(await ledger.origin(), since=NOW)
    assert entries == [KEY, SESSION]
    assert mode(path) == 0o600


async def test_a_file_that_was_begun_keeps_its_beginning(
    ledger: FileDeletionLedger, path: Path
) -> None:
    begun = structs.replace(await ledger.origin(), since=NOW - timedelta(days=1))

    begin_ledger_file(path, begun)
    begin_ledger_file(path, structs.replace(begun, since=NOW))
    await ledger.record(ACME, KEY)

    assert read_ledger_file(path) == (begun, [KEY])


async def test_an_entry_that_was_recorded_twice_is_one(
    ledger: FileDeletionLedger, path: Path
) -> None:
    later = structs.replace(SESSION, at=NOW + timedelta(hours=1))
    await ledger.record(ACME, SESSION)
    await ledger.record(ACME, later)

    assert read_ledger_file(path)[1] == [later]


async def test_what_a_crash_left_of_a_line_is_ignored_and_then_removed(
    ledger: FileDeletionLedger, path: Path
) -> None:
    await ledger.record(ACME, KEY)
    append(path, b'{"tenant_uid": "t')

    before = read_ledger_file(path)[1]
    await ledger.record(ACME, SESSION)

    assert before == [KEY]
    assert read_ledger_file(path)[1] == [KEY, SESSION]


async def test_a_damaged_line_is_refused(ledger: FileDeletionLedger, path: Path) -> None:
    await ledger.record(ACME, KEY)
    append(path, b"nonsense\n")

    with pytest.raises(StateLostError):
        read_ledger_file(path)


async def test_another_installations_file_is_left_alone(
    ledger: FileDeletionLedger, path: Path
) -> None:
    await ledger.record(ACME, KEY)
    written = content(path)
    other = FileDeletionLedger(InMemoryDeletionLedger(Memory()), path, ScriptedClock(NOW))

    with pytest.raises(StateLostError, match="another installation's"):
        await other.record(ACME, SESSION)

    assert content(path) == written


async def test_nothing_is_recorded_if_the_file_cannot_be_written(
    tmp_path: Path, memory: Memory
) -> None:
    kept = InMemoryDeletionLedger(memory)
    ledger = FileDeletionLedger(kept, tmp_path, ScriptedClock(NOW))

    with pytest.raises(UnavailableError):
        await ledger.record(ACME, KEY)

    assert await kept.get(ACME, LedgerKind.KEY, KEY.object_id) is None


async def test_a_line_that_did_not_fit_is_taken_back(
    ledger: FileDeletionLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.record(ACME, KEY)
    written = content(path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError) as refused:
        await ledger.record(ACME, SESSION)

    assert refused.value.reason == "storage_full"
    assert content(path) == written
