"""Bounded kinds of fields; patterns end in an anchor that no trailing line feed passes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

MAX_SAFE_INTEGER = 2**53 - 1

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
Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["CircularAI Platform"])]
Question = Annotated[
    str, Meta(min_length=1, max_length=8_000, examples=["How do I create a report?"])
]
Integer = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
ShortText = Annotated[str, Meta(max_length=1_000)]
MetadataValue = ShortText | Integer | float | bool
MetadataKey = Annotated[str, Meta(min_length=1, max_length=128)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=64)]
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-01-01T12:00:00Z"])]
KeyScope = Literal["chat", "search", "ingest"]
