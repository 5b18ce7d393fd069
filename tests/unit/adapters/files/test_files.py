"""What is particular to files."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.adapters.files.data_folder import DataFolderProbe, loose
from ragtenancy.adapters.files.secret_files import FilePepperStore
from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import InvalidError, NotFoundError, StateLostError
from ragtenancy.domain.ids import BlobName
from tests.factories import ACME
from tests.full_disk import no_file_beyond

NAME = BlobName("blob_1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tenant's folder as its storage makes it."""
    blobs = tmp_path / ACME.tenant_uid / "blobs"
    blobs.mkdir(parents=True)
    (blobs / ".owner").write_text(ACME.tenant_uid)
    return blobs


@pytest.fixture
def blobs(tmp_path: Path, folder: Path) -> FileBlobStore:  # noqa: ARG001 - it must be there
    return FileBlobStore(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def leave_half(folder: Path) -> BlobName:
    """Leave what a crash in the middle of a write leaves."""
    leftover = BlobName(f"blob_1.{'0' * 32}")
    (folder / leftover).write_bytes(b"half")
    return leftover


async def body() -> AsyncIterator[bytes]:
    yield b"content"


async def test_deleting_a_blob_removes_what_a_broken_write_of_it_left(
    blobs: FileBlobStore, folder: Path
) -> None:
    leave_half(folder)
    other = folder / f"blob_10.{'0' * 32}"
    other.write_bytes(b"half")

    assert await blobs.delete(ACME, BlobName("blob_1"))
    assert await blobs.names(ACME) == (other.name,)


async def test_leftovers_of_a_broken_write_are_listed_and_can_be_deleted(
    blobs: FileBlobStore, folder: Path
) -> None:
    leftover = leave_half(folder)

    assert await blobs.names(ACME) == (leftover,)
    assert await blobs.delete(ACME, leftover)
    assert await blobs.names(ACME) == ()


@pytest.mark.parametrize("name", ["../blob", ".owner", "a/b", "", "A", "a\n", f"a.{'0' * 32}"])
async def test_names_that_are_not_ours_are_refused(blobs: FileBlobStore, name: str) -> None:
    with pytest.raises(InvalidError):
        await blobs.put(ACME, BlobName(name), body(), max_bytes=100)


async def test_an_original_is_its_owners_alone(blobs: FileBlobStore, folder: Path) -> None:
    await blobs.put(ACME, NAME, body(), max_bytes=100)

    assert mode(folder / NAME) == 0o600


async def test_a_folder_that_vanishes_is_not_found(blobs: FileBlobStore, folder: Path) -> None:
    async def vanishing() -> AsyncIterator[bytes]:
        shutil.rmtree(folder)
        yield b"content"

    with pytest.raises(NotFoundError):
        await blobs.put(ACME, NAME, vanishing(), max_bytes=100)


async def test_the_pepper_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "pepper.json"

    await FilePepperStore(path).make_first()

    assert mode(path) == 0o600
    assert names(tmp_path) == ["pepper.json"]


@pytest.mark.parametrize("name", [".", "control.db", "pepper.json", "admin.key"])
async def test_a_folder_or_a_secret_file_open_to_others_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    for each in ("control.db", "pepper.json", "admin.key", "reserve"):
        (folder / each).touch(0o600)
    closed = loose(folder)
    (folder / name).chmod(0o740)

    result = await DataFolderProbe(folder, folder / "tenants").check()

    assert closed == []
    assert loose(folder) == [folder / name]
    assert (result.connected, result.warning) == (True, "loose_permissions")


async def test_the_trial_of_a_data_folder_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "tenants").mkdir(parents=True)

    await DataFolderProbe(folder, folder / "tenants").check()

    assert sorted(folder.rglob("*")) == [folder / "tenants"]


async def test_a_data_folder_that_is_gone_cannot_be_reached(tmp_path: Path) -> None:
    result = await DataFolderProbe(tmp_path / "gone", tmp_path / "tenants").check()

    assert (result.connected, result.reason) == (False, "storage_unreachable")


async def test_a_data_folder_whose_files_may_not_grow_is_full(tmp_path: Path) -> None:
    with no_file_beyond(1_000):
        result = await DataFolderProbe(tmp_path, tmp_path / "tenants").check()

    assert (result.connected, result.reason) == (False, "storage_full")


async def test_several_processes_add_a_pepper_each(tmp_path: Path) -> None:
    stores = [FilePepperStore(tmp_path / "pepper.json") for _ in range(8)]
    first = await stores[0].make_first()

    made = await asyncio.gather(*(store.make_next() for store in stores))

    assert sorted(pepper.version for pepper in made) == list(range(2, 10))
    assert [await stores[0].get(pepper.version) for pepper in made] == list(made)
    assert await stores[0].get(1) == first
    assert mode(tmp_path / "pepper.json") == 0o600


async def test_several_processes_make_one_pepper(tmp_path: Path) -> None:
    stores = [FilePepperStore(tmp_path / "pepper.json") for _ in range(8)]

    peppers = await asyncio.gather(*(store.make_first() for store in stores))

    assert len({pepper.secret for pepper in peppers}) == 1


async def test_a_pepper_that_the_operator_adds_is_used_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pepper.json"
    store = FilePepperStore(path)
    first = await store.make_first()

    path.write_text(path.read_text().replace("}", f',"2":"{"QUJD" * 11}"}}'))

    assert await store.current() == Pepper(version=2, secret=b"ABC" * 11)
    assert await store.get(1) == first


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"1": "%%"}', '{"1": "c2VjcmV0"}', '{"one": "c2VjcmV0"}']
)
async def test_a_damaged_pepper_is_never_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pepper.json"
    path.write_text(content)

    with pytest.raises(StateLostError) as raised:
        await FilePepperStore(path).current()

    assert (raised.value.reason, raised.value.place) == ("storage_corrupt", str(path))
    assert path.read_text() == content
