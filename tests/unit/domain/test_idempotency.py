"""What makes two uploads the same request."""

from __future__ import annotations

from typing import Any

import pytest

from ragtenancy.domain.idempotency import upload_hash
from ragtenancy.domain.ids import ContentHash, DocumentId

FIRST: dict[str, Any] = {
    "content_hash": ContentHash("a" * 64),
    "filename": "guide.md",
    "document_id": None,
    "metadata": {"team": "sales", "year": 2026},
}


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
