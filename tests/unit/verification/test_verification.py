"""Verifying isolation: an intact installation passes, a broken one does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.container import Container
from ragtenancy.library.rag import RagTenancy
from ragtenancy.verification.exchange import Reply
from ragtenancy.verification.judging import Judge, differences, renamed
from ragtenancy.verification.page import as_page
from ragtenancy.verification.parties import Party, absent_ids, canary
from ragtenancy.verification.report import CheckResult, SabotageResult, SelfTest, Verification
from ragtenancy.verification.routes import Operation, without_case
from ragtenancy.verification.runner import verify
from ragtenancy.verification.sabotage import SABOTAGES
from ragtenancy.verification.self_test import served
from ragtenancy.verification.times import interval
from tests.doubles import in_memory_container

SAMPLED = ("documents.page", "configs", "scopes", "blobs.names", "log", "deletion.heir")


def container() -> Container:
    """An installation in memory whose vectors are hashes, and whose clock runs."""
    made = in_memory_container()
    made.clock.override(SystemClock())
    return made


async def test_nothing_is_found_in_an_intact_installation_and_nothing_is_left() -> None:
    made = container()
    async with served(made) as installation:
        verification = await verify(installation, called="here", container=made)
        left = [tenant async for tenant in RagTenancy(made).tenants()]

    assert [(check.name, check.findings) for check in verification.checks if check.findings] == []
    assert all(check.probes for check in verification.checks)
    assert left == []


@pytest.mark.parametrize("name", SAMPLED)
async def test_a_broken_seam_is_found(name: str) -> None:
    made = container()
    broken = next(each for each in SABOTAGES if each.name == name)

    async with served(made, sabotage=broken) as installation:
        verification = await verify(installation, called=name, container=made, until_found=True)

    assert not verification.passed


def test_a_route_without_a_case_is_told() -> None:
    route = Operation(
        method="GET",
        path="/api/v1/parcels/{parcel_id}",
        audience="tenant",
        scope=None,
        parameters=["parcel_id"],
        query=(),
        example=None,
        members=(),
        upload=False,
    )

    told = without_case([route], absent_ids("a"))

    assert told == ["GET /api/v1/parcels/{parcel_id}: nothing is known of parcel_id"]


@pytest.fixture
def owner() -> Party:
    return Party(
        client_id="acme",
        key="rtk_key",
        topic="windmill",
        canaries={"text": canary(random.Random(1))},
        ids={"document_id": "doc_1234567890", "client_id": "acme"},
    )


@pytest.mark.parametrize("encode", [bytes, bytes.upper, lambda word: word.replace(b"z", b"%7A")])
def test_a_canary_is_found_however_it_is_written(owner: Party, encode: object) -> None:
    word = owner.canaries["text"].encode()
    written = encode(word)  # type: ignore[operator]

    assert Judge(owner).leaks(b'{"a": "' + written + b'"}') == ["canary (text)"]
    assert Judge(owner).leaks(written, word) == []


def test_ids_and_keys_are_leaks_and_a_clients_name_is_none(owner: Party) -> None:
    judge = Judge(owner)

    assert judge.leaks(b"doc_1234567890 rtk_key acme") == ["id (document_id)", "API key"]


def test_replies_to_two_ids_are_compared_without_the_ids() -> None:
    one = Reply(status=404, headers=b"date: 1\na: b", body=b"no doc_a", seconds=0.1)
    other = Reply(status=404, headers=b"date: 2\na: b", body=b"no doc_b", seconds=0.2)

    assert differences(one, other) == ["body"]
    assert differences(renamed(one, "doc_a", "doc_b"), other) == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_an_interval_holds_its_median(values: list[float]) -> None:
    low, middle, high = interval(values)

    assert min(values) <= low <= middle <= high <= max(values)


async def test_the_page_shows_findings_as_text() -> None:
    check = CheckResult(
        name="answers",
        title="No way to ask <finds> another's passages.",
        threats=("T06",),
        probes=3,
        findings=["<script>alert(1)</script>"],
        seconds=0.1,
    )
    made = Verification(
        version="1",
        installation="<here>",
        started_at=container().clock().now(),
        ended_at=container().clock().now(),
        routes=1,
        requests=3,
        checks=[check],
    )
    tested = SelfTest(control=made, sabotages=[SabotageResult(name="a", title="b", noticed_by=())])

    page = as_page(made, tested)

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "0 of 1 sabotages caught" in page
