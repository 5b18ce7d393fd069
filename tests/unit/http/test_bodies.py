"""JSON and query strings, strictly."""

from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from ragtenancy.domain.errors import MalformedError
from ragtenancy.http.requests import decode_json


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[float, Meta(ge=0, le=1)] = 0


class Body(Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1)]
    inner: Inner = Inner()
    tags: dict[str, str | int] = {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"text":',
        b'{"text":"\xff"}',
        b'\xef\xbb\xbf{"text":"a"}',
        b'{"text":"\\ud800"}',
        b'{"text":"\\udc00x"}',
        b'{"text":"a\\u0000b"}',
        b'{"text":"a","tags":{"a\\u0000":"b"}}',
        b'{"text":"a","inner":{"number":NaN}}',
        b'{"text":"a","inner":{"number":1e999}}',
        b'{"text":"a","tags":{"a":' + b"9" * 5_000 + b"}}",
        b'{"text":' + b"[" * 200_000,
        b'{"text":"a","tags":{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}}",
    ],
)
def test_hostile_bytes_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_json(body, Body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "$.text"),
        (b'{"text":1}', "$.text"),
        (b'{"text":""}', "$.text"),
        (b'{"text":"a","other":1}', "$.other"),
        (b'{"text":"a","inner":{"number":2}}', "$.inner.number"),
        (b'{"text":"a","inner":{"nested":2}}', "$.inner.nested"),
    ],
)
def test_the_field_is_named(body: bytes, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        decode_json(body, Body)

    assert caught.value.context["field"] == field


def test_a_backslash_before_a_literal_u0000_is_a_text() -> None:
    assert decode_json(b'{"text":"\\\\u0000"}', Body).text == "\\u0000"


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(body: bytes) -> None:
    try:
        decoded = decode_json(body, Body)
    except MalformedError:
        return
    assert decoded.text
