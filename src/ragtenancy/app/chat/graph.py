"""The chat graph: understand → (converse | retrieve → (refuse | answer)), and its nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from msgspec import Struct

from ragtenancy.app.admission import outside
from ragtenancy.app.chat.answerer import Answerer, Speech
from ragtenancy.app.chat.events import SourcesFound, Token, TurnInput, TurnState
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.overviews import OverviewFinder
from ragtenancy.app.search.passages import PassageFinder, Passages, Wanted
from ragtenancy.app.steps import Steps
from ragtenancy.app.usage.metering import MeteredModel
from ragtenancy.domain.answers import AnswerRequest, Reading, Rewrite, TermStatistics, newest
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    RejectedError,
    UnavailableError,
)
from ragtenancy.domain.follow_ups import correction, leans_back, searched, understood
from ragtenancy.domain.languages import detect
from ragtenancy.domain.metrics import ANSWERS
from ragtenancy.domain.questions import parts
from ragtenancy.domain.refusals import built_in_refusal
from ragtenancy.domain.relevance import bar_for
from ragtenancy.domain.small_talk import small_talk
from ragtenancy.domain.small_talk_replies import MAX_NAMES, reply
from ragtenancy.domain.sources import merged, with_citations
from ragtenancy.domain.tenant_config import DEFAULT_GREETING, DEFAULT_NO_CONTEXT
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.token_counters import TokenCounter

HISTORY_TOKENS = 1_500
CONDENSE_SECONDS = 8.0
Update = Mapping[str, Any]
Node = Callable[[TurnState], Awaitable[Update]]


class Step(Protocol):
    """A node as LangGraph calls it."""

    async def __call__(self, state: TurnState) -> Command[str] | None:
        """Do the node's work and name the next node."""
        ...


class ChatGraph:
    """The graph that every turn runs through, whichever entry point it came through.

    There is no checkpointer: the stored conversation is the only memory.
    """

    def __init__(self, nodes: GroundedNodes, steps: Steps) -> None:
        self._steps = steps
        graph = StateGraph(TurnState)
        understand, retrieve = (
            self._timed("understand", nodes.understand),
            self._timed("retrieve", nodes.retrieve),
        )
        graph.add_node(
            "understand", _then(understand, _searches), destinations=("converse", "retrieve")
        )
        graph.add_node("retrieve", _then(retrieve, _answers), destinations=("refuse", "answer"))
        graph.add_node("converse", self._last("converse", nodes.converse))
        graph.add_node("refuse", self._last("refuse", nodes.refuse))
        graph.add_node("answer", self._last("answer", nodes.answer))
        graph.add_edge(START, "understand")
        for last in ("converse", "refuse", "answer"):
            graph.add_edge(last, END)
        self._graph = graph.compile()

    def run(self, start: TurnInput) -> AsyncGenerator[SourcesFound | Token | TurnState, None]:
        """Yield the events of a turn and, last, its final state."""
        stream: Any = self._graph.astream(cast("TurnState", start), stream_mode="custom")
        return cast("AsyncGenerator[SourcesFound | Token | TurnState, None]", stream)

    def _timed(self, name: str, node: Node) -> Node:
        async def work(state: TurnState) -> Update:
            with self._steps.step(name):
                return await node(state)

        return work

    def _last(self, name: str, node: Node) -> Step:
        """Return a node that emits the turn's final state: streaming every state costs more."""
        timed = self._timed(name, node)

        async def work(state: TurnState) -> None:
            final = cast("TurnState", {**state, **await timed(state)})
            self._count(final)
            get_stream_writer()(final)

        return work

    def _count(self, final: TurnState) -> None:
        client_id = final["scope"].tenant_id
        self._steps.metrics.count(ANSWERS, outcome=_outcome(final), client_id=client_id)


def _then(node: Node, choose: Callable[[TurnState], str]) -> Step:
    """Return a node that names its successor: conditional edges cost a task each."""

    async def work(state: TurnState) -> Command[str]:
        update = await node(state)
        return Command(update=update, goto=choose(cast("TurnState", {**state, **update})))

    return work


def _searches(state: TurnState) -> str:
    return "retrieve" if state["said"] is None else "converse"


