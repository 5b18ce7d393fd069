"""Values that callers give refuse what is out of their bounds, wherever they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.app.search.search import SearchRequest
from ragtenancy.domain import ids
from ragtenancy.domain.documents import require_filename
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.tenants import tenant_name

LONG = "x" * 8_001
NAME = "a" * 129


def a_message(**given: Any) -> ChatMessage:
    return ChatMessage(**{"message": "Why?", **given})


def a_request(**given: Any) -> SearchRequest:
    return SearchRequest(**{"query": "Why?", **given})


def an_upload(**given: Any) -> NewUpload:
    body = cast("AsyncIterator[bytes]", iter(()))
    return NewUpload(**{"filename": "guide.md", "body": body, **given})


LINE_OF_200 = "a line without control or direction marks, of 1 to 200 characters"


@pytest.mark.parametrize(
    ("make", "field", "value"),
    [
        (a_message, "message", ""),
        (a_message, "message", " \n"),
        (a_message, "message", LONG),
        (a_message, "message", 7),
        (a_message, "session_id", "a b"),
        (a_message, "session_id", "s\n"),
        (a_message, "session_id", ""),
        (a_message, "user_id", "_ann"),
        (a_message, "user_id", NAME),
        (a_request, "query", ""),
        (a_request, "query", LONG),
        (a_request, "top_k", 0),
        (a_request, "top_k", 101),
        (a_request, "top_k", "5"),
        (a_request, "why", ""),
        (a_request, "why", NAME),
        (an_upload, "filename", ""),
        (an_upload, "filename", "x" * 256),
        (an_upload, "filename", "a\0.md"),
        (an_upload, "filename", "a\u202egnp.md"),
        (an_upload, "filename", "a\udcff.md"),
        (an_upload, "document_id", "a b"),
        (an_upload, "metadata", {"": 1}),
        (an_upload, "metadata", {"a": [1]}),
        (an_upload, "metadata", {"a": None}),
        (an_upload, "metadata", {"a": "x" * 1_001}),
        (an_upload, "metadata", {"a": 2**53}),
        (an_upload, "metadata", {str(number): 1 for number in range(65)}),
        (an_upload, "idempotency_key", " a"),
        (SearchFilters, "document_ids", "doc"),
        (SearchFilters, "document_ids", ["a b"]),
        (SearchFilters, "document_ids", ["d"] * 1_001),
        (SearchFilters, "metadata", {"": 1}),
        (SearchFilters, "metadata", {"a": None}),
        (SearchFilters, "metadata", {"a": [1] * 101}),
        (SearchFilters, "metadata", {str(number): 1 for number in range(65)}),
    ],
)
def test_a_value_out_of_its_bounds_cannot_be_made(
    make: Callable[..., object], field: str, value: object
) -> None:
    with pytest.raises(MalformedError, match=rf"(?i){field}"):
        make(**{field: value})


@pytest.mark.parametrize(
    ("make", "text", "said"),
    [
        (ids.tenant_id, "Acme", "`client_id` must be 1 to 63 lower-case letters, digits, - or _, "),
        (ids.tenant_id, "a\n", "`client_id` must be 1 to 63 lower-case letters, digits, - or _, "),
        (ids.namespace, "__default__", "`pinecone_namespace` must be 1 to 128 letters, "),
        (ids.namespace, "", "`pinecone_namespace` must be 1 to 128 letters, "),
        (
            ids.session_id,
            "a b",
            "`session_id` must be 1 to 128 letters, digits or any of . _ : @ -",
        ),
        (ids.user_id, NAME, "`user_id` must be 1 to 128 letters, digits or any of . _ : @ -"),
        (
            ids.document_id,
            "ü",
            "`document_id` must be 1 to 128 printable ASCII characters without spaces.",
        ),
        (tenant_name, "", f"`name` must be {LINE_OF_200}."),
        (tenant_name, "x" * 201, f"`name` must be {LINE_OF_200}."),
        (require_filename, "", "A filename must have 1 to 255 printable characters."),
    ],
)
def test_a_name_or_an_id_of_another_form_is_refused_and_told_which(
    make: Callable[[str], object], text: str, said: str
) -> None:
    with pytest.raises(MalformedError) as refused:
        make(text)

    assert refused.value.detail.startswith(said)


@pytest.mark.parametrize("name", ["Screenshot 9.41\u202fAM.png", "a\u00a0b.md", "ü東京.docx"])
def test_a_filename_may_hold_any_space_and_any_letter(name: str) -> None:
    assert an_upload(filename=name).filename == name


@pytest.mark.parametrize("wanted", [2026, [2026], (2026,)])
def test_a_filter_takes_a_value_or_several(wanted: Any) -> None:
    assert SearchFilters(metadata={"year": wanted}).metadata == {"year": wanted}
