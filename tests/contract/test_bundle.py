"""What every bundle does, written and read."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.adapters.files.bundles import ZipBundleReader, ZipBundleWriter, writing
from ragtenancy.domain.errors import InvalidError, MalformedError
from ragtenancy.ports.bundles import BundleReader, BundleWriter
from tests.contract.backends import Backend, Tier, params


class Shelf(Struct, frozen=True, kw_only=True):
    """A place for one bundle."""

    write: Callable[[], AbstractContextManager[BundleWriter]]
    read: Callable[[], BundleReader]
    path: Path


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[Shelf]:
    path = folder / "acme.bundle"
    yield Shelf(write=partial(writing, path), read=partial(ZipBundleReader, path), path=path)


BACKENDS = params(
    Backend[Shelf](name="zip-written", tier=Tier.EMBEDDED, adapter=ZipBundleWriter, open=files),
    Backend[Shelf](name="zip-read", tier=Tier.EMBEDDED, adapter=ZipBundleReader, open=files),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def shelf(backend: Backend[Shelf], tmp_path: Path) -> AsyncIterator[Shelf]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def pieces(*bodies: bytes) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body


async def fill(shelf: Shelf) -> None:
    with shelf.write() as bundle:
        await bundle.add("notes/1.txt", pieces(b"one ", b"note"))
        await bundle.add("notes/2.txt", pieces())


async def test_members_come_back_as_they_were_written(shelf: Shelf) -> None:
    await fill(shelf)
    bundle = shelf.read()

    assert list(await bundle.verify()) == ["notes/1.txt", "notes/2.txt"]
    assert b"".join([piece async for piece in bundle.read("notes/1.txt")]) == b"one note"
    assert [piece async for piece in bundle.read("notes/2.txt")] == []


async def test_an_absent_member_is_refused(shelf: Shelf) -> None:
    await fill(shelf)
    bundle = shelf.read()
    await bundle.verify()

    with pytest.raises(MalformedError):
        [piece async for piece in bundle.read("notes/3.txt")]


async def test_what_breaks_off_leaves_nothing(shelf: Shelf) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError

    with suppress(RuntimeError), shelf.write() as bundle:
        await bundle.add("notes/1.txt", broken())

    assert list(shelf.path.parent.iterdir()) == []


async def test_a_bundle_that_is_there_is_not_written_over(shelf: Shelf) -> None:
    await fill(shelf)

    with pytest.raises(InvalidError), shelf.write():
        pass


@pytest.mark.parametrize("kept", [0, 1, 30, 200])
async def test_a_truncated_bundle_is_refused(shelf: Shelf, kept: int) -> None:
    await fill(shelf)
    shelf.path.write_bytes(shelf.path.read_bytes()[:kept])

    with pytest.raises(MalformedError) as refused:
        await shelf.read().verify()

    assert refused.value.reason == "bad_bundle"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("notes/1.txt", b"a note"),
        ("notes/1.txt", b"one note and more"),
        ("notes/3.txt", b"more"),
        ("../3.txt", b"more"),
    ],
)
async def test_a_bundle_that_was_changed_is_refused(shelf: Shelf, name: str, body: bytes) -> None:
    await fill(shelf)
    with zipfile.ZipFile(shelf.path) as old:
        members = {each: old.read(each) for each in old.namelist()}
    with zipfile.ZipFile(shelf.path, "w") as new:
        for each, kept in (members | {name: body}).items():
            new.writestr(each, kept)

    with pytest.raises(MalformedError) as refused:
        await shelf.read().verify()

    assert refused.value.reason == "bad_bundle"


async def test_a_list_that_lies_about_sizes_is_refused(shelf: Shelf) -> None:
    await fill(shelf)
    with zipfile.ZipFile(shelf.path) as old:
        members = {each: old.read(each) for each in old.namelist()}
    with zipfile.ZipFile(shelf.path, "w") as new:
        for each, kept in members.items():
            new.writestr(each, kept.replace(b'"size":8', b'"size":7'))

    with pytest.raises(MalformedError):
        await shelf.read().verify()
