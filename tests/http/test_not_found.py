"""A foreign id cannot be distinguished from an absent one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.service import Service

PATHS = [
    ("GET", "/api/v1/ingest/document/{document_id}", "doc_" + "a" * 26),
    ("GET", "/api/v1/ingest/document/{document_id}/chunks", "doc_" + "a" * 26),
    ("GET", "/api/v1/ingest/document/{document_id}/content", "doc_" + "a" * 26),
    ("GET", "/api/v1/ingest/document/{document_id}/text", "doc_" + "a" * 26),
    ("DELETE", "/api/v1/ingest/document/{document_id}", "doc_" + "a" * 26),
    ("GET", "/api/v1/deletions/{deleted_document_id}", "doc_" + "a" * 26),
    ("GET", "/v1/vector_stores/{store_id}", "vs_absent"),
    ("GET", "/api/v1/ingest/status/{job_id}", "job_" + "a" * 26),
    ("POST", "/api/v1/ingest/status/{job_id}/cancel", "job_" + "a" * 26),
    ("POST", "/api/v1/ingest/status/{job_id}/retry", "job_" + "a" * 26),
    ("GET", "/api/v1/chat/sessions/{session_id}", "absent"),
    ("GET", "/api/v1/webhooks/{webhook_id}", "wh_absent"),
    ("DELETE", "/api/v1/webhooks/{webhook_id}", "wh_absent"),
    ("POST", "/api/v1/webhooks/{webhook_id}/test", "wh_absent"),
    ("GET", "/api/v1/webhooks/{webhook_id}/deliveries", "wh_absent"),
    ("POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", "dlv_absent"),
    ("POST", "/api/v1/chat/sessions/{session_id}/turns/{turn_id}/feedback", "absent"),
]


@pytest.mark.parametrize(("method", "path", "absent"), PATHS)
async def test_foreign_and_absent_replies_are_identical_to_the_byte(
    service: Service, method: str, path: str, absent: str
) -> None:
    own, foreign = await service.create(), await service.create("rival")
    accepted = await service.ingest(own)
    deleted = await service.ingest(own, "To be deleted.", "former.md")
    await service.call("DELETE", f"/api/v1/ingest/document/{deleted['document_id']}", own)
    asked = (await service.ask(own, session_id="s1")).json()
    hook = await service.webhook(own)
    ids = {
        **accepted,
        **hook,
        "deleted_document_id": deleted["document_id"],
        "session_id": "s1",
        "turn_id": asked["turn_id"],
        "store_id": "vs_acme",
    }
    sent: Any = {"headers": {"X-Request-ID": "same"}}
    if path.endswith("/feedback"):
        sent["json"] = {"rating": "down"}

    first = await service.call(method, path.format(**ids), foreign, **sent)
    second = await service.call(method, path.format(**dict.fromkeys(ids, absent)), foreign, **sent)

    assert first.status_code == 404
    assert (first.content, first.headers) == (second.content, second.headers)


async def test_a_foreign_document_to_replace_is_absent(service: Service) -> None:
    own, foreign = await service.create(), await service.create("rival")
    accepted = await service.ingest(own)
    same = {"X-Request-ID": "same"}

    first = await service.upload(
        foreign, fields={"document_id": accepted["document_id"]}, headers=same
    )
    second = await service.upload(foreign, fields={"document_id": "doc_none"}, headers=same)

    assert first.status_code == 404
    assert (first.content, first.headers) == (second.content, second.headers)


async def test_a_foreign_document_is_unknown_to_why(service: Service) -> None:
    own, foreign = await service.create(), await service.create("rival")
    accepted = await service.ingest(own)

    found = await service.search(foreign, why={"document_id": accepted["document_id"]})

    assert found["why"] == {"reason": "unknown", "best": None}


async def test_foreign_ids_in_filters_match_nothing(service: Service) -> None:
    own, foreign = await service.create(), await service.create("rival")
    accepted = await service.ingest(own)
    await service.ingest(foreign)

    found = await service.search(foreign, filters={"document_ids": [accepted["document_id"]]})

    assert found["hits"] == []


async def test_a_foreign_right_document_is_absent(service: Service) -> None:
    own, foreign = await service.create(), await service.create("rival")
    theirs = await service.ingest(foreign)
    await service.ingest(own)
    asked = (await service.ask(own, session_id="s1")).json()
    path = f"/api/v1/chat/sessions/s1/turns/{asked['turn_id']}/feedback"
    same = {"X-Request-ID": "same"}

    first, second = [
        await service.call(
            "POST", path, own, json={"rating": "down", "right_document_id": named}, headers=same
        )
        for named in (theirs["document_id"], "doc_none")
    ]

    assert first.status_code == 404
    assert (first.content, first.headers) == (second.content, second.headers)
