"""Conversation turns: serialized by session, bounded by a deadline, and stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from msgspec import Struct, field, structs

from ragtenancy.app.chat.events import (
    ChatMessage,
    ChatReply,
    Done,
    SourcesFound,
    Token,
    TurnEvent,
    TurnInput,
    TurnState,
)
from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.app.usage.metering import Meter
from ragtenancy.domain.citations import citations
from ragtenancy.domain.conversations import (
    HISTORY_TURNS,
    Conversation,
    Turn,
    TurnStatus,
    heard,
    recalled,
    turn_token,
)
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    RagTenancyError,
    RejectedError,
    SessionBusyError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.sources import Citation, Source
from ragtenancy.domain.tenant_config import EffectiveConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage, UsageRow
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.session_locks import SessionLocks
from ragtenancy.ports.token_counters import TokenCounter

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)
TURN_SECONDS = 120.0
Event = TypeVar("Event")


class TurnGraph(Protocol):
    """Runs a turn; implemented by `ChatGraph`, which is loaded with LangGraph on the first turn."""

    def run(self, start: TurnInput) -> AsyncGenerator[SourcesFound | Token | TurnState, None]:
        """Yield the events of a turn and, last, its final state."""
        ...


class Running(Struct, kw_only=True):
    """A turn in progress, with its text so far in case it is cut short."""

    scope: TenantScope
    message: ChatMessage
    session_id: SessionId
    turn_id: str
    config: EffectiveConfig
    conversation: Conversation | None
    history: Sequence[Turn]
    whole: bool = False
    remember: bool = False
    sources: Sequence[Source] = ()
    citations: Sequence[Citation] | None = None
    text: list[str] = field(default_factory=list)
    final: TurnState | None = None
    meter: Meter = field(default_factory=Meter)
    usage: Usage = Usage()


class SessionHolder:
    """Leases on sessions, each renewed while its turn runs."""

    def __init__(
        self, session_locks: SessionLocks, holders: Holders, ids: Ids, clock: Clock
    ) -> None:
        self._locks = session_locks
        self._holders = holders
        self._ids = ids
        self._clock = clock

    @asynccontextmanager
    async def hold(self, scope: TenantScope, session_id: SessionId) -> AsyncIterator[None]:
        """Hold the session. Raises `SessionBusyError` while another turn holds it."""
        token = turn_token(self._ids.new("turn"), self._holders.me())
        await self._take(scope, session_id, token)
        keeper = asyncio.create_task(self._keep(scope, session_id, token))
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            await uninterrupted(self._locks.release(scope, session_id, token))

    async def _take(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        """Acquire the lock; if cancelled while acquiring it, release it."""
        now = self._clock.now()
        acquire = self._locks.acquire(scope, session_id, token, now=now, until=now + LEASE)
        try:
            if not await uninterrupted(acquire):
                raise SessionBusyError
        except asyncio.CancelledError:
            await uninterrupted(self._locks.release(scope, session_id, token))
            raise

    async def _keep(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        while True:
            await self._clock.sleep(RENEW_EVERY)
            until = self._clock.now() + LEASE
            try:
                held = await self._locks.renew(scope, session_id, token, until=until)
            except UnavailableError:
                continue  # the lease lasts long enough for two more tries
            if not held:
                return


class Chat:
    """Answers a message in its session, whichever entry point it came through.

    A turn takes at most `seconds`, including all waiting for backends. Turns of one session never
    overlap. A turn that is cut short is stored as aborted with its text so far. Without
    conversation memory, each message stands alone and only its usage is stored.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        graph: TurnGraph,
        conversations: ConversationRepository,
        manifests: Manifests,
        sessions: SessionHolder,
        accounts: Accounts,
        counter: TokenCounter,
        ids: Ids,
        clock: Clock,
        *,
        seconds: float = TURN_SECONDS,
    ) -> None:
        self._configs = configs
        self._graph = graph
        self._conversations = conversations
        self._manifests = manifests
        self._sessions = sessions
        self._accounts = accounts
        self._counter = counter
        self._ids = ids
        self._clock = clock
        self._seconds = seconds

    async def reply(self, scope: TenantScope, message: ChatMessage) -> ChatReply:
        """Return the whole reply to a message. Raises as `stream` does."""
        turn = before_deadline(self._taken(scope, message, whole=True), self._seconds)
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.reply
        raise RejectedError("The answer was interrupted before it was complete.")

    def stream(self, scope: TenantScope, message: ChatMessage) -> AsyncGenerator[TurnEvent, None]:
        """Yield `SourcesFound`, then tokens, then `Done`.

        Raises `LimitError`, `SessionBusyError`, `MalformedError`, `UnavailableError`, `RejectedError`, and
        `BackendTimeoutError` at the turn's deadline.
        """
        return before_deadline(self._taken(scope, message, whole=False), self._seconds)

    async def _taken(
        self, scope: TenantScope, message: ChatMessage, *, whole: bool
    ) -> AsyncGenerator[TurnEvent, None]:
        effective = await self._configs.effective(scope)
        config = effective.lowered(temperature=message.temperature, max_tokens=message.max_tokens)
        session_id = message.session_id or SessionId(self._ids.new("session"))
        remember = config.config.features.conversation_memory and message.history is None
        async with AsyncExitStack() as stack:
            if remember:
                await stack.enter_async_context(self._sessions.hold(scope, session_id))
            await stack.enter_async_context(self._accounts.admitted(scope, config))
            conversation = await self._known(scope, session_id) if remember else None
            running = Running(
                scope=scope,
                message=message,
                session_id=session_id,
                turn_id=self._ids.new("turn"),
                config=config,
                conversation=conversation,
                history=await self._history(scope, message, conversation),
                whole=whole,
                remember=remember,
            )
            try:
                async with aclosing(self._events(running)) as events:
                    async for event in events:
                        yield event
                final = _final(running)
            except BaseException:
                with suppress(RagTenancyError):
                    await uninterrupted(self._end(running, TurnStatus.ABORTED))
                raise
            await uninterrupted(self._end(running, TurnStatus.COMPLETE))
        yield Done(reply=_reply(running, final))

    async def _events(self, running: Running) -> AsyncGenerator[SourcesFound | Token, None]:
        async with aclosing(self._graph.run(_start(running))) as events:
            async for event in events:
                if isinstance(event, SourcesFound):
                    running.sources = event.sources
                    yield event
                elif isinstance(event, Token):
                    running.text.append(event.text)
                    yield event
                else:
                    running.final = event
                    running.sources = event.get("sources", running.sources)
                    running.citations = await _citations(event)

    async def _history(
        self, scope: TenantScope, message: ChatMessage, conversation: Conversation | None
    ) -> Sequence[Turn]:
        """Return the latest turns, from the caller's own history or the session's.

        Answers of the session that may repeat a deleted document are left out.
        """
        if message.history is None:
            recent = conversation.recent if conversation else ()
            if not any(turn.behind for turn in recent):
                return recent
            documents = (await self._manifests.read(scope)).entries
            return [recalled(turn, documents) for turn in recent]
        now = self._clock.now()
        return [
            Turn(index=index, question=said.question, answer=said.answer, created_at=now)
            for index, said in enumerate(message.history)
        ][-HISTORY_TURNS:]

    async def _known(self, scope: TenantScope, session_id: SessionId) -> Conversation | None:
        return await self._conversations.get(scope, session_id, last=HISTORY_TURNS)

    async def _end(self, running: Running, status: TurnStatus) -> None:
        """Store the turn with its usage; of one that ended before its text, only the usage."""
        used = await running.meter.read(self._counter)
        running.usage = sum(used.values(), Usage())
        if status is TurnStatus.ABORTED and not (used or running.text):
            return
        rows = self._accounts.rows(running.message.key_id, used)
        if running.remember and (running.text or status is TurnStatus.COMPLETE):
            await self._remember(running, status, rows)
        else:
            await self._accounts.add(running.scope, rows)

    async def _remember(
        self, running: Running, status: TurnStatus, rows: Sequence[UsageRow]
    ) -> None:
        now = self._clock.now()
        conversation = running.conversation or Conversation(
            tenant_uid=running.scope.tenant_uid,
            session_id=running.session_id,
            user_id=running.message.user_id,
            created_at=now,
            updated_at=now,
        )
        user_id = conversation.user_id or running.message.user_id
        owned = structs.replace(conversation, user_id=user_id)
        index = conversation.turns[-1].index + 1 if conversation.turns else 0
        turn = _turn(running, index, status, now)
        try:
            await self._conversations.append(running.scope, owned, turn, rows)
            self._accounts.measure(running.scope, rows)
        except StaleWriteError:
            await self._accounts.add(running.scope, rows)
            raise SessionBusyError from None


