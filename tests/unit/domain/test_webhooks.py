"""Webhooks: signatures, backoff, and where messages may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ragtenancy.domain.errors import ConflictError, InvalidError
from ragtenancy.domain.jobs import JobError
from ragtenancy.domain.webhook_targets import is_public, require_target
from ragtenancy.domain.webhooks import (
    BACKOFF,
    CLOCK_SKEW,
    DeliveryStatus,
    Event,
    Subscription,
    events_of_job,
    signed,
)
from tests.contract.test_webhook_repository import delivery, webhook
from tests.factories import NOW, job


def test_a_signature_is_that_of_standard_webhooks() -> None:
    at = datetime(2021, 2, 25, 14, 35, 30, tzinfo=UTC)
    event = Event(event_id="msg_1", kind="document.ready", at=at, data={"document_id": "doc_1"})

    headers = signed("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", event, at)

    assert event.body() == (
        b'{"type":"document.ready","timestamp":"2021-02-25T14:35:30Z",'
        b'"data":{"document_id":"doc_1"}}'
    )
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == "1614263730"
    assert headers["webhook-signature"] == "v1,WvUjgxlnb/P7IjwoPEerJUyKdmRf6iRDd0rUeLx6LRs="


def test_the_end_of_a_job_is_two_events_with_ids_of_their_own() -> None:
    error = JobError(code="encrypted", detail="The text of the error is not told.")
    failed = job().failed(error, NOW)

    events = events_of_job(failed)

    assert [event.kind for event in events] == ["job.failed", "document.failed"]
    assert events == events_of_job(failed)
    assert len({event.event_id for event in events}) == 2
    assert b"not told" not in events[0].body()
    assert events[0].data["code"] == "encrypted"


def test_a_cancelled_job_is_no_failed_document() -> None:
    assert [event.kind for event in events_of_job(job().cancelled(NOW))] == ["job.cancelled"]


def test_a_webhook_wants_what_it_subscribed_to_while_enabled() -> None:
    ready, *_ = events_of_job(job().failed(JobError(code="x", detail="x"), NOW))

    assert webhook().wants(ready)
    assert not webhook(events=(Subscription.DOCUMENT_READY,)).wants(ready)
    assert not webhook(enabled=False).wants(ready)


def test_a_webhook_wants_nothing_from_before_it_was_created() -> None:
    failed = job().failed(JobError(code="x", detail="x"), NOW)
    ended, _ = events_of_job(failed)

    assert webhook(created_at=NOW + CLOCK_SKEW).wants(ended)
    assert not webhook(created_at=NOW + CLOCK_SKEW + timedelta(seconds=1)).wants(ended)


def test_a_delivery_is_attempted_for_a_day_and_then_fails() -> None:
    now, attempt = NOW, delivery()
    while attempt.due_at is not None:
        now = attempt.due_at
        attempt = attempt.leased(now).missed("webhook_unreachable", now, 1.0)

    assert attempt.status is DeliveryStatus.FAILED
    assert attempt.attempts == len(BACKOFF) + 1
    assert timedelta(hours=24) < now - NOW < timedelta(hours=36)
    assert attempt.replayed(now).due_at == now


def test_a_deferred_delivery_is_due_as_if_it_had_not_been_leased() -> None:
    later = NOW + timedelta(hours=1)

    deferred = delivery().leased(later).deferred(later)

    assert deferred == delivery(updated_at=later)


def test_a_pending_delivery_is_not_replayed() -> None:
    with pytest.raises(ConflictError):
        delivery().replayed(NOW)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1"),
        *("64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "example.com", "https://", "https:///a"),
        *("https://user@example.com/", "https://a:b@example.com/", "https://example.com/#a"),
        *("https://example.com:99999/", "https://example.com:0/", "https://[::1/", "https://a b/"),
        *("https://example.com:22/", "https://example.com:6379/", "https://example.com:80/"),
        *("https://example.com/\n", "https://ex\u00e4mple.com/", "https://example.com\\@a/"),
    ],
)
def test_an_address_that_messages_may_not_go_to(url: str) -> None:
    with pytest.raises(InvalidError) as refused:
        require_target(url, allow_any=False)

    assert refused.value.reason == "webhook_target"


@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_an_address_with_a_port_of_https(port: str) -> None:
    assert require_target(f"https://example.com{port}/a", allow_any=False).path == "/a"


def test_an_operator_may_allow_http() -> None:
    assert require_target("http://127.0.0.1:8080/a", allow_any=True).port == 8080
