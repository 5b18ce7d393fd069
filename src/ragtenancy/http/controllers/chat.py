"""Chat and its sessions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from litestar import delete, get, post
from litestar.di import NamedDependency

from ragtenancy.app.chat.chat import Chat
from ragtenancy.app.chat.events import TurnEvent
from ragtenancy.app.conversations.conversations import Conversations
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http import path_ids, sse
from ragtenancy.http.bodies import read_json, read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.event_stream import EventStream, EventStreams
from ragtenancy.http.operations import tenant
from ragtenancy.http.request_ids import request_id
from ragtenancy.http.views import chat as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.chat import ChatReply, ChatRequest, Session, Turn
from ragtenancy.wire.pages import EraseQuery, Page, PageQuery, SessionsQuery


@post(
    "/api/v1/chat",
    status_code=200,
    opt=tenant(Scope.CHAT, body=ChatRequest, fails=(409, 413, 415, 502, 504), streams=True),
)
async def chat(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    chat: NamedDependency[Chat],
    event_streams: NamedDependency[EventStreams],
) -> ChatReply | EventStream:
    """Answer a message from the client's documents, with sources."""
    asked = await read_json(request, ChatRequest)
    message, known_as = view.message(asked), request_id(request.scope)
    if asked.stream or sse.accepts(request.headers.get("accept", "")):
        turn = chat.stream(caller.scope, message)
        return await event_streams.open(_encoded(turn, known_as), known_as)
    return view.reply(await chat.reply(caller.scope, message), known_as)


@get("/api/v1/chat/sessions", opt=tenant(Scope.CHAT, query=SessionsQuery))
async def list_chat_sessions(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    conversations: NamedDependency[Conversations],
) -> Page[Session]:
    """List the client's sessions, oldest first."""
    query = read_query(request, SessionsQuery)
    found = await conversations.page(
        caller.scope, user_id=query.user_id, after=query.after, limit=query.limit
    )
    return page(found, view.session)


@get(
    "/api/v1/chat/sessions/{session_id:str}", opt=tenant(Scope.CHAT, query=PageQuery, fails=(404,))
)
async def read_chat_session(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    conversations: NamedDependency[Conversations],
) -> Page[Turn]:
    """Read the turns of a session, oldest first."""
    query = read_query(request, PageQuery)
    session_id = path_ids.session_id(request)
    found = await conversations.turns(
        caller.scope, session_id, after=query.after, limit=query.limit
    )
    return page(found, view.turn)


@delete("/api/v1/chat/sessions/{session_id:str}", opt=tenant(Scope.CHAT))
async def erase_chat_session(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    conversations: NamedDependency[Conversations],
) -> None:
    """Erase a session; the absent is fine."""
    await conversations.erase(caller.scope, path_ids.session_id(request))


@delete("/api/v1/chat/sessions", opt=tenant(Scope.CHAT, query=EraseQuery))
async def erase_chat_sessions_of_user(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    conversations: NamedDependency[Conversations],
) -> None:
    """Erase every session of a user; the absent is fine."""
    query = read_query(request, EraseQuery)
    await conversations.erase_user(caller.scope, query.user_id)


async def _encoded(
    turn: AsyncGenerator[TurnEvent, None], known_as: str
) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn):
        async for said in turn:
            yield view.event(said, known_as)


HANDLERS = (
    chat,
    list_chat_sessions,
    read_chat_session,
    erase_chat_session,
    erase_chat_sessions_of_user,
)