def _turn(running: Running, index: int, status: TurnStatus, now: datetime) -> Turn:
    final = running.final
    return Turn(
        index=index,
        turn_id=running.turn_id,
        question=running.message.message,
        searched=final["question"] if final else "",
        answer=final["answer"] if final else "".join(running.text),
        sources=running.sources,
        citations=running.citations,
        heard=heard(running.history),
        grounded=bool(final and final["grounded"]),
        truncated=bool(final and final.get("truncated")),
        unsupported=tuple(final.get("unsupported", ())) if final else (),
        missing_identifiers=tuple(final.get("missing_identifiers", ())) if final else (),
        usage=running.usage,
        status=status,
        created_at=now,
    )


def _start(running: Running) -> TurnInput:
    return TurnInput(
        scope=running.scope,
        config=running.config,
        message=running.message.message,
        history=running.history,
        filters=running.message.filters,
        instructions=running.message.instructions,
        whole=running.whole,
        meter=running.meter,
    )


async def _citations(final: TurnState) -> Sequence[Citation]:
    """Return the citations of an answer; in a thread, since reading all passages takes a while."""
    if not final["grounded"]:
        return ()
    return await asyncio.to_thread(citations, final["answer"], final["sources"])


def _final(running: Running) -> TurnState:
    """Return the turn's final state. Raises `RejectedError` for a turn without one."""
    if running.final is None or "answer" not in running.final:
        raise RejectedError("The answer was interrupted before it was complete.")
    return running.final


def _reply(running: Running, final: TurnState) -> ChatReply:
    return ChatReply(
        answer=final["answer"],
        sources=running.sources,
        citations=running.citations or (),
        session_id=running.session_id,
        turn_id=running.turn_id,
        client_id=running.scope.tenant_id,
        grounded=final["grounded"],
        truncated=final.get("truncated", False),
        unsupported=final.get("unsupported", ()),
        missing_identifiers=final.get("missing_identifiers", ()),
        degraded=final.get("degraded", ()),
        usage=running.usage,
        config_version=running.config.version,
    )


async def before_deadline(
    events: AsyncGenerator[Event, None], seconds: float
) -> AsyncGenerator[Event, None]:
    """Yield the events that arrive within `seconds` of the first request for one.

    The deadline applies while waiting for an event, never while the reader handles one. Raises
    `BackendTimeoutError` after closing the generator cleanly.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    async with aclosing(events):
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise BackendTimeoutError("The answer took too long.") from error
            yield event
