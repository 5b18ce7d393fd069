"""T87: a client's requests take fair turns, keep its limits, and wait without a slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest
from ragtenancy.domain.api_keys import compose
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.settings import Settings
from tests.doubles import RecordingChatModel
from tests.http.service import ANSWER, OPERATOR, Service

MINUTE = timedelta(minutes=1)
CHAT = {"message": "How long do refunds take?"}
SEARCH = {"query": "refunds"}


class PausingModel(RecordingChatModel):
    """Answers once it may; says when it was asked."""

    def __init__(self) -> None:
        super().__init__(ANSWER)
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.asked.set()
        await self.may_answer.wait()
        async for delta in super().stream(request):
            yield delta


def served(model: RecordingChatModel | None = None, **settings: Any) -> Service:
    return Service(Settings(storage="memory", concurrent_requests=1, **settings), model)


async def searched(service: Service, key: str, **headers: str) -> httpx.Response:
    return await service.call("POST", "/api/v1/search", key, json=SEARCH, headers=headers)


async def unanswered(body: list[bytes], may_end: asyncio.Event) -> AsyncIterator[bytes]:
    yield body[0]
    await may_end.wait()
    yield body[1]


async def waiting(service: Service, number: int) -> None:
    while service.container.admission().waiting < number:  # noqa: ASYNC110 - no signal of it
        await asyncio.sleep(0)


async def held_back(service: Service) -> None:
    while not service.clock.sleepers:  # noqa: ASYNC110 - no signal of it
        await asyncio.sleep(0)


def unknown_key(number: int) -> str:
    return compose("local", ApiKeyId(f"{number:011d}"), "s" * 43)


async def test_a_search_lets_other_requests_run_between_its_pieces() -> None:
    service = served()
    key = await service.create()
    await service.ingest(key)
    await service.search(key)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await service.search(key)
    ticking.cancel()

    assert ticks >= 3


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_chat_that_waits_for_its_model_keeps_nobody_waiting(*, stream: bool) -> None:
    model = PausingModel()
    service = served(model)
    acme, globex = await service.create(), await service.create("globex")
    await service.ingest(acme)
    asked = asyncio.create_task(service.ask(acme, stream=stream))
    await model.asked.wait()

    found = await asyncio.wait_for(searched(service, globex), 10)
    model.may_answer.set()

    assert found.status_code == 200
    assert (await asked).status_code == 200


async def test_a_body_that_has_not_arrived_keeps_nobody_waiting() -> None:
    service = served()
    acme, globex = await service.create(), await service.create("globex")
    may_end = asyncio.Event()
    headers = {"X-API-Key": acme, "Content-Type": "application/json", "Content-Length": "19"}
    content = unanswered([b'{"query": ', b'"refunds"}'], may_end)
    slow = asyncio.create_task(
        service.http.post("/api/v1/search", content=content, headers=headers)
    )

    found = await asyncio.wait_for(searched(service, globex), 10)
    may_end.set()

    assert (found.status_code, (await slow).status_code) == (200, 200)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/search", SEARCH),
        ("POST", "/api/v1/chat", CHAT),
        ("GET", "/api/v1/client", None),
        ("POST", "/v1/embeddings", {"model": "m", "input": "refunds"}),
        ("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
    ],
)
async def test_a_request_waits_for_its_turn_whatever_its_route(
    method: str, path: str, body: object
) -> None:
    service = served()
    acme = await service.create()
    await service.create("globex")
    scope = (await service.container.tenant_records().find("globex")).scope  # type: ignore[arg-type]
    place = service.container.admission().place(scope)
    await place.hold()

    reply = asyncio.create_task(service.call(method, path, acme, json=body))
    await asyncio.wait_for(waiting(service, 1), 10)
    place.release()

    assert (await asyncio.wait_for(reply, 10)).status_code < 500


async def test_a_client_with_too_many_waiting_is_refused_and_another_is_served() -> None:
    service = served(waiting_requests=2)
    acme, globex = await service.create(), await service.create("globex")
    scope = (await service.container.tenant_records().find("acme")).scope  # type: ignore[arg-type]
    place = service.container.admission().place(scope)
    await place.hold()
    first = [asyncio.create_task(searched(service, acme)) for _ in range(2)]
    await waiting(service, 2)

    refused = await searched(service, acme)
    other = asyncio.create_task(searched(service, globex))
    place.release()

    assert (refused.status_code, refused.json()["code"]) == (429, "share_used_up")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await other).status_code == 200
    assert [(await each).status_code for each in first] == [200, 200]


async def test_a_waiting_client_that_leaves_gives_its_turn_up() -> None:
    service = served()
    acme = await service.create()
    scope = (await service.container.tenant_records().find("acme")).scope  # type: ignore[arg-type]
    place = service.container.admission().place(scope)
    await place.hold()
    leaving = asyncio.create_task(searched(service, acme))
    await waiting(service, 1)

    leaving.cancel()
    await asyncio.wait([leaving])
    place.release()

    assert (await asyncio.wait_for(searched(service, acme), 10)).status_code == 200


async def test_requests_per_minute_are_refused_beyond_the_limit_and_come_back() -> None:
    service = served()
    key = await service.create(config={"limits": {"requests_per_minute": 2}})
    replies = [await searched(service, key) for _ in range(3)]

    service.clock.advance(MINUTE)
    later = await searched(service, key)

    assert [reply.status_code for reply in (*replies, later)] == [200, 200, 429, 200]
    assert (replies[2].json()["code"], replies[2].json()["limit"]) == ("requests_per_minute", 2)
    assert replies[2].headers["Retry-After"] == "30"


async def test_a_limited_client_is_told_what_it_has_left() -> None:
    service = served()
    limits = {"requests_per_minute": 2, "max_concurrent_requests": 3}
    key = await service.create(config={"limits": limits})

    first, _, refused = [await searched(service, key) for _ in range(3)]

    assert first.headers["RateLimit-Policy"] == (
        '"requests_per_minute";q=2;w=60, "max_concurrent_requests";q=3;qu="concurrent-requests"'
    )
    assert first.headers["RateLimit"] == (
        '"requests_per_minute";r=1;t=30, "max_concurrent_requests";r=3'
    )
    assert '"requests_per_minute";r=0;t=60' in refused.headers["RateLimit"]


async def test_a_client_without_limits_is_told_nothing() -> None:
    service = served()

    reply = await searched(service, await service.create())

    assert not {"RateLimit", "RateLimit-Policy"} & reply.headers.keys()


async def test_one_clients_rate_is_not_anothers() -> None:
    service = served()
    acme = await service.create(config={"limits": {"requests_per_minute": 1}})
    globex = await service.create("globex", config={"limits": {"requests_per_minute": 1}})
    await searched(service, acme)

    assert (await searched(service, globex)).status_code == 200


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_chats_at_once_are_refused_beyond_the_limit(*, stream: bool) -> None:
    model = PausingModel()
    service = served(model)
    key = await service.create(config={"limits": {"max_concurrent_requests": 1}})
    await service.ingest(key)
    asked = asyncio.create_task(service.ask(key, stream=stream))
    await model.asked.wait()

    second, upload = await service.ask(key), await service.upload(key, "one", "one.md")
    found = await searched(service, key)
    model.may_answer.set()

    assert (second.status_code, second.json()["code"]) == (429, "max_concurrent_requests")
    assert upload.json()["code"] == "max_concurrent_requests"
    assert found.status_code == 200
    assert (await asked).status_code == 200
    assert (await service.ask(key)).status_code == 200


async def test_t10_bad_keys_of_an_address_are_refused_beyond_the_limit() -> None:
    service = served(bad_keys_per_minute=3)
    known = await service.create()
    await searched(service, known)
    bad = [await searched(service, unknown_key(number)) for number in range(3)]

    refused = asyncio.create_task(searched(service, unknown_key(4)))
    await held_back(service)
    good = await searched(service, known)
    service.clock.advance(timedelta(seconds=1))
    reply = await refused

    assert {each.status_code for each in bad} == {401}
    assert (reply.status_code, reply.json()["code"]) == (429, "too_many_bad_keys")
    assert int(reply.headers["Retry-After"]) >= 1
    assert good.status_code == 200


@pytest.mark.parametrize("key", [None, "rtk_local_typo", unknown_key(1)])
async def test_t10_requests_without_a_valid_key_count_alike(key: str | None) -> None:
    service = served(bad_keys_per_minute=2)
    replies = [await service.call("POST", "/api/v1/search", key, json=SEARCH) for _ in range(2)]

    refused = asyncio.create_task(service.call("GET", "/api/v1/admin/clients", key))
    await held_back(service)
    service.clock.advance(timedelta(seconds=1))

    assert [reply.status_code for reply in replies] == [401, 401]
    assert (await refused).status_code == 429


async def test_t10_a_key_that_was_good_and_is_revoked_counts_as_bad() -> None:
    service = served(bad_keys_per_minute=2)
    await service.create()
    made = await service.key()
    await searched(service, made["api_key"])
    await service.operate("DELETE", f"clients/acme/keys/{made['key_id']}")
    replies = [await searched(service, made["api_key"]) for _ in range(2)]

    refused = asyncio.create_task(searched(service, made["api_key"]))
    await asyncio.wait_for(held_back(service), 10)
    service.clock.advance(timedelta(seconds=1))

    assert [reply.status_code for reply in replies] == [401, 401]
    assert (await refused).status_code == 429


async def test_t10_a_key_tried_on_an_operators_route_still_passes_on_its_own() -> None:
    service = served(bad_keys_per_minute=1)
    acme = await service.create()
    await searched(service, acme)
    refused = await service.call("GET", "/api/v1/admin/clients", acme)

    async with asyncio.timeout(10):
        reply = await searched(service, acme)

    assert (refused.status_code, reply.status_code) == (401, 200)


async def test_valid_keys_never_use_an_addresss_allowance_up() -> None:
    service = served(bad_keys_per_minute=1)
    acme = await service.create()

    replies = [await searched(service, acme) for _ in range(5)]
    replies += [await searched(service, (await service.key())["api_key"]) for _ in range(3)]
    listed = await service.call("GET", "/api/v1/admin/clients", OPERATOR)

    assert {reply.status_code for reply in (*replies, listed)} == {200}


async def test_t36_behind_a_trusted_proxy_each_caller_has_its_own_allowance() -> None:
    service = served(bad_keys_per_minute=1, trusted_proxies=1)
    spoofed = {"X-Forwarded-For": "192.0.2.9, 198.51.100.1"}
    other = {"X-Forwarded-For": "192.0.2.9, 198.51.100.2"}
    first = await searched(service, unknown_key(1), **spoofed)

    second = await searched(service, unknown_key(2), **other)

    assert (first.status_code, second.status_code) == (401, 401)


async def test_t36_without_a_trusted_proxy_the_header_is_ignored() -> None:
    service = served(bad_keys_per_minute=1)
    await searched(service, unknown_key(1), **{"X-Forwarded-For": "198.51.100.1"})

    refused = asyncio.create_task(
        searched(service, unknown_key(2), **{"X-Forwarded-For": "198.51.100.2"})
    )
    await held_back(service)
    service.clock.advance(timedelta(seconds=1))

    assert (await refused).status_code == 429
