"""Feedback: what a reader thinks of an answer, and which document should have answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.ids import BoundedDocumentId, DocumentId

Comment = Annotated[str, Meta(max_length=4_000)]


class Rating(StrEnum):
    """Whether the answer helped."""

    UP = "up"
    DOWN = "down"


class NewFeedback(Struct, frozen=True, kw_only=True):
    """Feedback as given; raises `MalformedError` for a field out of bounds."""

    rating: Rating
    comment: Comment | None = None
    right_document_id: BoundedDocumentId | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self)

    def at(self, given_at: datetime) -> Feedback:
        """Return the record of the feedback."""
        return Feedback(
            rating=self.rating,
            comment=self.comment,
            right_document_id=self.right_document_id,
            given_at=given_at,
        )


class Feedback(Struct, frozen=True, kw_only=True):
    """The last feedback on a turn; `right_document_id` is the document that should have answered."""

    rating: Rating
    comment: str | None = None
    right_document_id: DocumentId | None = None
    given_at: datetime
