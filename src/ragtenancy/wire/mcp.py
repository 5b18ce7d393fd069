"""Arguments and results of the tools that MCP clients call."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.tenant_config import TopK
from ragtenancy.wire.documents import DocumentStatus
from ragtenancy.wire.fields import DocumentId, Question, SessionId, about
from ragtenancy.wire.pages import PageQuery
from ragtenancy.wire.search import Filters

MAX_PASSAGE = 20_000
Offset = Annotated[int, Meta(ge=0)]


class SearchArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `search` looks for."""

    query: Annotated[Question, about("The question or search words, 1 to 8,000 characters.")]
    top_k: Annotated[TopK | None, about("The maximum number of hits; 5 unless configured.")] = None
    filters: Annotated[Filters | None, about("Restricts the search to documents that match.")] = (
        None
    )


class AskArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `ask` answers."""

    question: Annotated[Question, about("The question, 1 to 8,000 characters.")]
    session_id: Annotated[
        SessionId | None,
        about("Continues a conversation: the `session_id` of an earlier result, or your own id."),
    ] = None
    filters: Annotated[Filters | None, about("Restricts the answer to documents that match.")] = (
        None
    )


class ListArguments(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which documents `list_documents` lists."""

    status: Annotated[DocumentStatus | None, about("Only documents with this status.")] = None


class PassageArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which text `get_passage` reads: a source's `range`, or more around it."""

    document_id: Annotated[DocumentId, about("The document, from a source or `list_documents`.")]
    start: Annotated[Offset, about("The first character, from 0.")] = 0
    end: Annotated[
        Offset | None,
        about(f"The character after the last; at most {MAX_PASSAGE:,} are returned at once."),
    ] = None


class PassageReply(Struct, frozen=True, kw_only=True):
    """A piece of a document's text; `total` is the length of the whole in characters."""

    document_id: Annotated[str, about("The document's id.")]
    filename: Annotated[str, about("The document's filename.")]
    version: Annotated[str, about("The document's version.")]
    range: Annotated[
        tuple[int, int], about("The first character returned, and the one after the last.")
    ]
    total: Annotated[int, about("The length of the whole text, in characters.")]
    text: Annotated[str, about("The text.")]
