"""Requests and replies in the shapes of the OpenAI API."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct, structs

from ragtenancy.app.chat.events import (
    ChatMessage,
    ChatReply,
    Done,
    Exchange,
    SourcesFound,
    TurnEvent,
)
from ragtenancy.app.embedding import Embedded
from ragtenancy.app.search import vector_stores
from ragtenancy.domain.bounds import holds, require_within
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import ApiKeyId, SessionId
from ragtenancy.domain.query import Question
from ragtenancy.domain.sources import Citation, Source
from ragtenancy.domain.tenant_config import MAX_PROMPT, Prompt
from ragtenancy.domain.usage import Usage
from ragtenancy.http.problems import Rendered
from ragtenancy.wire import openai as wire
from ragtenancy.wire.search import Place

CHAT_MODEL = "ragtenancy"
END = b"data: [DONE]\n\n"
_INSTRUCT = frozenset({"system", "developer"})


def message(asked: wire.ChatCompletionRequest, session_id: SessionId | None) -> ChatMessage:
    """Return the question of a conversation, with its history, or alone for a session.

    Raises `MalformedError` for what cannot be had, naming the field.
    """
    _require_supported(asked)
    said = [_said(each, f"$.messages[{at}]") for at, each in enumerate(asked.messages)]
    if asked.messages[-1].role != "user":
        raise MalformedError(
            "The last message must be the user's.", field=f"$.messages[{len(said) - 1}].role"
        )
    require_within(said[-1], Question, f"messages[{len(said) - 1}].content")
    tokens = [n for n in (asked.max_tokens, asked.max_completion_tokens) if n is not None]
    question = ChatMessage(
        message=said[-1],
        session_id=session_id,
        temperature=asked.temperature,
        max_tokens=min(tokens, default=None),
    )
    if session_id is not None:
        return question
    roles = [each.role for each in asked.messages]
    instructions = "\n\n".join(
        text for role, text in zip(roles, said, strict=True) if role in _INSTRUCT
    )
    if not holds(instructions, Prompt):
        raise MalformedError(
            "The system and developer messages are too long.", field="$.messages", limit=MAX_PROMPT
        )
    history = _exchanges(list(zip(roles, said, strict=True))[:-1])
    return structs.replace(question, history=history, instructions=instructions)


class Completion(Struct, frozen=True, kw_only=True):
    """The reply to one request; `created` is in seconds since 1970."""

    model: str
    created: int
    request_id: str
    session_id: SessionId | None

    @property
    def id(self) -> str:
        """The id of the reply and of its chunks."""
        return f"chatcmpl-{self.request_id}"

    def whole(self, reply: ChatReply) -> wire.ChatCompletion:
        """Return a whole turn."""
        said = wire.AssistantMessage(content=reply.answer, annotations=_annotations(reply))
        return wire.ChatCompletion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[wire.Choice(message=said, finish_reason=_finish(reply))],
            usage=_usage(reply.usage),
            sources=[_source(each) for each in reply.sources],
            grounded=reply.grounded,
            session_id=self.session_id,
            degraded=reply.degraded,
            request_id=self.request_id,
        )

    def chunk(
        self, delta: wire.Delta, finish_reason: wire.FinishReason | None = None
    ) -> wire.ChatCompletionChunk:
        """Return a piece of a streamed turn."""
        return wire.ChatCompletionChunk(
            id=self.id,
            object="chat.completion.chunk",
            created=self.created,
            model=self.model,
            choices=[wire.ChunkChoice(delta=delta, finish_reason=finish_reason)],
        )


class Chunks:
    """The events of a turn as the chunks of a stream."""

    def __init__(self, completion: Completion, *, include_usage: bool) -> None:
        self._completion = completion
        self._include_usage = include_usage

    def encoded(self, event: TurnEvent) -> bytes:
        """Return the chunks of an event: the sources, a piece of the answer, or the end."""
        if isinstance(event, SourcesFound):
            opening = self._completion.chunk(wire.Delta(role="assistant", content=""))
            sources = [_source(each) for each in event.sources]
            return _encoded(structs.replace(opening, sources=sources))
        if isinstance(event, Done):
            return b"".join([*map(_encoded, self._last(event.reply)), END])
        return _encoded(self._completion.chunk(wire.Delta(content=event.text)))

    def _last(self, reply: ChatReply) -> Iterator[wire.ChatCompletionChunk]:
        cited = wire.Delta(annotations=_annotations(reply))
        closing = structs.replace(
            self._completion.chunk(cited, _finish(reply)),
            sources=[_source(each) for each in reply.sources],
            grounded=reply.grounded,
            session_id=self._completion.session_id,
            degraded=reply.degraded,
            request_id=self._completion.request_id,
        )
        yield closing
        if self._include_usage:
            yield structs.replace(closing, choices=[], usage=_usage(reply.usage))


def failure(problem: Rendered) -> bytes:
    """Return the last chunk of a stream that fails: its `error` makes clients raise."""
    return b"data: " + problem.body + b"\n\n"


def models(embedder: str, owner: str) -> wire.ModelList:
    """Return the names that `model` may have."""
    names = [CHAT_MODEL, embedder]
    return wire.ModelList(data=[wire.Model(id=name, owned_by=owner) for name in names])


def texts(asked: wire.EmbeddingsRequest) -> list[str]:
    """Return the texts to embed. Raises `MalformedError` for token numbers."""
    given = [asked.input] if isinstance(asked.input, str) else asked.input
    found = [text for text in given if isinstance(text, str)]
    if len(found) < len(given):
        raise MalformedError(
            "`input` must hold texts, not token numbers (in LangChain: "
            "check_embedding_ctx_length=False).",
            field="$.input",
        )
    return found


def embeddings(found: Embedded, asked: wire.EmbeddingsRequest) -> wire.EmbeddingList:
    """Return vectors as numbers or in base64."""
    vectors: Sequence[str | list[float]] = (
        [base64.b64encode(row).decode() for row in found.packed]
        if asked.encoding_format == "base64"
        else found.numbers
    )
    return wire.EmbeddingList(
        data=[wire.Embedding(index=at, embedding=each) for at, each in enumerate(vectors)],
        model=found.model,
        usage=wire.EmbeddingUsage(prompt_tokens=found.tokens, total_tokens=found.tokens),
    )


def store(found: vector_stores.VectorStore) -> wire.VectorStore:
    """Return a client's vector store."""
    counts = found.documents
    return wire.VectorStore(
        id=found.store_id,
        created_at=int(found.created_at.timestamp()),
        name=found.name,
        usage_bytes=found.size,
        file_counts=wire.FileCounts(
            in_progress=counts.in_progress,
            completed=counts.completed,
            failed=counts.failed,
            cancelled=counts.cancelled,
            total=counts.total,
        ),
        status="in_progress" if counts.in_progress else "completed",
    )


