"""Conversations and their locks in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.memory.client import Container, Memory, Table
from ragtenancy.adapters.memory.usage import record
from ragtenancy.domain.conversations import (
    Conversation,
    ConversationSummary,
    RatedTurn,
    SessionLease,
    Turn,
    record_after,
)
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.feedback import Feedback
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.session_locks import SessionLocks


class InMemoryConversationRepository(ConversationRepository):
    """Conversations by session id in the tenant's container, their turns beside them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        container = self._memory.container(scope)
        found = container.conversations.get(session_id)
        if found is None:
            return None
        scope.require_own(found.tenant_uid, "conversations")
        turns = _turns(container, session_id)
        kept = turns if last is None else turns[max(len(turns) - last, 0) :]
        return structs.replace(found, turns=tuple(kept))

    async def append(
        self,
        scope: TenantScope,
        conversation: Conversation,
        turn: Turn,
        used: Sequence[UsageRow] = (),
    ) -> None:
        scope.require_own(conversation.tenant_uid, "conversations")
        container = self._memory.container(scope)
        session_id = conversation.session_id
        turns = container.turns.get(session_id, Table(Turn))
        if turn.index in turns:
            raise StaleWriteError("The session already has a turn with that index.")
        record(container, used)
        written = record_after(container.conversations.get(session_id), conversation, turn)
        if written is None:
            return
        turns.add(turn.index, turn)
        container.conversations.put(session_id, written)
        container.turns[session_id] = turns
        if turn.feedback is not None:
            _list_as_rated(container, session_id, turn)

    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Turn] | None:
        start = -1 if after is None else cursor_position(after)
        conversation = await self.get(scope, session_id)
        if conversation is None:
            return None
        rest = [turn for turn in conversation.turns if turn.index > start]
        return cut(rest, limit, lambda turn: position_cursor(turn.index))

    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[ConversationSummary]:
        container = self._memory.container(scope)
        page = container.conversations.page(
            lambda c: user_id in (None, c.user_id), after=after, limit=limit
        )
        for conversation in page.items:
            scope.require_own(conversation.tenant_uid, "conversations")
        return Page(items=tuple(_summary(container, c) for c in page.items), next=page.next)

    async def rate(
        self, scope: TenantScope, session_id: SessionId, turn_id: str, feedback: Feedback
    ) -> bool:
        conversation = await self.get(scope, session_id)
        for turn in conversation.turns if conversation else ():
            if turn.turn_id == turn_id:
                container = self._memory.container(scope)
                rated = structs.replace(turn, feedback=feedback)
                container.turns[session_id].put(turn.index, rated)
                _list_as_rated(container, session_id, rated)
                return True
        return False

    async def rated(
        self,
        scope: TenantScope,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[RatedTurn]:
        page = self._memory.container(scope).rated.page(
            lambda rated: _is_within(rated.turn.feedback, since, until), after=after, limit=limit
        )
        for rated in page.items:
            await self.get(scope, rated.session_id, last=0)
        return page

    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        _delete(self._memory.container(scope), session_id)

    async def delete_user(self, scope: TenantScope, user_id: UserId) -> int:
        container = self._memory.container(scope)
        theirs = [c.session_id for c in container.conversations if c.user_id == user_id]
        for session_id in theirs:
            _delete(container, session_id)
        return len(theirs)

    async def count(self, scope: TenantScope) -> int:
        return len(self._memory.container(scope).conversations)

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.conversations.remove_where(lambda _: True)
            container.turns.clear()
            container.rated.remove_where(lambda _: True)


def _turns(container: Container, session_id: SessionId) -> list[Turn]:
    return sorted(container.turns.get(session_id, ()), key=lambda turn: turn.index)


def _delete(container: Container, session_id: SessionId) -> None:
    container.conversations.remove(session_id)
    container.turns.pop(session_id, None)
    container.rated.remove_where(lambda key: key[0] == session_id)


def _list_as_rated(container: Container, session_id: SessionId, turn: Turn) -> None:
    container.rated.remove((session_id, turn.index))
    container.rated.add((session_id, turn.index), RatedTurn(session_id=session_id, turn=turn))


def _is_within(feedback: Feedback | None, since: datetime | None, until: datetime | None) -> bool:
    return (
        feedback is not None
        and (since is None or since <= feedback.given_at)
        and (until is None or feedback.given_at < until)
    )


def _summary(container: Container, conversation: Conversation) -> ConversationSummary:
    return ConversationSummary(
        session_id=conversation.session_id,
        user_id=conversation.user_id,
        turns=len(container.turns[conversation.session_id]),
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


class InMemorySessionLocks(SessionLocks):
    """Leases by session id in the tenant's container."""

    def __init__(self, memory: Memory, holders: Holders) -> None:
        self._memory = memory
        self._holders = holders

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is not None and not held.free_to(token, now, self._holders.is_dead):
            return False
        locks[session_id] = SessionLease(token=token, until=until)
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is None or held.token != token:
            return False
        locks[session_id] = SessionLease(token=token, until=until)
        return True

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is not None and held.token == token:
            del locks[session_id]
