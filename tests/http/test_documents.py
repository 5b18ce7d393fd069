"""Uploads, jobs, documents and receipts over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from ragtenancy.settings import Settings
from tests.http.service import GUIDE, Service

DOCUMENTS = "/api/v1/ingest/documents"


async def read(service: Service, key: str, path: str) -> Any:
    reply = await service.call("GET", path, key)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_an_upload_is_accepted_with_its_place(service: Service) -> None:
    key = await service.create()

    accepted = await service.upload(key)

    assert accepted.status_code == 202
    assert accepted.json().keys() == {"job_id", "document_id", "status"}
    assert accepted.headers["location"] == f"/api/v1/ingest/status/{accepted.json()['job_id']}"


async def test_a_waiting_job_has_its_queue_place(service: Service) -> None:
    key = await service.create()
    accepted = await service.upload(key)

    job = await read(service, key, accepted.headers["location"])

    assert (job["status"], job["progress"], job["queue"]["position"]) == ("queued", 0.0, 0)


async def test_a_finished_job_has_its_counts(service: Service) -> None:
    key = await service.create()
    accepted = await service.ingest(key)

    job = await read(service, key, f"/api/v1/ingest/status/{accepted['job_id']}")

    assert (job["status"], job["progress"], job["queue"], job["error"]) == (
        "succeeded",
        1.0,
        None,
        None,
    )
    assert job["ingestion"]["total_chunks"] > 0


async def test_a_document_downloads_as_uploaded(service: Service) -> None:
    key = await service.create()
    made = await service.upload(key, fields={"metadata": '{"team":"support","level":2,"new":true}'})
    await service.work()
    path = f"/api/v1/ingest/document/{made.json()['document_id']}"

    document = await read(service, key, path)
    content = await service.call("GET", path + "/content", key)

    assert document["client_id"] == "acme"
    assert (document["filename"], document["version"], document["status"]) == (
        "guide.md",
        "1",
        "active",
    )
    assert document["metadata"] == {"team": "support", "level": 2, "new": True}
    assert content.text == GUIDE
    assert content.headers["content-disposition"].startswith('attachment; filename="guide.md"')
    assert int(content.headers["content-length"]) == len(GUIDE)


async def test_metadata_declares_the_encoding_of_a_text(service: Service) -> None:
    key = await service.create()
    text = "The key code of the store is «жар»."

    made = await service.upload(
        key, text.encode("cp1251"), "key.txt", fields={"metadata": '{"charset": "windows-1251"}'}
    )
    await service.work()

    path = f"/api/v1/ingest/document/{made.json()['document_id']}/chunks"
    chunks = (await service.call("GET", path, key)).json()["items"]
    assert text in chunks[0]["text"]


@pytest.mark.parametrize("charset", ['"latin-99"', "866", "true"])
async def test_an_unknown_encoding_is_refused(service: Service, charset: str) -> None:
    key = await service.create()

    made = await service.upload(key, "text", fields={"metadata": f'{{"charset": {charset}}}'})

    assert (made.status_code, made.json()["field"]) == (400, "metadata.charset")


async def test_a_text_of_unknown_encoding_fails_and_says_what_to_do(service: Service) -> None:
    key = await service.create()

    made = await service.upload(key, "в;2".encode("cp1251"), "list.csv")
    await service.work()

    job = await service.call("GET", f"/api/v1/ingest/status/{made.json()['job_id']}", key)
    assert job.json()["error"]["code"] == "unknown_encoding"
    assert '{"charset":' in job.json()["error"]["detail"]


async def test_chunks_come_in_order_page_by_page(service: Service) -> None:
    key = await service.create()
    accepted = await service.ingest(key)
    path = f"/api/v1/ingest/document/{accepted['document_id']}/chunks"

    whole = await read(service, key, path)
    first = await read(service, key, path + "?limit=1")
    second = await read(service, key, f"{path}?limit=1&after={first['next']}")

    assert [chunk["ordinal"] for chunk in whole["items"]] == list(range(len(whole["items"])))
    text = "\n".join(chunk["text"] for chunk in whole["items"])
    ranges = [text[slice(*chunk["range"])] for chunk in whole["items"]]
    assert ranges == [chunk["text"] for chunk in whole["items"]]
    assert (whole["next"], [*first["items"], *second["items"]]) == (None, whole["items"][:2])


async def test_lists_are_pages(service: Service) -> None:
    key = await service.create()
    names = ["a.md", "b.md", "c.md"]
    made = [await service.ingest(key, GUIDE + name, name) for name in names]

    first = await read(service, key, f"{DOCUMENTS}?limit=2")
    rest = await read(service, key, f"{DOCUMENTS}?limit=2&after={first['next']}")

    listed = [item["filename"] for item in [*first["items"], *rest["items"]]]
    assert (sorted(listed), rest["next"], len(made)) == (names, None, 3)


async def test_jobs_are_listed_by_status(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    queued = (await service.upload(key, "other", "other.md")).json()

    found = await read(service, key, "/api/v1/ingest/jobs?status=queued")

    assert [job["job_id"] for job in found["items"]] == [queued["job_id"]]


async def test_a_queued_job_is_cancelled_and_retried(service: Service) -> None:
    key = await service.create()
    place = (await service.upload(key)).headers["location"]

    cancelled = await service.call("POST", place + "/cancel", key)
    again = await service.call("POST", place + "/cancel", key)
    retried = await service.call("POST", place + "/retry", key)
    twice = await service.call("POST", place + "/retry", key)

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert (again.status_code, again.json()["code"]) == (409, "job_finished")
    assert (retried.status_code, retried.json()["status"]) == (202, "queued")
    assert (twice.status_code, twice.json()["code"]) == (409, "job_not_retryable")


async def test_an_idempotency_key_repeats_the_reply(service: Service) -> None:
    key = await service.create()
    once = {"Idempotency-Key": "k 1", "X-Request-ID": "same"}

    first = await service.upload(key, headers=once)
    await service.work()
    second = await service.upload(key, headers=once)

    assert (second.status_code, second.content) == (202, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_an_idempotency_key_of_another_body_is_422(service: Service) -> None:
    key = await service.create()
    once = {"Idempotency-Key": "k"}
    await service.upload(key, headers=once)

    other = await service.upload(key, "other", headers=once)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_idempotency_key_is_the_clients_own(service: Service) -> None:
    own, other = await service.create(), await service.create("rival")
    once = {"Idempotency-Key": "k"}

    first = await service.upload(own, headers=once)
    second = await service.upload(other, headers=once)

    assert (second.status_code, second.json() == first.json()) == (202, False)


@pytest.mark.parametrize("given", [b"", b" ", b"x" * 256, "\u00e4".encode(), b"a\x01"])
async def test_a_bad_idempotency_key_is_400(service: Service, given: bytes) -> None:
    key = await service.create()

    reply = await service.http.post(
        "/api/v1/ingest/document",
        headers=[(b"x-api-key", key.encode()), (b"idempotency-key", given)],
        files={"file": ("a.md", b"a")},
    )

    assert reply.status_code == 400


async def test_a_file_over_the_clients_limit_is_413(service: Service) -> None:
    key = await service.create(config={"limits": {"max_upload_bytes": 100}})

    fits = await service.upload(key, "x" * 100, "a.txt")
    over = await service.upload(key, "x" * 101, "b.txt")
    declared = await service.upload(key, "x" * 100_000, "c.txt")

    assert (fits.status_code, over.status_code, declared.status_code) == (202, 413, 413)
    assert over.json()["limit"] == 100


async def test_an_upload_of_another_kind_is_415(service: Service) -> None:
    key = await service.create()

    reply = await service.upload(key, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.docx")

    assert reply.status_code == 415


@pytest.mark.parametrize("limit", [1, 2])
async def test_too_many_pending_jobs_are_429(limit: int) -> None:
    service = Service(Settings(storage="memory", max_pending_jobs=limit))
    key = await service.create()
    accepted = [await service.upload(key, f"text {n}", f"{n}.md") for n in range(limit)]

    refused = await service.upload(key, "one more", "more.md")

    assert {reply.status_code for reply in accepted} == {202}
    assert (refused.status_code, refused.json()["code"]) == (429, "max_pending_jobs")
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_deleted_document_leaves_a_receipt_and_nothing_else(service: Service) -> None:
    key = await service.create()
    accepted = await service.ingest(key)
    path = f"/api/v1/ingest/document/{accepted['document_id']}"
    chunks = (await read(service, key, path))["ingestion"]["total_chunks"]

    receipt = await service.call("DELETE", path, key)
    again = await service.call("DELETE", path, key)
    found = await service.search(key)

    assert receipt.status_code == 200
    assert receipt.json()["verified"] is True
    assert receipt.json()["removed"]["chunks"] == chunks
    assert receipt.json()["removed"]["blobs"] == 1
    assert (again.status_code, found["hits"]) == (404, [])


async def test_the_clients_own_view_has_its_usage(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    own = await read(service, key, "/api/v1/client")

    assert (own["client_id"], own["name"]) == ("acme", "Acme")
    assert (own["usage"]["documents"], own["usage"]["pending_jobs"]) == (1, 0)
    assert own["usage"]["chunks"] > 0
    assert own["limits"]["max_upload_bytes"] == 50_000_000
