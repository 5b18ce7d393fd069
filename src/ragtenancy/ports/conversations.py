"""Stored conversations, by session."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.conversations import Conversation, ConversationSummary, RatedTurn, Turn
from ragtenancy.domain.feedback import Feedback
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow


class ConversationRepository(Protocol):
    """Conversations of one tenant; the key is the pair of tenant uid and session id."""

    @abstractmethod
    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        """Return a conversation; only its last turns if `last` is given."""

    @abstractmethod
    async def append(
        self,
        scope: TenantScope,
        conversation: Conversation,
        turn: Turn,
        used: Sequence[UsageRow] = (),
    ) -> None:
        """Add a turn, its usage, and the conversation's record if it is new, in one transaction.

        A conversation without a user is assigned to the given one. A later turn of an absent
        conversation is dropped: the conversation was erased in between; its usage is stored. Raises
        `StaleWriteError` and stores nothing if a turn with that index exists.
        """

    @abstractmethod
    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Turn] | None:
        """Return a page of turns, oldest first, None for an absent session."""

    @abstractmethod
    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[ConversationSummary]:
        """Return the sessions, oldest first."""

    @abstractmethod
    async def rate(
        self, scope: TenantScope, session_id: SessionId, turn_id: str, feedback: Feedback
    ) -> bool:
        """Store the feedback on a turn, replacing any; return whether there is such a turn.

        Raises `StaleWriteError` if other feedback on the turn was written at the same time.
        """

    @abstractmethod
    async def rated(
        self,
        scope: TenantScope,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[RatedTurn]:
        """Return a page of the turns with feedback, in the order in which it was stored.

        Only those with feedback given in [`since`, `until`), if given.
        """

    @abstractmethod
    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        """Remove a conversation; idempotent."""

    @abstractmethod
    async def delete_user(self, scope: TenantScope, user_id: UserId) -> int:
        """Remove a user's conversations; return how many there were."""

    @abstractmethod
    async def count(self, scope: TenantScope) -> int:
        """Count the conversations."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every conversation of the tenant."""