def _answers(state: TurnState) -> str:
    return "answer" if state["sources"] else "refuse"


def _outcome(final: TurnState) -> str:
    if final["said"] is not None:
        return "small_talk"
    if not final["sources"]:
        return "refused"
    return "grounded" if final["grounded"] else "ungrounded"


class Condensed(Struct, frozen=True, kw_only=True):
    """A rewrite, or the reason for its absence."""

    rewrite: Rewrite | None = None
    degraded: str | None = None


class GroundedNodes:
    """Answers from relevant passages, or refuses in the tenant's words."""

    def __init__(
        self,
        chat_model: ChatModel,
        passages: PassageFinder,
        overviews: OverviewFinder,
        manifests: Manifests,
        lexicons: Lexicons,
        counter: TokenCounter,
        *,
        ask_again: bool = False,
        condense_seconds: float = CONDENSE_SECONDS,
    ) -> None:
        self._chat_model = MeteredModel(chat_model)
        self._bar = bar_for(generates=chat_model.generates)
        self._passages = passages
        self._overviews = overviews
        self._manifests = manifests
        self._counter = counter
        self._answerer = Answerer(self._chat_model, lexicons, ask_again=ask_again)
        self._condense_seconds = condense_seconds

    async def understand(self, state: TurnState) -> Update:
        """Distinguish small talk from questions; list each question's possible readings."""
        message, history = state["message"], state["history"]
        said = small_talk(message)
        if said is not None:
            return {"said": said, "question": "", "questions": []}
        questions = understood(message, history)
        return {"said": None, "question": searched(message, history), "questions": questions}

    async def converse(self, state: TurnState) -> Update:
        """Answer small talk, without a search or a model call."""
        said = state["said"]
        assert said is not None  # noqa: S101 - the graph routes only small talk here
        manifest = await self._manifests.read(state["scope"])
        names = sorted(entry.filename for entry in manifest.entries.values())
        greeting = state["config"].config.prompts.greeting
        words = reply(
            said,
            greeting=None if greeting == DEFAULT_GREETING else greeting,
            documents=names[:MAX_NAMES],
            total=len(names),
        )
        Speech().write([], words)
        return {**_UNGROUNDED, "answer": words}

    async def retrieve(self, state: TurnState) -> Update:
        """Find each question's passages; those of several questions are interleaved.

        In parallel, the model rewrites a message that refers to earlier turns; the search then
        runs again on the rewrite.
        """
        if not self._chat_model.generates or not _leans(state):
            return await self._found(state, state["questions"])
        rewriting = asyncio.create_task(_condensed(self._chat_model, state, self._condense_seconds))
        try:
            found = await self._found(state, state["questions"])
            async with outside():
                condensed = await rewriting
        finally:
            rewriting.cancel()
            await asyncio.wait([rewriting])
        if condensed.rewrite is None:
            return {**found, "degraded": [*found["degraded"], condensed.degraded]}
        if not condensed.rewrite.question:
            return found
        questions = _with_rewrite(state["questions"], condensed.rewrite)
        return {
            **await self._found(state, questions),
            "question": condensed.rewrite.question,
            "questions": questions,
        }

    async def _found(self, state: TurnState, questions: Sequence[Sequence[Reading]]) -> Update:
        found = [await self._passages_of(state, question) for question in questions]
        settings = state["config"].config.search_settings
        absent = [code for each in found for code in each.missing_identifiers]
        frequency = {k: v for each in found for k, v in each.statistics.frequency.items()}
        return {
            "sources": merged(
                [each.sources for each in found],
                most=settings.top_k,
                alike=settings.copy_similarity,
            ),
            "missing_identifiers": absent,
            "overview": found[0].overview if len(found) == 1 else None,
            "questions": [each.readings for each in found if not each.missing_identifiers],
            "degraded": sorted({word for each in found for word in each.degraded}),
            "statistics": TermStatistics(chunks=found[0].statistics.chunks, frequency=frequency),
            "embedding_fingerprint": found[0].embedding_fingerprint,
        }

    async def _passages_of(self, state: TurnState, question: Sequence[Reading]) -> Passages:
        wanted = Wanted(
            scope=state["scope"],
            readings=question,
            filters=state["filters"],
            effective=state["config"],
            bar=self._bar,
        )
        return await self._overviews.find(wanted, await self._passages.find(wanted))

    async def refuse(self, state: TurnState) -> Update:
        """Reply that nothing was found; no language model is called."""
        words = _refusal(state)
        Speech().write([], words)
        return {**_UNGROUNDED, "answer": words}

    async def answer(self, state: TurnState) -> Update:
        """Answer from the passages; the tenant's refusal replaces the model's own.

        The sources that the answer cites are marked; an answer without one is not grounded.
        """
        checked = await self._answerer.answer(
            self._request(state), state["meter"], whole=state["whole"]
        )
        outcome: Update = {
            "request": checked.request,
            "degraded": [*state["degraded"], *checked.degraded],
        }
        if checked.refused:
            return {**await self.refuse(state), **outcome}
        return {
            **outcome,
            "answer": checked.text,
            "grounded": bool(checked.cited),
            "sources": with_citations(checked.request.passages, checked.cited),
            "unsupported": checked.unsupported,
            "truncated": checked.truncated,
        }

    def _request(self, state: TurnState) -> AnswerRequest:
        config = state["config"].config
        return AnswerRequest(
            scope=state["scope"],
            system_prompt="\n\n".join(
                filter(None, [config.prompts.system_prompt, state["instructions"]])
            ),
            asked=state["message"],
            question=state["question"],
            questions=state["questions"],
            missing_identifiers=state["missing_identifiers"],
            overview=state["overview"],
            statistics=state["statistics"],
            embedding_fingerprint=state["embedding_fingerprint"],
            history=self._history(state["history"]),
            passages=state["sources"],
            model=config.llm_settings.model,
            temperature=config.llm_settings.temperature,
            max_tokens=config.llm_settings.max_tokens,
            reasoning_effort=config.llm_settings.reasoning_effort,
            verbosity=config.llm_settings.verbosity,
            language=config.search_settings.language,
        )

    def _history(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        """Return the newest whole turns that fit the token budget for history."""
        if not turns or not self._chat_model.generates:
            return turns
        tokens = self._counter.count([f"{turn.question}\n{turn.answer}" for turn in turns])
        return newest(turns, tokens, HISTORY_TOKENS)


_UNGROUNDED: Update = {"sources": [], "grounded": False}


def _with_rewrite(
    questions: Sequence[Sequence[Reading]], rewrite: Rewrite
) -> Sequence[Sequence[Reading]]:
    """Return the questions with the rewrite as their first reading."""
    rewritten = parts(rewrite.question)
    if len(rewritten) != len(questions):
        return [[Reading(rewrite.question), *questions[0]]]
    return [[Reading(text), *question] for text, question in zip(rewritten, questions, strict=True)]


def _refusal(state: TurnState) -> str:
    """Return the tenant's own refusal, or the built-in one in the question's language."""
    own = state["config"].config.prompts.no_context_response
    if own != DEFAULT_NO_CONTEXT:
        return own
    absent = state.get("missing_identifiers", ())
    return built_in_refusal(detect(state["message"]), missing_identifiers=absent)


def _leans(state: TurnState) -> bool:
    """Return whether the message is hard to understand without the turns before it."""
    message = state["message"]
    return bool(state["history"]) and (leans_back(message) or correction(message) is not None)


async def _condensed(chat_model: MeteredModel, state: TurnState, seconds: float) -> Condensed:
    """Return the message rewritten to stand alone, within `seconds`."""
    model = state["config"].config.llm_settings.model
    try:
        async with asyncio.timeout(seconds):
            rewrite = await chat_model.condense(
                state["message"], state["history"], state["meter"], model=model
            )
    except (TimeoutError, BackendTimeoutError):
        return Condensed(degraded="condense_timeout")
    except (UnavailableError, RejectedError):
        return Condensed(degraded="condense_unavailable")
    if not rewrite.question or rewrite.question == state["message"]:
        return Condensed(rewrite=Rewrite(question="", usage=rewrite.usage))
    return Condensed(rewrite=rewrite)
