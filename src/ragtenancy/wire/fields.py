"""Bounded field types: the domain's, with an example for the schema."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ragtenancy.domain import bounds, documents, ids, query, tenants

ClientId = Annotated[ids.BoundedTenantId, Meta(examples=["circular_ai"])]
Namespace = Annotated[ids.BoundedNamespace, Meta(examples=["circular_ai"])]
SessionId = Annotated[ids.BoundedSessionId, Meta(examples=["user123_session_001"])]
UserId = Annotated[ids.BoundedUserId, Meta(examples=["user123"])]
DocumentId = Annotated[ids.BoundedDocumentId, Meta(examples=["doc_x4m7"])]
Name = Annotated[tenants.Name, Meta(examples=["CircularAI Platform"])]
Question = Annotated[query.Question, Meta(examples=["How do I create a report?"])]
Metadata = documents.BoundedMetadata
Moment = Annotated[bounds.Moment, Meta(examples=["2026-01-01T12:00:00Z"])]


def about(text: str) -> Meta:
    """Return an annotation that describes a field in the OpenAPI description."""
    return Meta(description=text)
