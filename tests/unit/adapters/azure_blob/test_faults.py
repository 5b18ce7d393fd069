"""What callers see when Azure Blob storage fails, and what is kept of it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError

from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.adapters.azure_blob.client import AzureBlobs, open_blobs, prepare
from ragtenancy.adapters.azure_blob.errors import translated
from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    NotFoundError,
    RagTenancyError,
    TooLargeError,
    UnavailableError,
)
from ragtenancy.domain.ids import BlobName
from tests.emulators.azurite import (
    ACCOUNT,
    KEY,
    Azurite,
    azurite,
    blob_container,
    require_azurite,
)
from tests.emulators.processes import free_port
from tests.factories import ACME

pytestmark = pytest.mark.emulator

NAME = BlobName("blob_1")
PIECE = b"0123456789abcdef" * 65_536


@pytest.fixture
async def blobs() -> AsyncIterator[AzureBlobs]:
    async with blob_container() as opened:
        await AzureBlobTenantStorage(opened).create(ACME)
        yield opened


@pytest.fixture
async def own() -> AsyncIterator[tuple[Azurite, AzureBlobs]]:
    """An emulator that the test may stop."""
    require_azurite()
    with azurite() as emulator:
        opened = AzureBlobs(emulator.endpoint, KEY, "uploads", retries=0)
        await prepare(opened, dry_run=False)
        await AzureBlobTenantStorage(opened).create(ACME)
        yield emulator, opened
        await opened.close()


async def body(pieces: int = 3) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield PIECE


async def test_a_service_that_goes_mid_way_is_unavailable(
    own: tuple[Azurite, AzureBlobs],
) -> None:
    emulator, opened = own

    async def cut() -> AsyncIterator[bytes]:
        yield PIECE
        emulator.stop()
        yield PIECE

    with pytest.raises(UnavailableError):
        await AzureBlobStore(opened).put(ACME, NAME, cut(), max_bytes=10_000_000)


async def test_a_service_that_is_away_is_unavailable_to_every_call(
    own: tuple[Azurite, AzureBlobs],
) -> None:
    emulator, opened = own
    store, storage = AzureBlobStore(opened), AzureBlobTenantStorage(opened)
    emulator.stop()

    with pytest.raises(UnavailableError):
        await store.names(ACME)
    with pytest.raises(UnavailableError):
        await store.delete(ACME, NAME)
    with pytest.raises(UnavailableError):
        await store.drop(ACME)
    with pytest.raises(UnavailableError):
        await anext(store.read(ACME, NAME))
    with pytest.raises(UnavailableError):
        await storage.tenants()
    with pytest.raises(UnavailableError):
        await prepare(opened, dry_run=True)


async def test_of_a_body_past_the_limit_only_uncommitted_blocks_are_left(
    blobs: AzureBlobs,
) -> None:
    with pytest.raises(TooLargeError):
        await AzureBlobStore(blobs).put(ACME, NAME, body(3), max_bytes=2 * len(PIECE))

    assert not await blobs.blob(ACME, NAME).exists()
    committed, staged = await blobs.blob(ACME, NAME).get_block_list("all")
    assert (len(committed), len(staged)) == (0, 2)


async def test_dropping_a_tenant_removes_blocks_of_uploads_that_broke_off(
    blobs: AzureBlobs,
) -> None:
    with pytest.raises(TooLargeError):
        await AzureBlobStore(blobs).put(ACME, NAME, body(3), max_bytes=2 * len(PIECE))

    await AzureBlobTenantStorage(blobs).drop(ACME)

    with pytest.raises(ResourceNotFoundError):
        await blobs.blob(ACME, NAME).get_block_list("all")


async def test_a_wrong_key_is_our_fault_and_not_the_callers(blobs: AzureBlobs) -> None:
    endpoint = blobs.container.url.rpartition("/")[0]
    stranger = AzureBlobs(endpoint, "d3Jvbmc=", blobs.name, retries=0)

    with pytest.raises(UnavailableError) as caught:
        await AzureBlobStore(stranger).names(ACME)

    assert caught.value.reason == "backend_auth"
    await stranger.close()


async def test_without_its_container_the_storage_is_not_set_up(blobs: AzureBlobs) -> None:
    endpoint = blobs.container.url.rpartition("/")[0]
    absent = open_blobs(endpoint, KEY, "never-made")

    with pytest.raises(UnavailableError) as caught:
        await AzureBlobStore(absent).names(ACME)

    assert caught.value.reason == "not_set_up"
    await absent.close()


async def test_preparing_twice_is_fine_and_a_rehearsal_makes_nothing(blobs: AzureBlobs) -> None:
    endpoint = blobs.container.url.rpartition("/")[0]
    fresh = open_blobs(endpoint, KEY, f"{blobs.name}x")

    lines = [
        *await prepare(fresh, dry_run=True),
        *await prepare(fresh, dry_run=False),
        *await prepare(fresh, dry_run=False),
    ]

    assert [line.split()[0] for line in lines] == ["create", "create", "keep"]
    await fresh.close()


async def test_a_connection_string_opens_the_same_container(blobs: AzureBlobs) -> None:
    endpoint = blobs.container.url.rpartition("/")[0]
    text = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint}"
    by_text = open_blobs(text, None, blobs.name)

    assert await AzureBlobStore(by_text).names(ACME) == ()
    await by_text.close()


async def test_the_local_file_is_removed_afterwards(
    blobs: AzureBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = AzureBlobStore(blobs)
    await store.put(ACME, NAME, body(), max_bytes=10_000_000)

    async with store.local(ACME, NAME) as path:
        assert path.is_relative_to(tmp_path)
        assert path.stat().st_size == 3 * len(PIECE)

    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("status", "family", "code"),
    [
        (401, UnavailableError, "backend_auth"),
        (403, UnavailableError, "backend_auth"),
        (404, NotFoundError, "not_found"),
        (408, BackendTimeoutError, "timeout"),
        (409, RagTenancyError, "conflict"),
        (412, RagTenancyError, "conflict"),
        (416, RagTenancyError, "rejected"),
        (429, UnavailableError, "throttled"),
        (500, UnavailableError, "unavailable"),
        (503, UnavailableError, "throttled"),
        (504, BackendTimeoutError, "timeout"),
    ],
)
async def test_each_status_has_its_error(
    status: int, family: type[RagTenancyError], code: str
) -> None:
    from azure.core.exceptions import HttpResponseError

    failure = HttpResponseError("nothing of this is passed on")
    failure.status_code = status

    with pytest.raises(family) as caught:
        async with translated(seconds=5):
            raise failure

    assert caught.value.reason == code
    assert caught.value.__cause__ is failure


async def test_nobody_at_the_address_is_unavailable() -> None:
    nobody = AzureBlobs(f"http://127.0.0.1:{free_port()}/{ACCOUNT}", KEY, "uploads", retries=0)

    with pytest.raises(UnavailableError):
        await AzureBlobStore(nobody).names(ACME)

    await nobody.close()
