"""What every `BlobStore` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.adapters.memory.blobs import InMemoryBlobStore
from ragtenancy.domain.errors import IsolationBreach, NotFoundError, TooLargeError
from ragtenancy.domain.ids import BlobName, ContentHash
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from tests.contract.azure_blob_house import on_azure_blobs
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, scope

BACKENDS = [*in_houses(InMemoryBlobStore, FileBlobStore), *on_azure_blobs(AzureBlobStore)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

NAME = BlobName("blob_1")
CONTENT = bytes(range(256)) * 12_000


@pytest.fixture
def blobs(house: House) -> BlobStore:
    return house.blobs


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def broken() -> AsyncIterator[bytes]:
    yield b"a beginning"
    raise ConnectionResetError


async def put(
    blobs: BlobStore,
    content: bytes = CONTENT,
    name: BlobName = NAME,
    owner: TenantScope = ACME,
) -> StoredBlob:
    return await blobs.put(owner, name, pieces(content), max_bytes=len(CONTENT))


async def content(blobs: BlobStore, name: BlobName = NAME, owner: TenantScope = ACME) -> bytes:
    return b"".join([piece async for piece in blobs.read(owner, name)])


async def test_a_blob_comes_out_as_it_went_in(blobs: BlobStore) -> None:
    stored = await put(blobs)

    assert stored == StoredBlob(
        name=NAME, size=len(CONTENT), content_hash=ContentHash(sha256(CONTENT).hexdigest())
    )
    assert await content(blobs) == CONTENT


async def test_an_empty_blob_is_a_blob(blobs: BlobStore) -> None:
    assert (await put(blobs, b"")).size == 0
    assert await content(blobs) == b""


async def test_a_blob_can_be_read_as_a_file(blobs: BlobStore) -> None:
    await put(blobs)

    async with blobs.local(ACME, NAME) as path:
        assert path.read_bytes() == CONTENT


async def test_an_absent_blob_is_not_found(blobs: BlobStore) -> None:
    with pytest.raises(NotFoundError):
        await content(blobs)
    with pytest.raises(NotFoundError):
        async with blobs.local(ACME, NAME):
            pass


async def test_a_body_of_the_limit_is_kept_and_a_larger_one_is_not(blobs: BlobStore) -> None:
    await put(blobs, CONTENT)

    with pytest.raises(TooLargeError):
        await put(blobs, CONTENT + b"!", BlobName("larger"))

    assert await blobs.names(ACME) == (NAME,)


async def test_a_body_that_breaks_off_leaves_nothing(blobs: BlobStore) -> None:
    with pytest.raises(ConnectionResetError):
        await blobs.put(ACME, NAME, broken(), max_bytes=1_000)

    assert await blobs.names(ACME) == ()


async def test_a_cancelled_put_leaves_nothing(blobs: BlobStore) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"a beginning"
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(blobs.put(ACME, NAME, endless(), max_bytes=1_000))
    await started.wait()
    task.cancel()
    await asyncio.wait([task])

    assert await blobs.names(ACME) == ()
    assert (await put(blobs)).size == len(CONTENT)


@pytest.mark.parametrize("steps", range(0, 24, 3))
async def test_a_put_cancelled_at_any_step_is_whole_or_not_there(
    blobs: BlobStore, steps: int
) -> None:
    task = asyncio.create_task(put(blobs, b"short"))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    names = await blobs.names(ACME)

    assert names == (() if task.cancelled() else (NAME,))


async def test_names_can_be_limited_to_old_ones(blobs: BlobStore) -> None:
    await put(blobs)
    now = datetime.now(UTC)

    assert await blobs.names(ACME, written_before=now + timedelta(hours=1)) == (NAME,)
    assert await blobs.names(ACME, written_before=now - timedelta(hours=1)) == ()


async def test_deleting_tells_whether_it_was_there(blobs: BlobStore) -> None:
    await put(blobs)

    assert await blobs.delete(ACME, NAME)
    assert not await blobs.delete(ACME, NAME)
    assert await blobs.names(ACME) == ()


async def test_drop_counts_what_it_removes(blobs: BlobStore) -> None:
    await put(blobs)
    await put(blobs, name=BlobName("blob_2"))

    assert await blobs.drop(ACME) == 2
    assert await blobs.drop(ACME) == 0


async def test_tenants_do_not_see_each_others_blobs(blobs: BlobStore) -> None:
    await put(blobs)

    await put(blobs, b"theirs", owner=GLOBEX)
    await blobs.delete(ACME, NAME)

    assert await content(blobs, owner=GLOBEX) == b"theirs"
    assert await blobs.names(ACME) == ()


async def test_what_is_misfiled_is_a_breach(house: House) -> None:
    await put(house.blobs)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await content(house.blobs, owner=GLOBEX)
    with pytest.raises(IsolationBreach):
        await house.blobs.names(GLOBEX)


async def test_without_a_container_nothing_is_kept(blobs: BlobStore) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await put(blobs, owner=nobody)

    assert await blobs.drop(nobody) == 0
