"""The application's lifespan: ready, working, stopped cleanly."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ragtenancy.domain.errors import ConfigurationError, UnavailableError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.http import app as application
from ragtenancy.http.app import create_app
from ragtenancy.http.route import Route
from ragtenancy.ports.health import Probe
from tests.doubles import in_memory_container
from tests.http.service import Service


async def test_it_is_ready_while_it_lives(service: Service) -> None:
    before = await service.call("GET", "/readyz")
    async with service.app.lifespan():
        living = await service.call("GET", "/readyz")
    after = await service.call("GET", "/readyz")

    assert [r.status_code for r in (before, living, after)] == [503, 200, 503]


async def test_it_says_when_everything_is_loaded() -> None:
    warm = asyncio.Event()
    app = create_app(in_memory_container(), workers=0, warmed=warm.set)

    async with app.lifespan():
        await asyncio.wait_for(warm.wait(), 30)


async def test_workers_ingest_beside_the_requests(service: Service) -> None:
    key = await service.create()
    async with service.app.lifespan():
        place = (await service.upload(key)).headers["location"]
        async with asyncio.timeout(5):
            while (await service.call("GET", place, key)).json()["status"] != "succeeded":
                service.clock.advance(timedelta(seconds=1))  # shorter than a lease
                await asyncio.sleep(0)  # nothing here waits for a socket: let the worker work

    assert (await service.search(key))["hits"]


async def test_closers_run_at_the_end(service: Service) -> None:
    closed: list[str] = []
    service.container.closers().callback(closed.append, "store")

    async with service.app.lifespan():
        assert closed == []

    assert closed == ["store"]


class Away(Probe):
    """A backend that fails, this machine's own or one that replicas share."""

    def __init__(self, name: str, *, local: bool) -> None:
        self._name = name
        self._local = local

    @property
    def name(self) -> str:
        return self._name

    @property
    def local(self) -> bool:
        return self._local

    async def check(self) -> ProbeResult:
        return self.unavailable(UnavailableError("away"))


async def test_health_names_the_backend_that_is_away() -> None:
    service = Service(probes=[Away("pinecone", local=False)])

    health = await service.call("GET", "/health")
    alive = await service.call("GET", "/livez")

    assert (health.status_code, health.json()) == (
        503,
        {
            "status": "unhealthy",
            "services": {"pinecone": "unavailable"},
            "reasons": {"pinecone": "unavailable"},
        },
    )
    assert alive.status_code == 200


@pytest.mark.parametrize(("local", "status"), [(True, 503), (False, 200)])
async def test_only_a_fault_of_the_machine_makes_a_replica_unready(
    local: bool, status: int
) -> None:
    service = Service(probes=[Away("data_folder", local=local)])

    async with service.app.lifespan():
        ready = await service.call("GET", "/readyz")

    assert ready.status_code == status


def test_a_route_without_a_credential_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgotten() -> None: ...

    class Module:
        ROUTES = (Route(handle=forgotten, method="GET", path="/f", status=200, options={}),)

    monkeypatch.setattr(application, "CONTROLLERS", (*application.CONTROLLERS, Module))
    container = in_memory_container()

    with pytest.raises(ConfigurationError, match="declares no credential"):
        create_app(container)
