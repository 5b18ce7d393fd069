"""The memory of sessions in Cosmos DB: an item a session and an item a turn."""

from __future__ import annotations

from contextlib import suppress

from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.homes import CONTAINER, Homes
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.remembered import Remembered
from ragtenancy.domain.conversations import (
    Conversation,
    ConversationSummary,
    Turn,
    record_after,
)
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError, StaleWriteError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.conversations import ConversationRepository

PLACE = "place"
OF_THE_SESSION = 2**31  # before every turn, the newest first


class CosmosConversationRepository(ConversationRepository):
    """A session's record and its turns, in the client's partition."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._sessions = OwnedItems(cosmos, CONTAINER, "session", Conversation)
        self._turns = OwnedItems(cosmos, CONTAINER, "turn", Turn)
        self._homes = Homes(cosmos)
        self._seen = Remembered()

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        found = await self._newest(scope, session_id, last)
        if not found or found[0][PLACE] != OF_THE_SESSION:
            return None  # what an erasure has not come to yet is nobody's
        session, *turns = found
        self._seen.put(session)
        return structs.replace(
            self._sessions.record_of(scope, session),
            turns=tuple(self._turns.record_of(scope, turn) for turn in reversed(turns)),
        )

    async def append(self, scope: TenantScope, conversation: Conversation, turn: Turn) -> None:
        scope.require_own(conversation.tenant_uid, "conversations")
        key = hashed(conversation.session_id)
        known = self._seen.take(self._sessions.id_of(scope, key))
        if known is not None or turn.index == 0:
            with suppress(NotFoundError, StaleWriteError):
                await self._add(scope, known, conversation, turn)
                return
        known = await self._sessions.read(scope, key)
        try:
            await self._add(scope, known, conversation, turn)
        except NotFoundError:
            if known is None:
                raise

    async def _add(
        self, scope: TenantScope, known: Item | None, conversation: Conversation, turn: Turn
    ) -> None:
        """Add a turn to a session as it was read, or with the session where it is new.

        Raises `NotFoundError` for a session, or a client, that was erased meanwhile.
        """
        stored = None if known is None else self._sessions.record_of(scope, known)
        written = record_after(stored, conversation, turn)
        if written is None:
            await self._homes.require(scope)
            return
        key = hashed(conversation.session_id)
        place = {"session": key, PLACE: turn.index}
        line = self._turns.item(scope, f"{key}~{turn.index:08d}", turn, **place)
        fields = {"user_id": written.user_id, "turns": max(turn.index + 1, _turns(known))}
        try:
            if known is None:
                place = {"session": key, PLACE: OF_THE_SESSION}
                session = self._sessions.item(scope, key, written, **place, **fields)
                await self._homes.write(scope, creating([session, line]))
            else:
                changed = replacing(self._sessions.changed(known, written, **fields))
                await self._turns.items.batch(scope.tenant_id, [changed, *creating([line])])
        except AlreadyExistsError as error:
            raise StaleWriteError("The session has a turn of that index already.") from error

    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Turn] | None:
        start = -1 if after is None else cursor_position(after)
        session = hashed(session_id)
        if await self._sessions.read(scope, session) is None:
            return None
        found = await self._turns.records(
            scope,
            f"c.session = @session AND c.{PLACE} > @after ORDER BY c.{PLACE}",
            top=limit + 1,
            values={"session": session, "after": start},
        )
        return cut(found, limit, lambda turn: position_cursor(turn.index))

    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[ConversationSummary]:
        values: dict[str, object] = {"after": -1 if after is None else cursor_position(after)}
        where = "c.sequence > @after"
        if user_id is not None:
            where, values = f"{where} AND c.user_id = @user", {**values, "user": user_id}
        found = await self._sessions.select(
            scope, f"{where} ORDER BY c.sequence", top=limit + 1, values=values
        )
        listed = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        return Page(
            items=tuple(self._summary(scope, item) for item in listed.items), next=listed.next
        )

    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        session = hashed(session_id)
        await self._remove_turns(scope, session)  # first: what is left half-way is found again
        await self._sessions.delete(scope, session)
        await self._remove_turns(scope, session)  # those of a turn at once

    async def delete_user(self, scope: TenantScope, user_id: UserId) -> int:
        theirs = await self._sessions.records(scope, "c.user_id = @user", values={"user": user_id})
        for conversation in theirs:
            await self.delete(scope, conversation.session_id)
        return len(theirs)

    async def count(self, scope: TenantScope) -> int:
        return await self._sessions.count(scope)

    async def drop(self, scope: TenantScope) -> None:
        await self._sessions.remove(scope)
        await self._turns.remove(scope)

    async def _remove_turns(self, scope: TenantScope, session: str) -> None:
        await self._turns.remove(scope, "c.session = @session", {"session": session})

    async def _newest(
        self, scope: TenantScope, session_id: SessionId, last: int | None
    ) -> list[Item]:
        """Return a session's item and those of its last turns, newest first, in one query."""
        return await self._sessions.items.query(
            scope.tenant_id,
            "*" if last is None else f"TOP {last + 1} *",
            f"c.of IN (@sessions, @turns) AND c.session = @session ORDER BY c.{PLACE} DESC",
            {
                "sessions": self._sessions.of(scope),
                "turns": self._turns.of(scope),
                "session": hashed(session_id),
            },
        )

    def _summary(self, scope: TenantScope, item: Item) -> ConversationSummary:
        conversation = self._sessions.record_of(scope, item)
        return ConversationSummary(
            session_id=conversation.session_id,
            user_id=conversation.user_id,
            turns=_turns(item),
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
        )


def _turns(item: Item | None) -> int:
    return 0 if item is None else int(item["turns"])
