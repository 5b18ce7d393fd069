"""Validation errors speak of the API's fields, in plain words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ragtenancy.domain.bounds import malformed
from ragtenancy.wire.chat import ChatRequest
from ragtenancy.wire.client_files import ClientsFile
from ragtenancy.wire.clients import NewClient, NewKey
from ragtenancy.wire.configs import ConfigInput

TIME = "`expires_at` must be a time with a time zone, such as 2026-01-01T12:00:00Z."


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (ChatRequest, [], "The top level must be an object."),
        (ChatRequest, {}, "`message` is required."),
        (ChatRequest, {"message": 1}, "`message` must be a string."),
        (ChatRequest, {"message": ""}, "`message` must not be empty."),
        (ChatRequest, {"message": "x" * 20_001}, "`message` must have at most 8,000 characters."),
        (ChatRequest, {"message": "a", "top_k": 1}, "`top_k` is not a known field."),
        (
            ChatRequest,
            {"message": "a", "filters": {"document_ids": ["a b"]}},
            "`filters.document_ids[0]` must be 1 to 128 printable ASCII characters without spaces.",
        ),
        (
            ChatRequest,
            {"message": "a", "filters": {"metadata": {"team": None}}},
            "A value in `filters.metadata` must be a string, a number, true, false or a list.",
        ),
        (
            ChatRequest,
            {"message": "a", "filters": {"metadata": {"team": [None]}}},
            "`filters.metadata.*[0]` must be a string, a number, true or false.",
        ),
        (ChatRequest, {"message": "a", "": 1}, '`""` is not a known field.'),
        (ChatRequest, {"message": "a", "filters": {"": 1}}, '`filters.""` is not a known field.'),
        (
            ChatRequest,
            {"message": "a", "filters": {"metadata": {"": 1}}},
            "A key of `filters.metadata` must not be empty.",
        ),
        (
            NewClient,
            {"client_id": "Acme", "name": "Acme"},
            (
                "`client_id` must be 1 to 63 lower-case letters, digits, - or _, "
                "starting and ending with a letter or digit."
            ),
        ),
        (NewKey, {"scopes": ["read"]}, "`scopes[0]` is not one of the allowed values."),
        (NewKey, {"expires_at": "soon"}, TIME),
        (NewKey, {"expires_at": "2026-01-01T12:00:00"}, TIME),
        (
            ConfigInput,
            {"limits": {"max_documents": 2**53}},
            "`limits.max_documents` must be at most 9,007,199,254,740,991.",
        ),
        (ClientsFile, {"clients": []}, "`clients` must not be empty."),
        (
            ClientsFile,
            {"clients": [{"client_id": "a", "name": "A", "api_key_hash": "0" * 64, "id": "b"}]},
            "`clients[0]`: The record's id must be `client_` followed by its client_id.",
        ),
    ],
)
def test_an_error_of_the_decoder_is_put_in_plain_words(kind: Any, body: object, said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(msgspec.json.encode(body), type=kind)

    assert malformed(raised.value).detail == said
