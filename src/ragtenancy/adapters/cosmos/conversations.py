"""The memory of sessions in Cosmos DB: an item a session and an item a turn."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.states import States
from ragtenancy.domain.conversations import (
    Conversation,
    ConversationSummary,
    Turn,
    record_after,
)
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError, StaleWriteError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page, cursor_position, cut, position_cursor
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.conversations import ConversationRepository


class CosmosConversationRepository(ConversationRepository):
    """A session's record and its turns, in the client's partition."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._sessions = OwnedItems(cosmos, "conversations", "session", Conversation)
        self._turns = OwnedItems(cosmos, "conversations", "turn", Turn)
        self._states = States(cosmos)

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        found = await self._sessions.get(scope, hashed(session_id))
        if found is None:
            return None
        turns = [] if last == 0 else await self._newest(scope, session_id, last)
        return structs.replace(found, turns=tuple(reversed(turns)))

    async def append(self, scope: TenantScope, conversation: Conversation, turn: Turn) -> None:
        scope.require_own(conversation.tenant_uid, "conversations")
        session = hashed(conversation.session_id)
        known = await self._sessions.read(scope, session)
        if known is None:
            await self._states.require(scope)
        stored = None if known is None else self._sessions.record_of(scope, known)
        written = record_after(stored, conversation, turn)
        if written is None:
            return
        fields = {"user_id": written.user_id, "turns": max(turn.index + 1, _turns(known))}
        line = self._turns.item(
            scope, f"{session}~{turn.index:08d}", turn, session=session, index=turn.index
        )
        if known is None:
            first = creating([self._sessions.item(scope, session, written, **fields)])[0]
        else:
            first = replacing(self._sessions.changed(known, written, **fields))
        try:
            await self._turns.items.batch(scope.tenant_id, [first, *creating([line])])
        except NotFoundError:
            return  # erased meanwhile
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
            "c.session = @session AND c.index > @after ORDER BY c.index",
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
    ) -> list[Turn]:
        return await self._turns.records(
            scope,
            "c.session = @session ORDER BY c.index DESC",
            top=last,
            values={"session": hashed(session_id)},
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
