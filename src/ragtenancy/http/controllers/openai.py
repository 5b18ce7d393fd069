"""The OpenAI API: chat completions, models, embeddings and vector store search."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import structs

from ragtenancy.app.chat.chat import Chat
from ragtenancy.app.chat.events import TurnEvent
from ragtenancy.app.embedding import TextEmbedding
from ragtenancy.app.search.vector_stores import VectorStores
from ragtenancy.domain import ids
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import MalformedError, NotFoundError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.failures import EMBEDDING, GENERATION
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.route import tenant_route
from ragtenancy.http.streams import EventStream, EventStreams
from ragtenancy.http.views import openai as view
from ragtenancy.wire.openai import (
    ChatCompletion,
    ChatCompletionRequest,
    EmbeddingList,
    EmbeddingsRequest,
    Model,
    ModelList,
    VectorStore,
    VectorStoreList,
    VectorStoreSearchPage,
    VectorStoreSearchRequest,
)

SESSION_HEADER = "X-Session-ID"
STORE = "/v1/vector_stores/{store_id:str}"


@tenant_route(
    "POST",
    "/v1/chat/completions",
    Scope.CHAT,
    fails=("session_busy", 413, 415, *GENERATION),
    receives=(SESSION_HEADER,),
    streams="openai",
)
async def create_chat_completion(
    body: ChatCompletionRequest,
    request: AnyRequest,
    request_id: str,
    caller: TenantPrincipal,
    chat: Chat,
    event_streams: EventStreams,
) -> ChatCompletion | EventStream:
    """Answer the last message of a conversation from the client's documents."""
    session_id = _session_id(request)
    message = structs.replace(view.message(body, session_id), key_id=caller.key_id)
    answer = view.Completion(
        model=body.model, created=int(time.time()), request_id=request_id, session_id=session_id
    )
    if not body.stream:
        return answer.whole(await chat.reply(caller.scope, message))
    options = body.stream_options
    chunks = view.Chunks(answer, include_usage=bool(options and options.include_usage))
    turn = chat.stream(caller.scope, message)
    return await event_streams.open(_encoded(turn, chunks), request_id, view.failure)


@tenant_route("GET", "/v1/models", Scope.CHAT)
async def list_models(caller: TenantPrincipal, text_embedding: TextEmbedding) -> ModelList:
    """List the model that answers from the documents, and the one that embeds them."""
    return view.models(await text_embedding.model(caller.scope), caller.scope.tenant_id)


@tenant_route("GET", "/v1/models/{model:str}", Scope.CHAT, fails=(404,))
async def read_model(model: str, caller: TenantPrincipal, text_embedding: TextEmbedding) -> Model:
    """Read one of the models."""
    listed = view.models(await text_embedding.model(caller.scope), caller.scope.tenant_id).data
    for each in listed:
        if each.id == model:
            return each
    raise NotFoundError("There is no such model.")


@tenant_route("POST", "/v1/embeddings", Scope.SEARCH, fails=(413, 415, *EMBEDDING))
async def create_embeddings(
    body: EmbeddingsRequest, caller: TenantPrincipal, text_embedding: TextEmbedding
) -> EmbeddingList:
    """Embed texts by the model of the client's documents."""
    found = await text_embedding.embed(
        caller.scope, view.texts(body), dimension=body.dimensions, key_id=caller.key_id
    )
    return view.embeddings(found, body)


@tenant_route("GET", "/v1/vector_stores", Scope.SEARCH)
async def list_vector_stores(
    caller: TenantPrincipal, vector_stores: VectorStores
) -> VectorStoreList:
    """List the client's vector store: its documents."""
    return view.stores(await vector_stores.store(caller.scope))


@tenant_route("GET", STORE, Scope.SEARCH, fails=(404,))
async def read_vector_store(
    store_id: str, caller: TenantPrincipal, vector_stores: VectorStores
) -> VectorStore:
    """Read the client's vector store."""
    return view.store(await vector_stores.named(caller.scope, store_id))


@tenant_route("POST", STORE + "/search", Scope.SEARCH, fails=(404, 413, 415, *EMBEDDING))
async def search_vector_store(
    store_id: str,
    body: VectorStoreSearchRequest,
    caller: TenantPrincipal,
    vector_stores: VectorStores,
) -> VectorStoreSearchPage:
    """Find the best chunks of the client's documents for one query or several."""
    found = await vector_stores.search(caller.scope, store_id, view.query(body, caller.key_id))
    return view.results(found, body)


def _session_id(request: AnyRequest) -> SessionId | None:
    """Return the session that the request names. Raises `MalformedError`."""
    named = request.headers.getall(SESSION_HEADER.lower(), [])
    if len(named) > 1:
        raise MalformedError(f"The request repeats {SESSION_HEADER}.")
    return ids.session_id(named[0]) if named else None


async def _encoded(
    turn: AsyncGenerator[TurnEvent, None], chunks: view.Chunks
) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn):
        async for event in turn:
            yield chunks.encoded(event)


ROUTES = (
    *(create_chat_completion, list_models, read_model, create_embeddings),
    *(list_vector_stores, read_vector_store, search_vector_store),
)
