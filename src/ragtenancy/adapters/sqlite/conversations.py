"""Conversations and their locks in a tenant's file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.schema import EPOCH, MICROSECOND, microseconds, microseconds_or_none
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.usage import record
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
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.session_locks import SessionLocks

CODEC = RecordCodec(Conversation)
TURN_CODEC = RecordCodec(Turn)
EVERY = -1

BY_SESSION = "SELECT body FROM conversations WHERE session_id = ?"
LAST_TURNS = "SELECT body FROM turns WHERE session_id = ? ORDER BY turn_index DESC LIMIT ?"
NEXT_TURNS = (
    "SELECT body FROM turns WHERE session_id = ? AND turn_index > ? ORDER BY turn_index LIMIT ?"
)
REWRITE = "UPDATE turns SET body = ? WHERE session_id = ? AND turn_index = ?"
WRITE = """
    INSERT INTO conversations (session_id, user_id, body) VALUES (?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE SET body = excluded.body, user_id = excluded.user_id
"""
SUMMARIES = """
    SELECT sequence, body,
        (SELECT count(*) FROM turns WHERE turns.session_id = conversations.session_id)
    FROM conversations WHERE sequence > :start
"""


LIST_AS_RATED = (
    "INSERT OR REPLACE INTO feedback (session_id, turn_index, given_at) VALUES (?, ?, ?)"
)
RATED = """
    SELECT feedback.sequence, conversations.body, turns.body
    FROM feedback JOIN turns USING (session_id, turn_index) JOIN conversations USING (session_id)
    WHERE feedback.sequence > :start
        AND (:since IS NULL OR given_at >= :since) AND (:until IS NULL OR given_at < :until)
    ORDER BY feedback.sequence LIMIT :count
"""


class SqliteConversationRepository(ConversationRepository):
    """Tables `conversations`, `turns`, and `feedback`, which lists the turns that have some."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def get(
        self, scope: TenantScope, session_id: SessionId, *, last: int | None = None
    ) -> Conversation | None:
        count = EVERY if last is None else last

        def work(db: apsw.Connection) -> Conversation | None:
            known = _known(db, scope, session_id)
            if known is None:
                return None
            turns = _turns(db, LAST_TURNS, session_id, count)
            return structs.replace(known, turns=tuple(reversed(turns)))

        read = self._files.read if last is None else self._files.read_briefly
        return await read(scope, work)

    async def append(
        self,
        scope: TenantScope,
        conversation: Conversation,
        turn: Turn,
        used: Sequence[UsageRow] = (),
    ) -> None:
        scope.require_own(conversation.tenant_uid, "conversations")
        session_id = conversation.session_id
        turn_body = TURN_CODEC.encode(turn)

        def work(db: apsw.Connection) -> None:
            record(db, used)
            written = record_after(_known(db, scope, session_id), conversation, turn)
            if written is None:
                return
            db.execute(WRITE, (session_id, written.user_id, CODEC.encode(written)))
            try:
                db.execute(
                    "INSERT INTO turns VALUES (?, ?, ?)", (session_id, turn.index, turn_body)
                )
            except apsw.ConstraintError as error:
                raise StaleWriteError("The session already has a turn with that index.") from error
            if turn.feedback is not None:
                _list_as_rated(db, session_id, turn.index, turn.feedback)

        await self._files.write(scope, work)

    async def turns(
        self,
        scope: TenantScope,
        session_id: SessionId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Turn] | None:
        start = -1 if after is None else cursor_position(after)

        def work(db: apsw.Connection) -> Page[Turn] | None:
            if _known(db, scope, session_id) is None:
                return None
            found = _turns(db, NEXT_TURNS, session_id, start, limit + 1)
            return cut(found, limit, lambda turn: position_cursor(turn.index))

        return await self._files.read(scope, work)

    async def page(
        self,
        scope: TenantScope,
        *,
        user_id: UserId | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[ConversationSummary]:
        start = 0 if after is None else cursor_position(after)
        theirs = "" if user_id is None else " AND user_id = :user_id"
        query = f"{SUMMARIES}{theirs} ORDER BY sequence LIMIT :count"
        values = {"start": start, "count": limit + 1, "user_id": user_id}

        def work(db: apsw.Connection) -> Page[ConversationSummary]:
            page = cut(list(db.execute(query, values)), limit, lambda row: position_cursor(row[0]))
            items = tuple(_summary(scope, body, turns) for _, body, turns in page.items)
            return Page(items=items, next=page.next)

        return await self._files.read(scope, work)

    async def rate(
        self, scope: TenantScope, session_id: SessionId, turn_id: str, feedback: Feedback
    ) -> bool:
        def work(db: apsw.Connection) -> bool:
            if _known(db, scope, session_id) is None:
                return False
            for turn in _turns(db, LAST_TURNS, session_id, EVERY):
                if turn.turn_id == turn_id:
                    body = TURN_CODEC.encode(structs.replace(turn, feedback=feedback))
                    db.execute(REWRITE, (body, session_id, turn.index))
                    _list_as_rated(db, session_id, turn.index, feedback)
                    return True
            return False

        return await self._files.write(scope, work)

    async def rated(
        self,
        scope: TenantScope,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[RatedTurn]:
        values = {
            "start": 0 if after is None else cursor_position(after),
            "since": microseconds_or_none(since),
            "until": microseconds_or_none(until),
            "count": limit + 1,
        }

        def work(db: apsw.Connection) -> Page[RatedTurn]:
            page = cut(list(db.execute(RATED, values)), limit, lambda row: position_cursor(row[0]))
            items = tuple(_rated(scope, session, turn) for _, session, turn in page.items)
            return Page(items=items, next=page.next)

        return await self._files.read(scope, work)

    async def delete(self, scope: TenantScope, session_id: SessionId) -> None:
        await self._delete(scope, "DELETE FROM conversations WHERE session_id = ?", session_id)

    async def delete_user(self, scope: TenantScope, user_id: UserId) -> int:
        return await self._delete(scope, "DELETE FROM conversations WHERE user_id = ?", user_id)

    async def count(self, scope: TenantScope) -> int:
        query = "SELECT count(*) FROM conversations"
        return int(await self._files.read(scope, lambda db: db.execute(query).get))

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(
            scope, lambda db: db.execute("DELETE FROM conversations").get
        )

    async def _delete(self, scope: TenantScope, query: str, key: str) -> int:
        def work(db: apsw.Connection) -> int:
            db.execute(query, (key,))
            return db.changes()

        return await self._files.write(scope, work, makes_room=True)


def _known(db: apsw.Connection, scope: TenantScope, session_id: SessionId) -> Conversation | None:
    body = db.execute(BY_SESSION, (session_id,)).get
    return None if body is None else _own(scope, body)


def _own(scope: TenantScope, body: bytes) -> Conversation:
    conversation = CODEC.decode(body)
    scope.require_own(conversation.tenant_uid, "conversations")
    return conversation


def _turns(db: apsw.Connection, query: str, *values: str | int) -> Sequence[Turn]:
    return tuple(TURN_CODEC.decode(body) for (body,) in db.execute(query, values))


def _list_as_rated(
    db: apsw.Connection, session_id: SessionId, index: int, feedback: Feedback
) -> None:
    db.execute(LIST_AS_RATED, (session_id, index, microseconds(feedback.given_at)))


def _rated(scope: TenantScope, session: bytes, turn: bytes) -> RatedTurn:
    return RatedTurn(session_id=_own(scope, session).session_id, turn=TURN_CODEC.decode(turn))


def _summary(scope: TenantScope, body: bytes, turns: int) -> ConversationSummary:
    conversation = _own(scope, body)
    return ConversationSummary(
        session_id=conversation.session_id,
        user_id=conversation.user_id,
        turns=turns,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


HELD = "SELECT token, held_until FROM session_locks WHERE session_id = ?"
ACQUIRE = "INSERT OR REPLACE INTO session_locks (session_id, token, held_until) VALUES (?, ?, ?)"


class SqliteSessionLocks(SessionLocks):
    """Table `session_locks`; unsynced writes, since a lease is meaningless after a crash."""

    def __init__(self, files: TenantFiles, holders: Holders) -> None:
        self._files = files
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
        values = (session_id, token, microseconds(until))

        def work(db: apsw.Connection) -> bool:
            db.execute("DELETE FROM session_locks WHERE held_until <= ?", (microseconds(now),))
            held = db.execute(HELD, (session_id,)).fetchone()
            if held is not None:
                lease = SessionLease(token=held[0], until=EPOCH + held[1] * MICROSECOND)
                if not lease.free_to(token, now, self._holders.is_dead):
                    return False
            db.execute(ACQUIRE, values)
            return True

        return await self._files.write_briefly(scope, work)

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        def work(db: apsw.Connection) -> bool:
            db.execute(
                "UPDATE session_locks SET held_until = ? WHERE session_id = ? AND token = ?",
                (microseconds(until), session_id, token),
            )
            return bool(db.changes())

        return await self._files.write_briefly(scope, work)

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        query = "DELETE FROM session_locks WHERE session_id = ? AND token = ?"
        await self._files.write_briefly(
            scope, lambda db: db.execute(query, (session_id, token)).get
        )
