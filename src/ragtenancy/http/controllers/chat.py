"""Chat and its sessions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ragtenancy.app.chat.chat import Chat
from ragtenancy.app.chat.events import TurnEvent
from ragtenancy.app.conversations.conversations import Conversations
from ragtenancy.app.conversations.feedback import TurnFeedback
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.failures import GENERATION
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.route import tenant_route
from ragtenancy.http.streams import EventStream, EventStreams, accepts_events
from ragtenancy.http.views import chat as view
from ragtenancy.wire.chat import (
    ChatReply,
    ChatRequest,
    FeedbackQuery,
    NewFeedback,
    RatedTurn,
    Session,
    Turn,
)
from ragtenancy.wire.pages import EraseQuery, Page, PageQuery, SessionsQuery, page_of

SESSIONS = "/api/v1/chat/sessions"
SESSION = SESSIONS + "/{session_id:str}"
FEEDBACK = SESSION + "/turns/{turn_id:str}/feedback"


@tenant_route(
    "POST",
    "/api/v1/chat",
    Scope.CHAT,
    fails=("session_busy", 413, 415, *GENERATION),
    streams="chat",
)
async def chat(
    body: ChatRequest,
    request: AnyRequest,
    request_id: str,
    caller: TenantPrincipal,
    chat: Chat,
    event_streams: EventStreams,
) -> ChatReply | EventStream:
    """Answer a message from the client's documents, with sources."""
    message = view.message(body, caller.key_id)
    if body.stream or accepts_events(request.headers.get("accept", "")):
        turn = chat.stream(caller.scope, message)
        return await event_streams.open(_encoded(turn, request_id), request_id)
    return view.reply(await chat.reply(caller.scope, message), request_id)


@tenant_route("GET", SESSIONS, Scope.CHAT)
async def list_chat_sessions(
    query: SessionsQuery, caller: TenantPrincipal, conversations: Conversations
) -> Page[Session]:
    """List the client's sessions, oldest first."""
    found = await conversations.page(
        caller.scope, user_id=query.user_id, after=query.after, limit=query.limit
    )
    return page_of(found, view.session)


@tenant_route("GET", SESSION, Scope.CHAT, fails=(404,))
async def read_chat_session(
    session_id: SessionId, query: PageQuery, caller: TenantPrincipal, conversations: Conversations
) -> Page[Turn]:
    """Read the turns of a session, oldest first."""
    found = await conversations.turns(
        caller.scope, session_id, after=query.after, limit=query.limit
    )
    return page_of(found, view.turn)


@tenant_route("DELETE", SESSION, Scope.CHAT, status=204)
async def erase_chat_session(
    session_id: SessionId, caller: TenantPrincipal, conversations: Conversations
) -> None:
    """Erase a session; idempotent."""
    await conversations.erase(caller.scope, session_id)


@tenant_route("DELETE", SESSIONS, Scope.CHAT, status=204)
async def erase_chat_sessions_of_user(
    query: EraseQuery, caller: TenantPrincipal, conversations: Conversations
) -> None:
    """Erase all of a user's sessions; idempotent."""
    await conversations.erase_user(caller.scope, query.user_id)


@tenant_route("POST", FEEDBACK, Scope.CHAT, status=204, fails=(404, "turn_busy", 413, 415))
async def give_feedback(
    session_id: SessionId,
    turn_id: str,
    body: NewFeedback,
    caller: TenantPrincipal,
    turn_feedback: TurnFeedback,
) -> None:
    """Rate an answer, and name the document that should have answered; replaces earlier feedback."""
    await turn_feedback.give(caller.scope, session_id, turn_id, view.new_feedback(body))


@tenant_route("GET", "/api/v1/chat/feedback", Scope.CHAT)
async def list_feedback(
    query: FeedbackQuery, caller: TenantPrincipal, turn_feedback: TurnFeedback
) -> Page[RatedTurn]:
    """List the client's turns with feedback, in the order in which it was given."""
    found = await turn_feedback.page(
        caller.scope, since=query.since, until=query.until, after=query.after, limit=query.limit
    )
    return page_of(found, view.rated_turn)


async def _encoded(
    turn: AsyncGenerator[TurnEvent, None], request_id: str
) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn):
        async for event in turn:
            yield view.event(event, request_id)


ROUTES = (
    *(chat, list_chat_sessions, read_chat_session),
    *(erase_chat_session, erase_chat_sessions_of_user),
    *(give_feedback, list_feedback),
)
