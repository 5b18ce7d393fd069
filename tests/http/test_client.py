"""The Python client against the server: every route, so that neither drifts from the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, cast

import httpx2
import pytest
from litestar.routes import HTTPRoute

from ragtenancy.client import AsyncClient, Done, SourcesFound, Token
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ConfigurationError,
    ConflictError,
    InsufficientScopeError,
    LimitError,
    MalformedError,
    NotFoundError,
    RagTenancyError,
    StaleWriteError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.webhooks import Subscription
from tests.http.service import GUIDE, OPERATOR, Service

QUESTION = "How long do refunds take?"
HOOK = "https://example.com/hook"
ELSEWHERE = ("/v1/", "/schema", "/livez", "/readyz")


class Asked(httpx2.AsyncBaseTransport):
    """Passes requests on to an application, and records them."""

    def __init__(self, service: Service) -> None:
        self._inner = httpx2.ASGITransport(app=cast("Any", service.app))
        self.requests: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append((request.method, request.url.path))
        return await self._inner.handle_async_request(request)


def client_with(transport: httpx2.AsyncBaseTransport, key: str, retries: int = 0) -> AsyncClient:
    http_client = httpx2.AsyncClient(transport=transport)
    return AsyncClient("http://test", key, http_client=http_client, retries=retries)


def client_of(service: Service, key: str) -> AsyncClient:
    return client_with(Asked(service), key)


async def ready(service: Service) -> AsyncClient:
    key = await service.create()
    await service.ingest(key)
    return client_of(service, key)


async def test_a_file_is_ingested_and_read_back(service: Service) -> None:
    client = client_of(service, await service.create())
    sent: list[tuple[int, int]] = []

    job = await client.ingest(
        GUIDE.encode(),
        filename="guide.md",
        metadata={"year": 2025},
        wait=False,
        sent=lambda done, size: sent.append((done, size)),
    )
    await service.work()
    document = await client.document(job.document_id)

    assert (await client.wait(job.job_id)).status == "succeeded"
    assert (document.filename, document.metadata) == ("guide.md", {"year": 2025})
    assert await client.original(job.document_id) == GUIDE.encode()
    assert (await client.text(job.document_id)).text.splitlines()[0] in GUIDE
    ordinals = [chunk.ordinal async for chunk in client.chunks(job.document_id)]
    assert ordinals == list(range(len(ordinals)))
    assert sent[-1] == (len(GUIDE.encode()), len(GUIDE.encode()))


async def test_a_deletion_is_listed_and_certified(service: Service) -> None:
    client = await ready(service)
    [document] = [each async for each in client.documents()]

    receipt = await client.delete(document.document_id)
    certificate = json.loads(await client.deletion_certificate(document.document_id))
    evidence = json.loads(await client.evidence())

    assert [each async for each in client.deletions()] == [receipt]
    assert certificate["statement"]["document_id"] == document.document_id
    assert evidence["statement"]["reconciliation"]["documents"] == 0


async def test_a_batch_tells_what_became_of_each_file(service: Service) -> None:
    client = client_of(service, await service.create())

    items = await client.ingest_batch(
        {"guide.md": GUIDE.encode(), "x.bin": b"\x00\x01"}, metadata={"year": 2025}
    )
    document = await client.document(str(items[0].document_id))

    assert (document.filename, document.metadata) == ("guide.md", {"year": 2025})
    assert items[1].error is not None
    assert items[1].error.code == "unsupported_media_type"


async def test_a_webhook_is_made_changed_tested_and_removed(service: Service) -> None:
    client = client_of(service, await service.create())

    made = await client.create_webhook(HOOK, [Subscription.JOBS])
    changed = await client.change_webhook(made.webhook_id, enabled=False)
    sent = await client.test_webhook(made.webhook_id)

    assert made.secret.startswith("whsec_")
    assert (changed.enabled, changed.url) == (False, HOOK)
    assert [each.webhook_id async for each in client.webhooks()] == [made.webhook_id]
    assert [each async for each in client.deliveries(made.webhook_id)] == [sent]
    with pytest.raises(ConflictError):
        await client.replay_delivery(made.webhook_id, sent.delivery_id)
    await client.delete_webhook(made.webhook_id)
    with pytest.raises(NotFoundError):
        await client.webhook(made.webhook_id)


async def test_a_question_is_asked_streamed_and_remembered(service: Service) -> None:
    client = await ready(service)

    reply = await client.ask(QUESTION, session_id="s1", user_id="jane")
    events = [event async for event in client.stream(QUESTION, session_id="s1")]

    assert (reply.answer, reply.sources[0].filename) == ("Refunds take 30 days [1].", "guide.md")
    assert isinstance(events[0], SourcesFound)
    assert isinstance(events[-1], Done)
    told = "".join(event.text for event in events if isinstance(event, Token))
    assert told == events[-1].reply.answer
    assert [turn.question async for turn in client.turns("s1")] == [QUESTION, QUESTION]
    assert [each.session_id async for each in client.sessions(user_id="jane")] == ["s1"]
    await client.erase_session("s1")
    await client.erase_user("jane")
    assert [each async for each in client.sessions()] == []


async def test_feedback_is_given_and_listed(service: Service) -> None:
    client = await ready(service)
    (document,) = [each async for each in client.documents()]
    reply = await client.ask(QUESTION, session_id="s1")
    at = service.clock.now()

    await client.give_feedback(
        "s1", reply.turn_id, "down", comment="Why?", right_document_id=document.document_id
    )

    listed = [each async for each in client.feedback(since=at)]
    assert [(each.session_id, each.turn_id) for each in listed] == [("s1", reply.turn_id)]
    assert listed[0].feedback is not None
    assert (listed[0].feedback.rating, listed[0].feedback.comment) == ("down", "Why?")
    assert [each async for each in client.feedback(until=at)] == []
    assert [each async for each in client_of(service, OPERATOR).admin.feedback("acme")] == listed


async def test_a_search_takes_every_argument(service: Service) -> None:
    client = await ready(service)
    (document,) = [each async for each in client.documents(status="active")]

    found = await client.search("refunds", top_k=1, explain=True, why=document.document_id)
    none = await client.search(
        "refunds", filters=SearchFilters(document_ids=[DocumentId("doc_none")])
    )

    assert found.hits[0].explanation is not None
    assert found.why is not None
    assert none.hits == []


async def test_the_operators_routes_have_methods(service: Service) -> None:
    admin = client_of(service, OPERATOR).admin

    created = await admin.create_tenant("acme", name="Acme")
    key = await admin.create_api_key("acme", label="second", scopes=[Scope.CHAT])
    changed = await admin.set_config("acme", {"search_settings": {"top_k": 3}}, expected_version=1)
    with pytest.raises(StaleWriteError):
        await admin.set_config("acme", {}, expected_version=1)
    restored = await admin.rollback_config("acme", 1)
    rotated = await admin.rotate_api_key("acme", key.key_id, overlap=timedelta(hours=1))
    previewed = await admin.preview_config("acme", {"prompts": {"greeting": "Ahoy!"}}, "Hello!")
    await admin.revoke_api_key("acme", key.key_id)

    assert created.api_key.startswith("rtk_")
    assert changed.search_settings.top_k == 3
    assert previewed.answer.startswith("Ahoy!")
    assert (restored.version, (await admin.config("acme")).search_settings.top_k) == (3, 5)
    assert [each.version async for each in admin.config_versions("acme")] == [3, 2, 1]
    assert [each.label async for each in admin.api_keys("acme")] == ["first", "second", "second"]
    assert rotated.api_key not in {created.api_key, key.api_key}
    assert (await admin.suspend_tenant("acme")).status == "suspended"
    assert (await admin.resume_tenant("acme")).status == "active"
    assert (await admin.rename_tenant("acme", "Acme Ltd")).name == "Acme Ltd"
    assert [each.client_id async for each in admin.tenants()] == ["acme"]
    assert (await admin.get_tenant("acme")).name == "Acme Ltd"
    assert [job async for job in admin.jobs(tenant_id="acme")] == []
    assert "http_requests_total" in await admin.metrics()
    deletion = await admin.delete_tenant("acme")
    assert (await admin.deletion(deletion.deletion_id)).client_id == "acme"


async def test_every_route_of_the_server_has_a_method(service: Service) -> None:
    asked = Asked(service)
    operator = client_with(asked, OPERATOR)
    created = await operator.admin.create_tenant("acme")
    client = client_with(asked, created.api_key)
    job = await client.ingest(GUIDE.encode(), filename="guide.md", wait=False)
    await exercise(client, operator, job.job_id, job.document_id)

    routes = [route for route in service.app.routes if isinstance(route, HTTPRoute)]
    missing = [
        (method, route.path)
        for route in routes
        for handler in route.route_handlers
        if route.path != "/" and not route.path.startswith(ELSEWHERE)
        for method in set(handler.http_methods) - {"OPTIONS"}
        if not any(m == method and fits(route.path, path) for m, path in asked.requests)
    ]

    assert missing == []


async def exercise(client: AsyncClient, operator: AsyncClient, job: str, document: str) -> None:
    """Call every method once, whatever becomes of it."""
    admin = operator.admin
    calls: list[Callable[[], Any]] = [
        lambda: client.ingest_batch({"a.md": b"a"}),
        lambda: client.create_webhook(HOOK, [Subscription.JOBS]),
        lambda: client.webhook("wh_none"),
        lambda: client.change_webhook("wh_none", enabled=False),
        lambda: client.delete_webhook("wh_none"),
        lambda: client.test_webhook("wh_none"),
        lambda: client.replay_delivery("wh_none", "dlv_none"),
        lambda: client.cancel_job(job),
        lambda: client.retry_job(job),
        lambda: client.job(job),
        lambda: client.document(document),
        lambda: client.text(document),
        lambda: client.original(document),
        lambda: client.search("x"),
        lambda: client.ask("x"),
        client.view,
        client.health,
        lambda: client.give_feedback("s", "none", "up"),
        lambda: client.erase_session("s"),
        lambda: admin.usage("acme", first=date(2026, 1, 1), last=date(2026, 1, 31), by="key"),
        lambda: client.erase_user("u"),
        lambda: client.delete(document),
        lambda: client.deletion_certificate(document),
        client.evidence,
        lambda: admin.get_tenant("acme"),
        lambda: admin.rename_tenant("acme", "A"),
        lambda: admin.config("acme"),
        lambda: admin.set_config("acme", {}),
        lambda: admin.rollback_config("acme", 1),
        lambda: admin.preview_config("acme", {}, QUESTION),
        lambda: admin.create_api_key("acme"),
        lambda: admin.rotate_api_key("acme", "none"),
        lambda: admin.revoke_api_key("acme", "none"),
        admin.metrics,
        lambda: admin.deletion("none"),
        lambda: admin.delete_tenant("acme"),
    ]
    lists: list[Callable[[], Any]] = [
        client.deletions,
        client.documents,
        lambda: client.chunks(document),
        client.jobs,
        client.webhooks,
        lambda: client.deliveries("wh_none"),
        client.sessions,
        lambda: client.turns("s"),
        client.feedback,
        lambda: admin.feedback("acme"),
        admin.tenants,
        lambda: admin.config_versions("acme"),
        lambda: admin.api_keys("acme"),
        admin.jobs,
        admin.audit,
    ]
    for each in lists:
        await outcome(drained(each()))
    for call in calls:
        await outcome(call())


async def drained(items: Any) -> None:
    async for _ in items:
        pass


async def outcome(work: Any) -> None:
    try:
        await work
    except RagTenancyError:
        return


def fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        part.startswith("{") or part == other for part, other in zip(parts, given, strict=True)
    )


async def test_problems_are_raised_as_the_servers_own_errors(service: Service) -> None:
    client = await ready(service)
    operator = client_of(service, OPERATOR)
    narrow = client_of(service, (await service.key(scopes=["chat"]))["api_key"])

    with pytest.raises(NotFoundError):
        await client.document("doc_none")
    with pytest.raises(MalformedError) as malformed:
        await client.search("x", top_k=0)
    with pytest.raises(UnsupportedError):
        await client.ingest(b"\x00\x01", filename="x.bin")
    with pytest.raises(UnauthenticatedError):
        await client_of(service, "not a key").view()
    with pytest.raises(InsufficientScopeError):
        await narrow.search("x")
    with pytest.raises(AlreadyExistsError):
        await operator.admin.create_tenant("acme")
    assert malformed.value.context["field"] == "$.top_k"


async def test_a_cancelled_job_is_a_conflict(service: Service) -> None:
    client = client_of(service, await service.create())
    job = await client.ingest(GUIDE.encode(), filename="guide.md", wait=False)
    await client.cancel_job(job.job_id)

    with pytest.raises(ConflictError):
        await client.wait(job.job_id)


class Scripted(httpx2.AsyncBaseTransport):
    """A server that replies with what it is given, in order."""

    def __init__(self, *replies: httpx2.Response | Exception) -> None:
        self._replies = list(replies)
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(await request.aread())
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def busy(status: int = 503, retry_after: str = "0") -> httpx2.Response:
    code = "overloaded" if status == 503 else "max_pending_jobs"
    body = json.dumps({"code": code, "detail": "Busy."}).encode()
    return httpx2.Response(status, content=body, headers={"Retry-After": retry_after})


def accepted() -> httpx2.Response:
    body = {"job_id": "job_1", "document_id": "doc_1", "status": "queued"}
    return httpx2.Response(202, json=body)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("ragtenancy.client.asynchronous_connection.asyncio.sleep", sleep)
    return waited


async def test_a_busy_server_is_asked_again_when_it_says(no_pause: list[float]) -> None:
    server = Scripted(busy(retry_after="3"), busy(429, "1"), httpx2.Response(204))

    await client_with(server, "k", retries=2).erase_session("s")

    assert no_pause == [3.0, 1.0]


async def test_a_server_that_is_busy_for_long_is_not_waited_for(no_pause: list[float]) -> None:
    with pytest.raises(LimitError) as refused:
        await client_with(Scripted(busy(429, "3600")), "k", retries=2).search("x")

    assert (refused.value.retry_after, no_pause) == (3600.0, [])


async def test_an_interrupted_upload_is_sent_again_whole(no_pause: list[float]) -> None:
    server = Scripted(httpx2.ReadError("gone"), accepted(), busy(), busy())

    with pytest.raises(UnavailableError):
        await client_with(server, "k", retries=1).ingest(b"text" * 999, filename="a.txt")

    assert len(no_pause) == 2
    assert len(server.bodies[0]) == len(server.bodies[1]) > 999 * 4


async def test_an_interrupted_question_is_not_asked_twice(no_pause: list[float]) -> None:
    server = Scripted(httpx2.ReadError("gone"))

    with pytest.raises(UnavailableError) as failed:
        await client_with(server, "k", retries=2).ask("x")

    assert (failed.value.reason, no_pause) == ("server_unreachable", [])


def test_without_a_key_there_is_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGTENANCY_API_KEY", raising=False)

    with pytest.raises(ConfigurationError):
        AsyncClient("http://test")
