"""Multipart forms as they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, post

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.domain.filenames import cleaned_filename
from ragtenancy.http.problems import Problems
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.uploads import FormLimits, document_id_of, metadata_of, received

LIMIT = 100_000
LIMITS = FormLimits(file_bytes=LIMIT, total_bytes=LIMIT)
FORM = {"content-type": "multipart/form-data; boundary=zzz"}


@post("/", status_code=200)
async def echo(request: AnyRequest) -> dict[str, Any]:
    async with received(request, LIMITS) as form:
        body = b"".join([piece async for piece in form.file.body()])
        return {
            "filename": cleaned_filename(form.file.name),
            "size": len(body),
            "sum": sum(body),
            "document_id": document_id_of(form.fields),
            "metadata": metadata_of(form.fields),
        }


APP = Litestar(
    [echo], exception_handlers={Exception: Problems(PrometheusMetrics())}, openapi_config=None
)


async def send(**request: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=cast("Any", APP))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/", **request)


def part(name: str, text: str, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    return (
        f'--zzz\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n{text}\r\n'.encode()
    )


END = b"--zzz--\r\n"
FILE = part("file", "hello", "a.txt")


async def test_a_file_with_its_fields_arrives() -> None:
    reply = await send(
        files={"file": ("../Guide.docx", b"x" * 70_000)},
        data={"document_id": "doc_1", "metadata": '{"team":"a","n":1,"f":0.5,"b":true}'},
    )

    assert reply.json() == {
        "filename": "Guide.docx",
        "size": 70_000,
        "sum": 70_000 * ord("x"),
        "document_id": "doc_1",
        "metadata": {"team": "a", "n": 1, "f": 0.5, "b": True},
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        FILE,
        b'--zzz\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
        END,
        FILE + FILE + END,
        part("file", "text instead") + END,
        part("other", "x", "a.txt") + END,
        part("document_id", "doc_1") + END,
        FILE + part("client_id", "victim") + END,
        FILE + part("metadata", "{}") * 2 + END,
        FILE + part("metadata", "[]") + END,
        FILE + part("metadata", '{"a":[1]}') + END,
        FILE + part("metadata", '{"a":null}') + END,
        FILE + part("metadata", '{"a":1},"x":{"b":2}') + END,
        FILE + part("metadata", '{"a":"' + "x" * 9_000 + '"}') + END,
        FILE + part("document_id", "") + END,
        FILE + part("document_id", "doc_\u00fc") + END,
        part("file", "hello", "") + END,
        part("file", "hello", "..") + END,
        part("file", "hello", "a" * 300) + END,
        part("file", "hello", "a" * 50_000) + END,
        b"".join(part(f"f{n}", "1", "a") for n in range(1_000)) + END,
    ],
)
async def test_a_form_of_another_shape_is_malformed(content: bytes) -> None:
    reply = await send(content=content, headers=FORM)

    assert (reply.status_code, reply.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=other", 400),
        ("application/json", 415),
        ("text/plain; boundary=zzz", 415),
    ],
)
async def test_a_body_needs_its_content_type(content_type: str, status: int) -> None:
    reply = await send(content=FILE + END, headers={"content-type": content_type})

    assert reply.status_code == status


async def test_a_file_of_exactly_the_limit_is_taken() -> None:
    reply = await send(files={"file": ("a.txt", b"x" * LIMIT)})

    assert reply.json()["size"] == LIMIT


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.parametrize("headers", [{}, {"content-length": "100"}])
async def test_a_file_over_the_limit_is_too_large_whatever_is_declared(
    headers: Mapping[str, str],
) -> None:
    body = part("file", "x" * (LIMIT + 1), "a.txt") + END

    reply = await send(content=_stream(body), headers={**FORM, **headers})

    assert (reply.status_code, reply.json()["limit"]) == (413, LIMIT)


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    reply = await send(content=never(), headers={**FORM, "content-length": str(LIMIT * 2)})

    assert reply.status_code == 413


@given(
    st.binary(max_size=3_000).filter(lambda body: b"\r\n--zzz" not in body),
    st.integers(min_value=1, max_value=700),
)
async def test_any_bytes_arrive_however_they_are_cut(body: bytes, step: int) -> None:
    whole = (
        b'--zzz\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + body
        + b"\r\n"
        + END
    )

    async def cut() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), step):
            yield whole[start : start + step]

    reply = await send(content=cut(), headers=FORM)

    assert (reply.json()["size"], reply.json()["sum"]) == (len(body), sum(body))
