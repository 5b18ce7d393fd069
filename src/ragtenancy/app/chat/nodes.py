"""The nodes of the chat graph: each one port call or one domain call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from langgraph.config import get_stream_writer

from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.app.chat.state import TurnState
from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.passages import FindPassages
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Usage, shortened
from ragtenancy.domain.citations import MarkerFilter
from ragtenancy.domain.conversations import standalone_question
from ragtenancy.domain.errors import NoAnswerError, PromptTooLongError
from ragtenancy.domain.query import Query
from ragtenancy.ports.chat_models import ChatModel

SPARE = 6
CONTEXT_TRIMMED = "context_trimmed"
Update = Mapping[str, Any]
Node = Callable[[TurnState], Awaitable[Update]]


class ChatNodes(Protocol):
    """The work of a turn, step by step."""

    async def condense(self, state: TurnState) -> Update:
        """Make the question stand alone."""
        ...

    async def retrieve(self, state: TurnState) -> Update:
        """Find the passages that pass."""
        ...

    async def refuse(self, state: TurnState) -> Update:
        """Say that nothing was found."""
        ...

    async def answer(self, state: TurnState) -> Update:
        """Answer from the passages."""
        ...

    async def cite(self, state: TurnState) -> Update:
        """Decide whether the answer is grounded."""
        ...


class GroundedNodes:
    """Answers from passages that pass, or refuses in the tenant's words."""

    def __init__(self, chat_model: ChatModel, find_passages: FindPassages) -> None:
        self._chat_model = chat_model
        self._find_passages = find_passages

    async def condense(self, state: TurnState) -> Update:
        """Make the question stand alone."""
        if not state["history"]:
            return {"question": state["message"]}
        message, history = state["message"], state["history"]
        try:
            return {"question": await self._chat_model.condense(message, history)}
        except PromptTooLongError:
            return {"question": standalone_question(message, history)}

    async def retrieve(self, state: TurnState) -> Update:
        """Find the passages that pass."""
        config = state["config"]
        query = Query(
            text=state["question"],
            top_k=config.config.search_settings.top_k,
            filters=state["filters"],
        )
        asked = Asked(scope=state["scope"], query=query, effective=config, spare=SPARE)
        found = await self._find_passages(asked)
        get_stream_writer()(SourcesFound(sources=found.sources))
        return {"sources": found.sources, "degraded": found.degraded}

    async def refuse(self, state: TurnState) -> Update:
        """Say that nothing was found; no language model is called."""
        words = state["config"].config.prompts.no_context_response
        get_stream_writer()(Token(text=words))
        return {"answer": words, "grounded": False, "usage": Usage()}

    async def answer(self, state: TurnState) -> Update:
        """Stream the answer, its markers checked on the way.

        What is too long for the model's context is shortened and asked once more.
        """
        request = _request(state)
        said: list[str] = []
        try:
            return await self._streamed(request, said, state["degraded"])
        except PromptTooLongError:
            if said:
                raise
            fewer = shortened(request)
        degraded = [*state["degraded"], CONTEXT_TRIMMED]
        return {**await self._streamed(fewer, said, degraded), "sources": fewer.passages}

    async def _streamed(
        self, request: AnswerRequest, said: list[str], degraded: Sequence[str]
    ) -> Update:
        """Stream an answer's pieces, which are put into `said`."""
        write = get_stream_writer()
        markers = MarkerFilter(len(request.passages))
        last = AnswerDelta()

        def emit(text: str) -> None:
            if text:
                said.append(text)
                write(Token(text=text))

        async for delta in self._chat_model.stream(request):
            last = delta
            emit(markers.feed(delta.text))
        emit(markers.finish())
        answer = "".join(said)
        if not answer.strip():
            raise NoAnswerError(truncated=last.truncated, max_tokens=request.max_tokens)
        return {
            "answer": answer,
            "grounded": markers.grounded,
            "truncated": last.truncated,
            "degraded": [*degraded, *last.degraded],
            "usage": last.usage or Usage(),
        }

    async def cite(self, state: TurnState) -> Update:
        """Keep what grounds the answer: an answer without a valid marker is not grounded."""
        return {"grounded": bool(state["sources"]) and state["grounded"]}


def _request(state: TurnState) -> AnswerRequest:
    config = state["config"].config
    return AnswerRequest(
        system_prompt=config.prompts.system_prompt,
        asked=state["message"],
        question=state["question"],
        history=state["history"],
        passages=state["sources"],
        model=config.llm_settings.model,
        temperature=config.llm_settings.temperature,
        max_tokens=config.llm_settings.max_tokens,
        language=config.search_settings.language,
    )