def stores(found: vector_stores.VectorStore) -> wire.VectorStoreList:
    """Return the list of a client's vector stores."""
    return wire.VectorStoreList(
        data=[store(found)], first_id=found.store_id, last_id=found.store_id
    )


def query(asked: wire.VectorStoreSearchRequest, key_id: ApiKeyId) -> vector_stores.StoreQuery:
    """Return the search in a request of a key."""
    ranking = asked.ranking_options or wire.RankingOptions()
    return vector_stores.StoreQuery(
        queries=_queries(asked),
        most=asked.max_num_results,
        condition=asked.filters,
        least_score=ranking.score_threshold,
        key_id=key_id,
    )


def results(
    found: vector_stores.Results, asked: wire.VectorStoreSearchRequest
) -> wire.VectorStoreSearchPage:
    """Return the results of a search."""
    return wire.VectorStoreSearchPage(
        search_query=_queries(asked),
        data=[
            wire.FoundFile(
                file_id=each.source.document_id,
                filename=each.source.filename,
                score=each.source.score,
                attributes=each.metadata,
                content=[wire.FoundText(text=each.source.text)],
                chunk_id=each.source.chunk_id,
                section=each.source.section,
                page=each.source.page,
                range=each.source.range,
            )
            for each in found.results
        ],
        degraded=found.degraded,
    )


def _require_supported(asked: wire.ChatCompletionRequest) -> None:
    form = asked.response_format
    faults = {
        "tools": ("Tools are not supported.", asked.tools),
        "functions": ("Functions are not supported.", asked.functions),
        "n": ("Only one answer can be had.", asked.n not in {None, 1}),
        "response_format": ("Only text can be had.", form and form.type != "text"),
    }
    for name, (detail, is_wrong) in faults.items():
        if is_wrong:
            raise MalformedError(detail, field=f"$.{name}", code="not_supported")


def _said(each: wire.ChatMessage, at: str) -> str:
    if each.role in {"tool", "function"}:
        raise MalformedError("Results of tools are not supported.", field=f"{at}.role")
    if each.content is None or isinstance(each.content, str):
        return each.content or ""
    if any(part.type != "text" for part in each.content):
        raise MalformedError("Only text parts are supported.", field=f"{at}.content")
    return "\n".join(part.text for part in each.content)


def _exchanges(said: Sequence[tuple[str, str]]) -> list[Exchange]:
    """Return earlier questions with their answers; a greeting before the first is left out."""
    found: list[Exchange] = []
    for role, text in said:
        if role == "user":
            found.append(Exchange(question=text, answer=""))
        elif role == "assistant" and found:
            answer = "\n".join(filter(None, [found[-1].answer, text]))
            found[-1] = structs.replace(found[-1], answer=answer)
    return found


def _annotations(reply: ChatReply) -> list[wire.Annotation]:
    return [_annotation(each, reply.sources[each.index - 1]) for each in reply.citations]


def _annotation(found: Citation, source: Source) -> wire.Annotation:
    start, end = found.marker
    return wire.Annotation(
        file_citation=wire.FileCitation(
            file_id=source.document_id,
            filename=source.filename,
            index=found.index,
            quote=found.quote,
            range=found.range,
            page=found.page,
            start_index=start,
            end_index=end,
        )
    )


def _source(found: Source) -> wire.CitedSource:
    return wire.CitedSource(
        index=found.index,
        file_id=found.document_id,
        filename=found.filename,
        section=found.section,
        page=found.page,
        range=found.range,
        text=found.text,
        score=found.score,
        cited=found.cited,
        also_in=[
            Place(document_id=place.document_id, filename=place.filename) for place in found.also_in
        ],
    )


def _finish(reply: ChatReply) -> wire.FinishReason:
    return "length" if reply.truncated else "stop"


def _usage(used: Usage) -> wire.CompletionUsage:
    return wire.CompletionUsage(
        prompt_tokens=used.prompt_tokens,
        completion_tokens=used.completion_tokens,
        total_tokens=used.prompt_tokens + used.completion_tokens,
        prompt_tokens_details=wire.PromptDetails(cached_tokens=used.cached_tokens),
        completion_tokens_details=wire.CompletionDetails(reasoning_tokens=used.reasoning_tokens),
    )


def _queries(asked: wire.VectorStoreSearchRequest) -> Sequence[str]:
    return [asked.query] if isinstance(asked.query, str) else asked.query


def _encoded(chunk: wire.ChatCompletionChunk) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
