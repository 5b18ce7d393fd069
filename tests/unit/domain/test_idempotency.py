"""What makes two uploads the same request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ragtenancy.domain.errors import ConflictError, InvalidError
from ragtenancy.domain.idempotency import IdempotencyRecord, IdempotentReply, upload_hash
from ragtenancy.domain.ids import ContentHash, DocumentId, JobId
from ragtenancy.domain.jobs import JobStatus
from tests.factories import ACME

FIRST: dict[str, Any] = {
    "content_hash": ContentHash("a" * 64),
    "filename": "guide.md",
    "document_id": None,
    "metadata": {"team": "sales", "year": 2026},
}

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = IdempotencyRecord(tenant_uid=ACME.tenant_uid, key="key-1", body_hash="a", expires_at=NOW)
REPLY = IdempotentReply(
    job_id=JobId("job_1"), document_id=DocumentId("doc_1"), status=JobStatus.RUNNING
)


@pytest.mark.parametrize(
    "changed",
    [
        {"content_hash": ContentHash("b" * 64)},
        {"filename": "other.md"},
        {"document_id": DocumentId("doc_1")},
        {"metadata": {}},
        {"metadata": {"team": "sales"}},
        {"metadata": {"team": "sales", "year": 2025}},
        {"metadata": {"team": "sales", "year": "2026"}},
        {"metadata": {"team": 2026, "year": "sales"}},
    ],
)
def test_another_request_has_another_hash(changed: dict[str, Any]) -> None:
    assert upload_hash(**FIRST | changed) != upload_hash(**FIRST)


def test_the_order_of_metadata_does_not_matter() -> None:
    reordered = {"metadata": {"year": 2026, "team": "sales"}}

    assert upload_hash(**FIRST | reordered) == upload_hash(**FIRST)


def test_the_first_reply_is_given_again_for_a_day() -> None:
    answered = OPEN.answered(REPLY, NOW)

    assert answered.reply_to("a") == REPLY
    assert answered.expires_at == NOW + timedelta(hours=24)
    assert (answered.tenant_uid, answered.key) == (OPEN.tenant_uid, OPEN.key)


@pytest.mark.parametrize("record", [OPEN, OPEN.answered(REPLY, NOW)])
def test_another_body_is_refused_even_while_the_first_is_unanswered(
    record: IdempotencyRecord,
) -> None:
    with pytest.raises(InvalidError) as refused:
        record.reply_to("b")

    assert refused.value.reason == "idempotency_key_reused"
    assert refused.value.detail == "This Idempotency-Key was used with another body."


def test_an_unanswered_request_is_to_be_tried_again() -> None:
    with pytest.raises(ConflictError) as refused:
        OPEN.reply_to("a")

    assert refused.value.reason == "idempotency_in_flight"
    assert refused.value.retry_after == 1.0
