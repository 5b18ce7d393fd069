"""Conversations and their locks in Cosmos DB."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, RecentItems, next_sequence
from ragtenancy.adapters.cosmos.partitions import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.tenant_state import HOME_CONTAINER, Homes
from ragtenancy.adapters.cosmos.usage import Adding, UsageItems
from ragtenancy.domain.conversations import (
    Conversation,
    ConversationSummary,
    RatedTurn,
    SessionLease,
    Turn,
    record_after,
)
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError, StaleWriteError
from ragtenancy.domain.feedback import Feedback
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.session_locks import SessionLocks

PLACE = "place"
OF_THE_SESSION = 2**31  # sorts before every turn, newest first


class CosmosConversationRepository(ConversationRepository):
    """A session's record, its turns and their usage, in the client's partition."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._sessions = OwnedItems(cosmos, HOME_CONTAINER, "session", Conversation)
        self._turns = OwnedItems(cosmos, HOME_CONTAINER, "turn", Turn)
        self._usage = UsageItems(cosmos, HOME_CONTAINER)
        self._homes = Homes(cosmos)
        self._seen = RecentItems()

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        found = await self._newest(scope, session_id, last)
        if not found or found[0][PLACE] != OF_THE_SESSION:
            return None  # conversations that an erasure has not reached yet are nobody's
        session, *turns = found
        self._seen.put(session)
        return structs.replace(
            self._sessions.record_of(scope, session),
            turns=tuple(self._turns.record_of(scope, turn) for turn in reversed(turns)),
        )

    async def append(
        self,
        scope: TenantScope,
        conversation: Conversation,
        turn: Turn,
        used: Sequence[UsageRow] = (),
    ) -> None:
        scope.require_own(conversation.tenant_uid, "conversations")
        async with self._usage.adding(scope, used) as adding:
            await self._append(scope, conversation, turn, adding)

    async def _append(
        self, scope: TenantScope, conversation: Conversation, turn: Turn, adding: Adding
    ) -> None:
        key = hashed(conversation.session_id)
        known = self._seen.take(self._sessions.id_of(scope, key))
        if known is not None or turn.index == 0:
            with suppress(NotFoundError, StaleWriteError):
                await self._add(scope, known, conversation, turn, adding)
                return
        known = await self._sessions.read(scope, key)
        try:
            await self._add(scope, known, conversation, turn, adding)
        except NotFoundError:
            if known is None:
                raise
            adding.done(await self._homes.write(scope, adding.operations))

    async def _add(
        self,
        scope: TenantScope,
        known: Item | None,
        conversation: Conversation,
        turn: Turn,
        adding: Adding,
    ) -> None:
        """Add a turn to a session as read, together with the session if it is new.

        Raises `NotFoundError` if the session or the client was erased in between.
        """
        stored = None if known is None else self._sessions.record_of(scope, known)
        written = record_after(stored, conversation, turn)
        if written is None:
            adding.done(await self._homes.write(scope, adding.operations))
            return
        key = hashed(conversation.session_id)
        place = {"session": key, PLACE: turn.index, **_rating(conversation.session_id, turn)}
        line = self._turns.item(scope, f"{key}~{turn.index:08d}", turn, **place)
        fields = {"user_id": written.user_id, "turns": max(turn.index + 1, _turns(known))}
        try:
            if known is None:
                place = {"session": key, PLACE: OF_THE_SESSION}
                session = self._sessions.item(scope, key, written, **place, **fields)
                created = creating([session, line])
                adding.done(await self._homes.write(scope, [*created, *adding.operations]))
            else:
                changed = replacing(self._sessions.changed(known, written, **fields))
                operations = [changed, *creating([line]), *adding.operations]
                adding.done(await self._turns.items.batch(scope.tenant_id, operations))
        except AlreadyExistsError as error:
            raise StaleWriteError("The session already has a turn with that index.") from error

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

    async def rate(
        self, scope: TenantScope, session_id: SessionId, turn_id: str, feedback: Feedback
    ) -> bool:
        session = hashed(session_id)
        if await self._sessions.read(scope, session) is None:
            return False
        found = await self._turns.select(
            scope,
            "c.session = @session AND c.record.turn_id = @turn",
            values={"session": session, "turn": turn_id},
        )
        for item in found:
            turn = structs.replace(self._turns.record_of(scope, item), feedback=feedback)
            await self._turns.replace(scope, item, turn, **_rating(session_id, turn))
        return bool(found)

    async def rated(
        self,
        scope: TenantScope,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[RatedTurn]:
        where = "c.rated > @after"
        values: dict[str, object] = {"after": 0 if after is None else cursor_position(after)}
        if since is not None:
            where, values = (
                f"{where} AND c.rated_at >= @since",
                {**values, "since": since.timestamp()},
            )
        if until is not None:
            where, values = (
                f"{where} AND c.rated_at < @until",
                {**values, "until": until.timestamp()},
            )
        found = await self._turns.select(
            scope, f"{where} ORDER BY c.rated", top=limit + 1, values=values
        )
        listed = cut(found, limit, lambda item: position_cursor(item["rated"]))
        return Page(
            items=tuple(self._rated(scope, item) for item in listed.items), next=listed.next
        )

    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        session = hashed(session_id)
        await self._remove_turns(scope, session)  # first: an interruption is found again
        await self._sessions.delete(scope, session)
        await self._remove_turns(scope, session)  # ids of one batch

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
        """Return the items of a session and its last turns, newest first, in one query."""
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

    def _rated(self, scope: TenantScope, item: Item) -> RatedTurn:
        turn = self._turns.record_of(scope, item)
        return RatedTurn(session_id=SessionId(item["session_id"]), turn=turn)

    def _summary(self, scope: TenantScope, item: Item) -> ConversationSummary:
        conversation = self._sessions.record_of(scope, item)
        return ConversationSummary(
            session_id=conversation.session_id,
            user_id=conversation.user_id,
            turns=_turns(item),
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
        )


def _rating(session_id: SessionId, turn: Turn) -> dict[str, object]:
    """Return the fields by which a turn's feedback is listed; none without feedback."""
    if turn.feedback is None:
        return {}
    rated_at = turn.feedback.given_at.timestamp()
    return {"session_id": session_id, "rated": next_sequence(), "rated_at": rated_at}


def _turns(item: Item | None) -> int:
    return 0 if item is None else int(item["turns"])


KEPT_SECONDS = 3_600


class CosmosSessionLocks(SessionLocks):
    """One item per session."""

    def __init__(self, cosmos: Cosmos, holders: Holders) -> None:
        self._holders = holders
        self._locks = OwnedItems(cosmos, HOME_CONTAINER, "lock", SessionLease)
        self._homes = Homes(cosmos)
        self._taken = RecentItems()

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        mine, key = SessionLease(token=token, until=until), hashed(session_id)
        item = self._locks.item(scope, key, mine, ttl=KEPT_SECONDS)
        try:
            written = await self._homes.write(scope, creating([item]))
        except AlreadyExistsError:
            return await self._take_over(scope, key, mine, now)
        self._taken.put(written[0])
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        item = await self._locks.read(scope, hashed(session_id))
        if item is None or not self._is(scope, item, token):
            return False
        return await self._written(scope, item, SessionLease(token=token, until=until))

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        key = hashed(session_id)
        item = self._taken.take(self._locks.id_of(scope, key))
        if item is None or not await self._given_up(scope, item, token):
            item = await self._locks.read(scope, key)
            if item is not None:
                await self._given_up(scope, item, token)

    async def _take_over(
        self, scope: TenantScope, key: str, mine: SessionLease, now: datetime
    ) -> bool:
        """Overwrite a lock that is free to us."""
        item = await self._locks.read(scope, key)
        if item is None:
            return False
        held = self._locks.record_of(scope, item)
        if not held.free_to(mine.token, now, self._holders.is_dead):
            return False
        return await self._written(scope, item, mine)

    async def _written(self, scope: TenantScope, item: Item, held: SessionLease) -> bool:
        """Overwrite a lock as read; return whether nobody else did so in between."""
        try:
            await self._locks.replace(scope, item, held)
        except StaleWriteError:
            return False
        return True

    async def _given_up(self, scope: TenantScope, item: Item, token: str) -> bool:
        """Remove a lock as read; return whether this token still held it."""
        if not self._is(scope, item, token):
            return False
        try:
            await self._locks.delete_version(scope, item)
        except StaleWriteError:
            return False
        return True

    def _is(self, scope: TenantScope, item: Item, token: str) -> bool:
        return self._locks.record_of(scope, item).token == token
