"""Headers, ids, metrics and deadlines common to all requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ragtenancy.http.bodies import allowed
from ragtenancy.http.middleware import HEADERS
from ragtenancy.settings import Settings
from tests.http.service import OPERATOR, Service

FORM = {"content-type": "multipart/form-data; boundary=zzz"}


@pytest.mark.parametrize(
    ("path", "key"),
    [("/livez", None), ("/nowhere", None), ("/api/v1/client", None), ("/metrics", OPERATOR)],
)
async def test_every_reply_has_the_security_headers(
    service: Service, path: str, key: str | None
) -> None:
    reply = await service.call("GET", path, key)

    assert {name: reply.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in reply.headers


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/api/v1/client"])
async def test_a_request_id_is_returned(service: Service, path: str) -> None:
    reply = await service.call("GET", path, headers={"X-Request-ID": "mine 1"})

    assert reply.headers["x-request-id"] == "mine 1"


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/client"])
async def test_a_problem_names_its_request(service: Service, path: str) -> None:
    reply = await service.call("GET", path)

    assert reply.json()["request_id"] == reply.headers["x-request-id"]


async def test_requests_are_counted_by_route(service: Service) -> None:
    await service.operate("GET", "clients/absent")

    counted = (await service.call("GET", "/metrics", OPERATOR)).text

    assert 'route="/api/v1/admin/clients/{client_id}",status="404"' in counted
    assert "absent" not in counted


@pytest.mark.parametrize(
    ("received", "seconds"), [(0, 10), (1_000, 11), (109_999, 119.999), (50_000_000, 120)]
)
def test_a_body_may_take_ten_seconds_and_one_per_kilobyte(received: int, seconds: float) -> None:
    assert allowed(received, 120.0) == seconds


@pytest.mark.parametrize(
    ("path", "headers"), [("chat", {}), ("search", {}), ("ingest/document", FORM)]
)
async def test_a_stalled_body_times_out(path: str, headers: dict[str, str]) -> None:
    service = Service(Settings(storage="memory", upload_timeout=0.05))
    async with service.container.closers(), service.http:
        key = await service.create()

        reply = await service.call(
            "POST", f"/api/v1/{path}", key, headers=headers, content=_stalling()
        )

    assert (reply.status_code, reply.json()["code"]) == (408, "request_timeout")
    assert reply.headers["connection"] == "close"


async def _stalling() -> AsyncIterator[bytes]:
    yield b"--zzz"
    await asyncio.Event().wait()
