"""Each call that the adapters make, each way in which it can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    IsolationBreach,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from tests.emulators.pinecone import DIMENSION
from tests.emulators.pinecone_state import Fault
from tests.library import ACME, scope_of
from tests.unit.adapters.pinecone.scenes import D1, NEW, Scene, scene

Site = Callable[[Scene], Awaitable[Any]]


async def pages(at: Scene) -> None:
    async for _ in PineconeForeignNamespaces(at.index).pages(ACME.namespace, after=None):
        pass


async def index_made(at: Scene) -> None:
    at.rig.project.index = None
    await schema.prepare(
        at.index,
        dimension=DIMENSION,
        cloud="aws",
        region="us-east-1",
        ready_seconds=at.index.seconds,
    )


async def search_all(at: Scene) -> None:
    """Ask for more than one page of values would show, so that they are fetched."""
    at.rig.project.faults.append(Fault("short", "query"))
    await at.search(8)


SITES: dict[str, tuple[Site, tuple[str, ...]]] = {
    "stage": (Scene.stage, ("describe_namespace", "list", "upsert", "query")),
    "search": (Scene.search, ("query",)),
    "search-completed": (search_all, ("fetch",)),
    "score": (Scene.score, ("fetch",)),
    "count": (lambda at: at.vectors.count(ACME, D1), ("list",)),
    "revisions": (lambda at: at.vectors.revisions(ACME), ("list",)),
    "delete": (lambda at: at.vectors.delete(ACME, D1), ("list", "delete")),
    "drop": (lambda at: at.vectors.drop(ACME), ("describe_namespace", "delete", "list")),
    "storage-create": (
        lambda at: at.storage.create(scope_of("new")),
        ("create_namespace", "describe_namespace"),
    ),
    "storage-census": (lambda at: at.storage.census(ACME), ("describe_namespace",)),
    "storage-drop": (
        lambda at: at.storage.drop(ACME),
        ("describe_namespace", "delete_namespace"),
    ),
    "storage-tenants": (lambda at: at.storage.tenants(), ("list_namespaces",)),
    "pages": (pages, ("list", "fetch")),
    "check": (lambda at: schema.check(at.index, dimension=DIMENSION), ("describe_index",)),
    "prepare": (index_made, ("describe_index", "create_index")),
}
CALLS = [
    pytest.param(site, operation, id=f"{name}-{operation}")
    for name, (site, operations) in SITES.items()
    for operation in operations
]
QUOTA = {  # pinecone-io/pinecone-api, the example of `ErrorResponse`
    "error": {
        "code": "QUOTA_EXCEEDED",
        "message": "The index exceeds the project quota of 5 pods by 2 pods. Upgrade your account"
        " or change the project settings to increase the quota.",
    },
    "status": 429,
}
MONTH = {  # docs.pinecone.io/reference/api/database-limits/rate-limits; the code is guessed
    "code": 8,
    "message": "Request failed. You've reached your read unit limit for the current month.\n"
    "To continue reading data, upgrade your plan.",
    "details": [],
}
UNPAID = {"code": 402, "message": "Payment required", "details": []}  # guessed
REFUSALS = [
    pytest.param(429, QUOTA, "quota_exceeded", id="quota"),
    pytest.param(429, MONTH, "quota_exceeded", id="month"),
    pytest.param(402, UNPAID, "payment_required", id="unpaid"),
]
UNREAD = {"delete", "delete_namespace"}


async def failure(site: Site, fault: Fault) -> RagTenancyError:
    async with scene() as at:
        at.index.seconds = 0.4 if fault.kind == "timeout" else 20.0
        at.rig.project.faults.append(fault)
        with pytest.raises(RagTenancyError) as raised:
            await site(at)
        return raised.value


@pytest.mark.parametrize(("site", "operation"), CALLS)
async def test_too_many_requests_say_when_to_come_again(site: Site, operation: str) -> None:
    error = await failure(site, Fault(429, operation, headers={"Retry-After": "7"}))

    assert (type(error), error.reason, error.retry_after) == (UnavailableError, "throttled", 7.0)


@pytest.mark.parametrize(
    ("site", "operation"), [(Scene.search, "query"), (index_made, "create_index")]
)
async def test_a_long_wait_is_left_to_the_caller(
    site: Site, operation: str, pauses: list[float]
) -> None:
    error = await failure(site, Fault(429, operation, headers={"Retry-After": "60"}))

    assert error.retry_after == 60.0
    assert sum(pauses) <= 6.0


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize(("site", "operation"), CALLS)
async def test_a_failing_store_is_unavailable(site: Site, operation: str, status: int) -> None:
    error = await failure(site, Fault(status, operation))

    assert (type(error), error.reason) == (UnavailableError, "unavailable")
    assert "secret" not in error.detail


@pytest.mark.parametrize(("site", "operation"), CALLS)
async def test_a_silent_store_takes_too_long(site: Site, operation: str) -> None:
    assert type(await failure(site, Fault("timeout", operation))) is BackendTimeoutError


@pytest.mark.parametrize(("site", "operation"), CALLS)
async def test_a_broken_connection_is_unavailable(site: Site, operation: str) -> None:
    assert type(await failure(site, Fault("reset", operation))) is UnavailableError


@pytest.mark.parametrize(("site", "operation"), CALLS)
async def test_garbage_is_refused_or_not_believed(site: Site, operation: str) -> None:
    error = await failure(site, Fault("garbage", operation))

    expected = (UnavailableError, "not_settled") if operation in UNREAD else (
        RejectedError, "bad_reply")  # fmt: skip
    assert (type(error), error.reason) == expected


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_no_fault_of_the_callers(status: int) -> None:
    error = await failure(Scene.search, Fault(status))

    assert (type(error), error.reason) == (UnavailableError, "backend_auth")


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
async def test_a_refusal_that_no_retry_ends_is_told_from_throttling(
    status: int, body: dict[str, Any], code: str
) -> None:
    error = await failure(Scene.search, Fault(status, "query", body=body))

    assert (type(error), error.reason) == (UnavailableError, code)
    assert error.retry_after is None


async def test_a_quota_is_told_where_the_index_is_made() -> None:
    error = await failure(index_made, Fault(403, "create_index", body=QUOTA))

    assert error.reason == "quota_exceeded"


async def test_an_upsert_that_takes_fewer_is_refused() -> None:
    error = await failure(Scene.stage, Fault("short", "upsert"))

    assert (type(error), error.reason) == (RejectedError, "short_write")


async def test_a_listing_that_shows_fewer_is_waited_for() -> None:
    error = await failure(Scene.stage, Fault("short", "list"))

    assert (type(error), error.reason) == (UnavailableError, "not_settled")


async def test_matches_that_are_missing_are_fetched() -> None:
    async with scene() as at:
        expected = await at.search(8)
        at.rig.project.faults.append(Fault("short", "query"))

        assert await at.search(8) == expected


async def test_a_fetch_that_shows_fewer_leaves_the_missing_unknown() -> None:
    async with scene() as at:
        at.rig.project.faults.append(Fault("short", "fetch"))

        assert (await at.score())[-1] is None


@pytest.mark.parametrize(("site", "operation"), [(Scene.search, "query"), (Scene.score, "fetch")])
async def test_anothers_vectors_are_an_alarm(site: Site, operation: str) -> None:
    assert type(await failure(site, Fault("foreign", operation))) is IsolationBreach


@pytest.mark.parametrize("kind", [429, 503, "reset", "lost"])
async def test_what_failed_once_is_done_by_the_sdks_next_attempt(kind: int | str) -> None:
    async with scene() as at:
        at.rig.project.faults.append(Fault(kind, "upsert", times=1))

        await at.stage()

        assert await at.vectors.count(ACME, *NEW) == 3


@pytest.mark.parametrize("operation", ["upsert", "query", "list"])
@pytest.mark.parametrize("kind", [503, "lost", "garbage"])
async def test_a_staging_that_failed_can_be_done_again(kind: int | str, operation: str) -> None:
    async with scene() as at:
        at.rig.project.faults.append(Fault(kind, operation))
        with pytest.raises(RagTenancyError):
            await at.stage()
        at.rig.project.faults.clear()

        await at.stage()

        assert await at.vectors.count(ACME, *NEW) == 3
