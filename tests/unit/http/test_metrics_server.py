"""Where a worker may serve its metrics."""

from __future__ import annotations

import httpx
import pytest

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.http.server import serving_metrics
from ragtenancy.settings import load_settings
from tests.doubles import in_memory_container
from tests.emulators.processes import free_port


async def test_it_is_served_while_the_context_lasts() -> None:
    address = f"127.0.0.1:{free_port()}"
    async with httpx.AsyncClient(trust_env=False) as client:
        async with serving_metrics(in_memory_container(), address):
            reply = await client.get(f"http://{address}/livez")
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://{address}/livez")

    assert reply.json() == {"status": "alive"}


async def test_it_listens_on_an_ipv6_address() -> None:
    async with serving_metrics(in_memory_container(), "[::1]:0"):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "nowhere.invalid:1", "[::1:80]:1"])
async def test_an_address_that_cannot_be_used_is_a_fault_of_the_settings(address: str) -> None:
    with pytest.raises(ConfigurationError):
        async with serving_metrics(in_memory_container(), address):
            pass


@pytest.mark.parametrize("address", ["127.0.0.1", ":9100", "host:", "http://host:1", "a b:1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError):
        load_settings({"RAGTENANCY_WORKER_METRICS": address})


@pytest.mark.parametrize("address", ["127.0.0.1:9100", "[::1]:9100", "localhost:0"])
def test_an_address_is_taken_as_it_is(address: str) -> None:
    assert load_settings({"RAGTENANCY_WORKER_METRICS": address}).worker_metrics == address
