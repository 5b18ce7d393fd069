"""Many files in one request."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from ragtenancy.settings import Settings
from tests.http.service import Service

PATH = "/api/v1/ingest/documents:batch"
Named = tuple[str, bytes]


async def batch(service: Service, key: str, *files: Named, **request: Any) -> httpx.Response:
    parts = [("file", file) for file in files]
    return await service.call("POST", PATH, key, files=parts, **request)


def zipped(*files: Named, method: int = zipfile.ZIP_DEFLATED) -> Named:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return "many.zip", written.getvalue()


def codes(reply: httpx.Response) -> Sequence[str | None]:
    return [item["error"] and item["error"]["code"] for item in reply.json()["items"]]


def names(reply: httpx.Response) -> Sequence[str | None]:
    return [item["filename"] for item in reply.json()["items"]]


async def filenames(service: Service, key: str) -> Sequence[str]:
    await service.work()
    listed = await service.call("GET", "/api/v1/ingest/documents?status=active", key)
    return [document["filename"] for document in listed.json()["items"]]


async def test_each_file_gets_a_job_in_order(service: Service) -> None:
    key = await service.create()

    reply = await batch(service, key, ("b.md", b"One."), ("a.md", b"Two."))

    assert reply.status_code == 202
    assert (names(reply), codes(reply)) == (["b.md", "a.md"], [None, None])
    assert {item["status"] for item in reply.json()["items"]} == {"queued"}
    assert await filenames(service, key) == ["b.md", "a.md"]


async def test_metadata_goes_to_every_file(service: Service) -> None:
    key = await service.create()
    files = [("a.md", b"One."), ("b.md", b"Two.")]

    await batch(service, key, *files, data={"metadata": '{"team": "a"}'})
    listed = await service.call("GET", "/api/v1/ingest/documents", key)

    assert [each["metadata"] for each in listed.json()["items"]] == [{"team": "a"}] * 2


async def test_a_refused_file_does_not_stop_the_others(service: Service) -> None:
    key = await service.create(config={"limits": {"max_upload_bytes": 1_000}})
    files = [("x.bin", b"\x00\x01"), ("..", b"a"), ("big.md", b"x" * 1_001), ("a.md", b"One.")]

    reply = await batch(service, key, *files)

    assert codes(reply) == ["unsupported_media_type", "malformed", "too_large", None]
    assert names(reply) == ["x.bin", None, "big.md", "a.md"]
    assert await filenames(service, key) == ["a.md"]


async def test_the_files_of_a_zip_file_are_its_documents(service: Service) -> None:
    key = await service.create()

    reply = await batch(
        service, key, zipped(("Guides/", b""), ("Guides/Deep/A.md", b"One."), ("b.md", b"Two."))
    )

    assert (names(reply), codes(reply)) == (["A.md", "b.md"], [None, None])
    assert await filenames(service, key) == ["A.md", "b.md"]


async def test_a_zip_file_within_one_or_among_others_is_a_file(service: Service) -> None:
    key = await service.create()
    inner = zipped(("a.md", b"One."))

    nested = await batch(service, key, zipped(inner))
    among = await batch(service, key, inner, ("b.md", b"Two."))

    assert codes(nested) == ["archive"]
    assert codes(among) == ["archive", None]


async def test_a_file_in_a_zip_file_is_bound_like_an_upload(service: Service) -> None:
    key = await service.create(config={"limits": {"max_upload_bytes": 1_000}})

    reply = await batch(service, key, zipped(("big.md", b"x" * 1_001), ("a.md", b"One.")))

    assert codes(reply) == ["too_large", None]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (zipped(("a.md", b"0" * 3_000_000)), "zip_bomb"),
        (zipped(("../a.md", b"One.")), "bad_container"),
        (zipped(("/etc/a.md", b"One.")), "bad_container"),
        (zipped(("a.md", b"One."), ("A.md", b"Two.")), "bad_container"),
        (zipped(*[(f"{n}.md", b"x") for n in range(101)]), "too_many_members"),
        (("a.zip", zipped(("a.md", b"One."))[1][:60]), "bad_container"),
    ],
)
async def test_a_hostile_zip_file_is_refused_whole(
    service: Service, file: Named, code: str
) -> None:
    key = await service.create()

    reply = await batch(service, key, file)

    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert await filenames(service, key) == []


async def test_a_damaged_member_is_refused_alone(service: Service) -> None:
    key = await service.create()
    name, body = zipped(("a.md", b"Unique"), ("b.md", b"Two."), method=zipfile.ZIP_STORED)

    reply = await batch(service, key, (name, body.replace(b"Unique", b"Broken")))

    assert codes(reply) == ["bad_container", None]
    assert await filenames(service, key) == ["b.md"]


async def test_a_batch_is_bounded(service: Service) -> None:
    key = await service.create(config={"limits": {"max_upload_bytes": 1_000}})

    many = await batch(service, key, *[(f"{n}.md", b"x") for n in range(101)])
    large = await batch(service, key, *[(f"{n}.md", b"x" * 1_000) for n in range(50)])
    unknown = await batch(service, key, ("a.md", b"x"), data={"document_id": "doc_x"})
    none = await service.call("POST", PATH, key, files={"metadata": (None, "{}")})

    statuses = [reply.status_code for reply in (many, large, unknown, none)]
    assert statuses == [400, 413, 400, 400]


async def test_jobs_beyond_the_limit_are_refused_by_file() -> None:
    service = Service(Settings(storage="memory", max_pending_jobs=1))
    key = await service.create()

    reply = await batch(service, key, ("a.md", b"One."), ("b.md", b"Two."))

    assert codes(reply) == [None, "max_pending_jobs"]


async def test_a_batch_is_repeated_by_its_idempotency_key(service: Service) -> None:
    key = await service.create()
    files = [("a.md", b"One."), ("b.md", b"Two.")]
    once = {"Idempotency-Key": "k" * 255}

    first = await batch(service, key, *files, headers=once)
    await service.work()
    again = await batch(service, key, *files, headers=once)
    other = await batch(service, key, ("a.md", b"One."), ("b.md", b"Else."), headers=once)

    assert again.json() == first.json()
    assert codes(other) == [None, "idempotency_key_reused"]


async def test_the_files_of_a_batch_are_uploads_of_its_key(service: Service) -> None:
    key = await service.create()
    await batch(service, key, ("b.md", b"One."), ("a.md", b"Two."), ("a.md", b"Two."))
    await service.work()

    reply = await service.operate("GET", "clients/acme/usage", params={"by": "key"})

    (line,) = [each for each in reply.json()["items"] if each["key_id"]]
    assert (line["uploads"], line["documents"]) == (2, 2)
