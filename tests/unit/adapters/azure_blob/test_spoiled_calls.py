"""Every fault at every call: an error of ours, nothing kept by halves, nothing wrong served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec import Struct

from ragtenancy.adapters.azure_blob import client
from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.adapters.azure_blob.client import AzureBlobProbe, AzureBlobs
from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.ids import BlobName
from tests.emulators.azurite import KEY, blob_container
from tests.emulators.faulty_gateway import Gateway, faulty_gateway
from tests.factories import ACME

pytestmark = pytest.mark.emulator

KEPT, NEW = BlobName("kept"), BlobName("new")
CONTENT = bytes(range(256)) * 6_000
FAULTS = ("429", "503", "reset", "lost", "silence", "garbage")
TIMEOUT_SECONDS = 0.5


class Spoiled(Struct, frozen=True, kw_only=True):
    """A container with one blob, reached through a gateway and directly."""

    gateway: Gateway
    through: AzureBlobs
    direct: AzureBlobs

    @property
    def store(self) -> AzureBlobStore:
        return AzureBlobStore(self.through)

    @property
    def storage(self) -> AzureBlobTenantStorage:
        return AzureBlobTenantStorage(self.through)


Call = Callable[[Spoiled], Awaitable[object]]


async def body() -> AsyncIterator[bytes]:
    for start in range(0, len(CONTENT), 500_000):
        yield CONTENT[start : start + 500_000]


async def _read(spoiled: Spoiled) -> bytes:
    return b"".join([piece async for piece in spoiled.store.read(ACME, KEPT)])


async def _local(spoiled: Spoiled) -> None:
    async with spoiled.store.local(ACME, KEPT):
        pass


CALLS: dict[str, Call] = {
    "put": lambda s: s.store.put(ACME, NEW, body(), max_bytes=len(CONTENT)),
    "read": _read,
    "local": _local,
    "names": lambda s: s.store.names(ACME),
    "delete": lambda s: s.store.delete(ACME, KEPT),
    "drop": lambda s: s.store.drop(ACME),
    "create": lambda s: s.storage.create(ACME),
    "census": lambda s: s.storage.census(ACME),
    "drop tenant": lambda s: s.storage.drop(ACME),
    "tenants": lambda s: s.storage.tenants(),
    "prepare": lambda s: client.prepare(s.through, dry_run=False),
}


@pytest.fixture
async def spoiled() -> AsyncIterator[Spoiled]:
    async with blob_container() as direct:
        await AzureBlobTenantStorage(direct).create(ACME)
        await AzureBlobStore(direct).put(ACME, KEPT, body(), max_bytes=len(CONTENT))
        upstream = direct.container.url.rpartition("/")[0]
        with faulty_gateway(upstream) as gateway:
            through = AzureBlobs(gateway.url, KEY, direct.name, retries=0, seconds=TIMEOUT_SECONDS)
            yield Spoiled(gateway=gateway, through=through, direct=direct)
            await through.close()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
async def test_every_fault_of_every_call_is_an_error_of_ours(
    spoiled: Spoiled, call: str, fault: str
) -> None:
    spoiled.gateway.spoil(fault)

    with pytest.raises((UnavailableError, RejectedError)):
        await CALLS[call](spoiled)

    assert spoiled.gateway.spoiled > 0


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("part", ["block&", "blocklist"])
async def test_a_put_that_failed_mid_way_left_nothing(
    spoiled: Spoiled, part: str, fault: str
) -> None:
    spoiled.gateway.spoil(fault, lambda method, path: method == "PUT" and f"comp={part}" in path)

    with pytest.raises((UnavailableError, RejectedError)):
        await CALLS["put"](spoiled)

    assert await AzureBlobStore(spoiled.direct).names(ACME) == (KEPT,)


async def test_a_body_that_is_cut_short_is_not_taken_for_the_whole(spoiled: Spoiled) -> None:
    spoiled.gateway.spoil("short", lambda method, _: method == "GET")

    with pytest.raises((UnavailableError, RejectedError)):
        await _read(spoiled)


async def test_what_it_is_told_to_wait_is_passed_on(spoiled: Spoiled) -> None:
    spoiled.gateway.spoil("429")

    with pytest.raises(UnavailableError) as caught:
        await spoiled.store.names(ACME)

    assert (caught.value.reason, caught.value.retry_after) == ("throttled", 7.0)


@pytest.mark.parametrize("fault", ["503", "reset", "garbage"])
async def test_the_probe_says_so(spoiled: Spoiled, fault: str) -> None:
    spoiled.gateway.spoil(fault)

    assert not (await AzureBlobProbe(spoiled.through).check()).connected


async def test_after_the_storm_everything_works(spoiled: Spoiled) -> None:
    spoiled.gateway.spoil("reset")
    with pytest.raises(UnavailableError):
        await CALLS["put"](spoiled)
    spoiled.gateway.mend()

    await CALLS["put"](spoiled)

    assert await spoiled.store.names(ACME) == (KEPT, NEW)
    assert await _read(spoiled) == CONTENT
