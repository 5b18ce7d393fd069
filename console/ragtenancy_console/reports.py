"""What a client used, as the server reports it; servers without reports say 404."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.client import Admin
from ragtenancy.domain.errors import NotFoundError

FIGURES = {
    "questions": "Questions",
    "searches": "Searches",
    "uploads": "Uploads",
    "prompt_tokens": "Tokens in",
    "completion_tokens": "Tokens out",
    "cached_tokens": "Cached",
    "reasoning_tokens": "Reasoning",
    "embedding_tokens": "Embedded",
    "documents": "Documents",
    "chunks": "Chunks",
    "bytes": "Bytes",
    "request_units": "Request units",
    "read_units": "Read units",
    "price": "Price",
}


class Counts(Struct, frozen=True, kw_only=True):
    """What was used; a figure that a server does not count is 0."""

    questions: int = 0
    searches: int = 0
    uploads: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    embedding_tokens: int = 0
    documents: int = 0
    chunks: int = 0
    bytes: int = 0
    request_units: float = 0.0
    read_units: float = 0.0
    price: float | None = None


class Line(Counts, frozen=True, kw_only=True):
    """The usage of one day, key or model."""

    day: str | None = None
    key_id: str | None = None
    model: str | None = None

    @property
    def name(self) -> str:
        """Return what the line stands for."""
        return self.day or self.key_id or self.model or ""


class Report(Struct, frozen=True, kw_only=True):
    """A client's usage in a period, by default this month."""

    by: str
    items: Sequence[Line]
    total: Counts
    currency: str | None = None


def report_of(admin: Admin, client_id: str, *, by: str = "day") -> Report | None:
    """Return a client's usage; None from a server without reports."""
    path = f"/api/v1/admin/clients/{client_id}/usage"
    try:
        return admin._connection.get(path, Report, by=by)
    except NotFoundError:
        return None
