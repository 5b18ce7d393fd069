"""What every reply has."""

from __future__ import annotations

import pytest

from ragtenancy.http.frame import HEADERS
from tests.http.service import OPERATOR, Service


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
