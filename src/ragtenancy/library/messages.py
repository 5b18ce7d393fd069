"""A question as the chat takes it."""

from __future__ import annotations

from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.domain import ids
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.library import checks


def message(
    question: str, session_id: str | None, user_id: str | None, filters: SearchFilters | None
) -> ChatMessage:
    """Return the message. Raises `MalformedError` for a bad id or an empty question."""
    return ChatMessage(
        message=checks.question(question),
        session_id=None if session_id is None else ids.session_id(session_id),
        user_id=None if user_id is None else ids.user_id(user_id),
        filters=filters,
    )
