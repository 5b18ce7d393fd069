"""Conversations, in memory."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.conversations import Conversation, ConversationSummary, Turn
from ragtenancy.domain.errors import IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.conversations import ConversationRepository


class InMemoryConversationRepository(ConversationRepository):
    """Conversations on their tenant's shelf."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        """Return a conversation."""
        found = self._shelves.of(scope).conversations.get(session_id)
        if found is None:
            return None
        if found.tenant_uid != scope.tenant_uid:
            raise IsolationBreach("conversations")
        return structs.replace(found, turns=found.turns if last is None else found.turns[-last:])

    async def append(self, scope: TenantScope, conversation: Conversation, turn: Turn) -> None:
        """Add a turn."""
        kept = self._shelves.of(scope).conversations
        known = kept.get(conversation.session_id)
        if turn.index != (len(known.turns) if known else 0):
            raise StaleWriteError("The session has a turn of that index.")
        start = known or structs.replace(conversation, turns=())
        kept[conversation.session_id] = start.with_turn(turn)

    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Turn] | None:
        """Return a page of turns."""
        found = await self.get(scope, session_id)
        if found is None:
            return None
        return page_of(found.turns, lambda t: f"{t.index:012d}", after=after, limit=limit)

    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[ConversationSummary]:
        """Return the sessions, oldest first."""
        kept = self._shelves.of(scope).conversations.values()
        mine = [_summary(c) for c in kept if user_id is None or c.user_id == user_id]
        return page_of(
            mine,
            lambda c: f"{c.created_at.isoformat()} {c.session_id}",
            after=after,
            limit=limit,
        )

    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        """Remove a conversation."""
        self._shelves.of(scope).conversations.pop(session_id, None)

    async def delete_user(self, scope: TenantScope, user_id: UserId) -> int:
        """Remove a user's conversations."""
        kept = self._shelves.of(scope).conversations
        gone = [session for session, c in kept.items() if c.user_id == user_id]
        for session in gone:
            del kept[session]
        return len(gone)

    async def count(self, scope: TenantScope) -> int:
        """Count the conversations."""
        return len(self._shelves.of(scope).conversations)

    async def drop(self, scope: TenantScope) -> None:
        """Remove every conversation."""
        self._shelves.of(scope).conversations.clear()


def _summary(conversation: Conversation) -> ConversationSummary:
    return ConversationSummary(
        session_id=conversation.session_id,
        user_id=conversation.user_id,
        turns=len(conversation.turns),
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )
