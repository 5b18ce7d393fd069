"""What is particular to a file per tenant."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event, get_ident

import apsw
import pytest

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.errors import InvalidError, IsolationBreach, NotFoundError, UnavailableError
from tests.factories import ACME, GLOBEX, scope

READ_UID = "SELECT uid FROM tenant"


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[TenantFiles]:
    files = TenantFiles(tmp_path / "tenants", max_open=2)
    yield files
    await files.close()


def uid(db: apsw.Connection) -> object:
    return db.execute(READ_UID).get


async def test_files_and_folders_are_their_owners_alone(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.write(ACME, lambda db: db.execute("DELETE FROM chunks").get)

    paths = [files.folder(ACME), *files.folder(ACME).rglob("*")]

    open_to_others = [path for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    assert open_to_others == []


async def test_only_so_many_files_stay_open(files: TenantFiles) -> None:
    owners = [scope(name) for name in ("aa", "bb", "cc", "dd", "ee")]
    for owner in owners:
        await files.create(owner)

    seen = [await files.read(owner, uid) for owner in (*owners, *owners)]

    assert seen == [owner.tenant_uid for owner in (*owners, *owners)]
    assert len(files._open) == 2


async def test_a_file_in_use_is_not_closed(files: TenantFiles) -> None:
    owners = [scope(name) for name in ("aa", "bb", "cc", "dd")]
    for owner in owners:
        await files.create(owner)
    begun, go_on = Event(), Event()

    def slow(db: apsw.Connection) -> object:
        begun.set()
        go_on.wait(30)
        return uid(db)

    reading = asyncio.create_task(files.read(owners[0], slow))
    await asyncio.to_thread(begun.wait, 30)
    for owner in owners[1:]:
        await files.read(owner, uid)
    go_on.set()

    assert await reading == owners[0].tenant_uid


async def test_a_file_of_another_tenant_is_a_breach(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.create(GLOBEX)
    await files.close()
    (files.folder(ACME) / "tenant.db").rename(files.folder(GLOBEX) / "tenant.db")
    again = TenantFiles(files.folder(ACME).parent)

    with pytest.raises(IsolationBreach):
        await again.read(GLOBEX, uid)
    with pytest.raises(NotFoundError):
        await again.read(ACME, uid)

    await again.close()


async def test_a_drop_by_another_process_is_seen_at_once(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.read(ACME, uid)
    other = TenantFiles(files.folder(ACME).parent)

    await other.drop(ACME)

    with pytest.raises(NotFoundError):
        await files.read(ACME, uid)
    with pytest.raises(NotFoundError):
        await files.write(ACME, uid)
    await other.close()


async def test_a_broken_drop_is_counted_and_can_be_finished(files: TenantFiles) -> None:
    await files.create(ACME)
    folder = files.folder(ACME)
    folder.rename(folder.with_name(f".dropped-{folder.name}"))

    assert await files.count_files(ACME) > 0
    await files.drop(ACME)
    assert await files.count_files(ACME) == 0


async def test_an_error_undoes_what_was_written(files: TenantFiles) -> None:
    await files.create(ACME)

    def broken(db: apsw.Connection) -> None:
        db.execute("UPDATE tenant SET generation = 7")
        raise NotFoundError("Something is absent.")

    with pytest.raises(NotFoundError):
        await files.write(ACME, broken)

    assert await files.read(ACME, lambda db: db.execute("SELECT generation FROM tenant").get) == 0


async def test_a_damaged_file_is_ours_to_tell(files: TenantFiles) -> None:
    await files.create(ACME)
    (files.folder(ACME) / "tenant.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(UnavailableError) as raised:
        await files.read(ACME, uid)

    assert raised.value.reason == "storage_corrupt"
    assert isinstance(raised.value.__cause__, apsw.Error)


async def test_text_that_has_no_bytes_is_invalid(files: TenantFiles) -> None:
    await files.create(ACME)

    with pytest.raises(InvalidError):
        await files.read(ACME, lambda db: db.execute("SELECT ?", ("\ud800",)).get)


async def test_a_file_of_a_newer_program_is_refused(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.close()
    connection = apsw.Connection(str(files.folder(ACME) / "tenant.db"))
    connection.pragma("user_version", 999)
    connection.close()
    again = TenantFiles(files.folder(ACME).parent)

    with pytest.raises(UnavailableError) as raised:
        await again.read(ACME, uid)

    assert raised.value.reason == "storage_newer"
    await again.close()


async def test_a_store_that_is_closed_says_so(tmp_path: Path) -> None:
    files = TenantFiles(tmp_path)
    await files.close()

    with pytest.raises(UnavailableError) as raised:
        await files.read(ACME, uid)

    assert raised.value.reason == "storage_closed"


async def test_a_cancelled_write_leaves_the_connection_sound(files: TenantFiles) -> None:
    await files.create(ACME)
    begun, go_on = Event(), Event()

    def slow(db: apsw.Connection) -> None:
        begun.set()
        go_on.wait(30)
        db.execute("UPDATE tenant SET generation = generation + 1")

    writing = asyncio.create_task(files.write(ACME, slow))
    await asyncio.to_thread(begun.wait, 30)
    writing.cancel()
    await asyncio.wait([writing])
    go_on.set()
    await files.write(ACME, lambda db: db.execute("UPDATE tenant SET log_starts = 5").get)

    read = "SELECT generation, log_starts FROM tenant"
    assert await files.read(ACME, lambda db: list(db.execute(read))) == [(1, 5)]


async def test_readers_do_not_wait_for_a_writer(files: TenantFiles) -> None:
    await files.create(ACME)
    begun, go_on = Event(), Event()

    def slow(db: apsw.Connection) -> None:
        db.execute("UPDATE tenant SET generation = 1")
        begun.set()
        go_on.wait(30)

    writing = asyncio.create_task(files.write(ACME, slow))
    await asyncio.to_thread(begun.wait, 30)
    seen = await files.read(ACME, lambda db: db.execute("SELECT generation FROM tenant").get)
    go_on.set()
    await writing

    assert seen == 0


async def test_a_change_by_another_process_shows_in_the_next_read(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.read(ACME, uid)
    other = TenantFiles(files.folder(ACME).parent)

    await other.write(ACME, lambda db: db.execute("UPDATE tenant SET generation = 4").get)

    assert await files.read_briefly(ACME, generation) == 4
    assert await files.read(ACME, generation) == 4
    await other.close()


async def test_a_brief_read_is_done_at_once(files: TenantFiles) -> None:
    await files.create(ACME)
    await files.read(ACME, uid)

    reading = files.read_briefly(ACME, lambda db: (generation(db), get_ident()))
    with pytest.raises(StopIteration) as done:
        reading.send(None)

    assert done.value.value == (0, get_ident())


async def test_a_brief_read_waits_where_the_connection_is_in_use(files: TenantFiles) -> None:
    await files.create(ACME)
    begun, go_on = Event(), Event()

    def slow(_: apsw.Connection) -> None:
        begun.set()
        go_on.wait(30)

    reading = asyncio.create_task(files.read(ACME, slow))
    await asyncio.to_thread(begun.wait, 30)
    brief = asyncio.create_task(files.read_briefly(ACME, lambda _: get_ident()))
    await asyncio.sleep(0)
    assert not brief.done()
    go_on.set()
    await reading

    assert await brief != get_ident()


async def test_a_brief_read_after_a_drop_by_another_process_finds_nothing(
    files: TenantFiles,
) -> None:
    await files.create(ACME)
    await files.read(ACME, uid)
    other = TenantFiles(files.folder(ACME).parent)
    await other.drop(ACME)
    await other.close()

    with pytest.raises(NotFoundError):
        await files.read_briefly(ACME, generation)


def generation(db: apsw.Connection) -> int:
    return int(db.execute("SELECT generation FROM tenant").get)
