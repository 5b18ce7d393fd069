"""The tools: their arguments, the scope that each needs, and the use case that each calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ragtenancy.app.chat.chat import Chat
from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.app.documents import Documents
from ragtenancy.app.search.search import DocumentSearch, SearchRequest
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.bounds import malformed
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.cursors import opened, page_with, tag_of
from ragtenancy.http.json_schema import portable
from ragtenancy.http.requests import refuse_nul
from ragtenancy.http.views import chat as chat_view
from ragtenancy.http.views import documents as document_view
from ragtenancy.http.views import search as search_view
from ragtenancy.wire.chat import ChatReply
from ragtenancy.wire.documents import Document
from ragtenancy.wire.mcp import (
    MAX_PASSAGE,
    AskArguments,
    ListArguments,
    PassageArguments,
    PassageReply,
    SearchArguments,
)
from ragtenancy.wire.pages import Page, page_of
from ragtenancy.wire.search import SearchReply

Json = dict[str, Any]


class Call(Struct, frozen=True, kw_only=True):
    """Who calls a tool, and the id of the request."""

    caller: TenantPrincipal
    request_id: str


class UseCases(Struct, frozen=True, kw_only=True):
    """What the tools call, each composed when it is first needed."""

    search: Callable[[], DocumentSearch]
    chat: Callable[[], Chat]
    documents: Callable[[], Documents]


class Tool(Struct, frozen=True, kw_only=True):
    """A tool as a model sees it, and what it does."""

    name: str
    title: str
    description: str
    scope: Scope
    arguments: type[Struct]
    result: Any
    run: Callable[[UseCases, Call, Any], Awaitable[Struct]]
    read_only: bool = True

    @property
    def input_schema(self) -> Json:
        """The JSON Schema of the arguments."""
        return _schema(self.arguments)

    @property
    def output_schema(self) -> Json:
        """The JSON Schema of the result."""
        return _schema(self.result)

    async def call(
        self, use_cases: UseCases, call: Call, arguments: Mapping[str, object]
    ) -> Struct:
        """Check the scope and the arguments, then run.

        Raises `InsufficientScopeError`, `MalformedError` naming the argument, and as the use case.
        """
        call.caller.require(self.scope)
        refuse_nul(arguments, "$")
        try:
            given = msgspec.convert(arguments, self.arguments)
        except msgspec.ValidationError as error:
            raise malformed(error) from None
        return await self.run(use_cases, call, given)


def named(name: str) -> Tool | None:
    """Return the tool with a name."""
    return next((tool for tool in TOOLS if tool.name == name), None)


def shown_to(caller: TenantPrincipal) -> list[Tool]:
    """Return the tools that the caller's key may use."""
    return [tool for tool in TOOLS if tool.scope in caller.scopes]


async def _search(use_cases: UseCases, call: Call, given: SearchArguments) -> SearchReply:
    request = SearchRequest(
        query=given.query,
        top_k=given.top_k,
        filters=given.filters,
        key_id=call.caller.key_id,
    )
    found = await use_cases.search().search(call.caller.scope, request)
    return search_view.reply(found, call.caller.scope.tenant_id)


async def _ask(use_cases: UseCases, call: Call, given: AskArguments) -> ChatReply:
    message = ChatMessage(
        message=given.question,
        session_id=given.session_id,
        filters=given.filters,
        key_id=call.caller.key_id,
    )
    return chat_view.reply(
        await use_cases.chat().reply(call.caller.scope, message), call.request_id
    )


async def _list(use_cases: UseCases, call: Call, given: ListArguments) -> Page[Document]:
    scope = call.caller.scope
    tag = tag_of("list_documents", scope.tenant_uid)
    status = None if given.status is None else DocumentStatus(given.status)
    after = None if given.after is None else opened(given.after, tag)
    found = await use_cases.documents().page(scope, status=status, after=after, limit=given.limit)
    return page_with(page_of(found, document_view.document_of(scope.tenant_id)), tag)


async def _passage(use_cases: UseCases, call: Call, given: PassageArguments) -> PassageReply:
    document_id = DocumentId(given.document_id)
    found = await use_cases.documents().text(call.caller.scope, document_id)
    total = len(found.text)
    end = min(total if given.end is None else given.end, given.start + MAX_PASSAGE, total)
    if given.start > end:
        raise InvalidError(f"`start` is not before `end`, or past the text's {total} characters.")
    return PassageReply(
        document_id=document_id,
        filename=found.filename,
        version=str(found.version),
        range=(given.start, end),
        total=total,
        text=found.text[given.start : end],
    )


TOOLS = (
    Tool(
        name="search",
        title="Search the documents",
        description=(
            "Finds the passages of the company's documents that fit a question or search words "
            "best, by meaning and by words. Use it to read what the documents say; use `ask` for a "
            "finished answer."
        ),
        scope=Scope.SEARCH,
        arguments=SearchArguments,
        result=SearchReply,
        run=_search,
    ),
    Tool(
        name="ask",
        title="Ask the documents",
        description=(
            "Answers a question from the company's documents alone, with numbered sources; "
            "`grounded` is false if the documents do not hold the answer. Pass the `session_id` of "
            "a result to ask a follow-up question."
        ),
        scope=Scope.CHAT,
        arguments=AskArguments,
        result=ChatReply,
        run=_ask,
        read_only=False,
    ),
    Tool(
        name="list_documents",
        title="List the documents",
        description="Lists the company's documents, oldest first, a page at a time.",
        scope=Scope.INGEST,
        arguments=ListArguments,
        result=Page[Document],
        run=_list,
    ),
    Tool(
        name="get_passage",
        title="Read a passage",
        description=(
            "Reads a piece of a document's text: the `range` of a source or hit, or more around it."
        ),
        scope=Scope.SEARCH,
        arguments=PassageArguments,
        result=PassageReply,
        run=_passage,
    ),
)
"""The tools in the order in which they are listed."""


def _schema(kind: Any) -> Json:  # noqa: ANN401 - a Struct, or a generic of one
    """Return a type's JSON Schema, with an object at its root as MCP wants it."""
    (reference,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = components.pop(reference["$ref"].removeprefix("#/$defs/"))
    schema: Json = portable({**root, "$defs": components} if components else root)
    return schema
