"""Bounded kinds of fields; patterns end in an anchor that no trailing line feed passes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from ragtenancy.domain import documents, query, tenants

ClientId = Annotated[
    str,
    Meta(pattern=r"\A[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\Z", examples=["circular_ai"]),
]
Namespace = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z", examples=["circular_ai"])
]
SessionId = Annotated[
    str,
    Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z", examples=["user123_session_001"]),
]
UserId = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z", examples=["user123"])
]
DocumentId = Annotated[str, Meta(pattern=r"\A[!-~]{1,128}\Z", examples=["doc_x4m7"])]
Name = Annotated[tenants.Name, Meta(examples=["CircularAI Platform"])]
Question = Annotated[query.Question, Meta(examples=["How do I create a report?"])]
MetadataValue = documents.BoundedValue
MetadataKey = documents.MetadataKey
Metadata = documents.BoundedMetadata
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-01-01T12:00:00Z"])]
KeyScope = Literal["chat", "search", "ingest"]
