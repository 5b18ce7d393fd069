"""The chat graph: understand → (converse | retrieve → (refuse | answer)), compiled once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Protocol, cast

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.app.chat.nodes import ChatNodes, Node
from ragtenancy.app.chat.state import TurnInput, TurnState


class Step(Protocol):
    """A node as LangGraph calls it."""

    async def __call__(self, state: TurnState) -> Command[str] | None:
        """Do the node's work, and say what follows."""
        ...


class ChatGraph:
    """Every turn runs through here, whichever way it came in.

    There is no checkpointer: the conversation in its repository is the only memory.
    """

    def __init__(self, nodes: ChatNodes) -> None:
        graph = StateGraph(TurnState)
        understand, retrieve = _then(nodes.understand, _searches), _then(nodes.retrieve, _answers)
        graph.add_node("understand", understand, destinations=("converse", "retrieve"))
        graph.add_node("retrieve", retrieve, destinations=("refuse", "answer"))
        graph.add_node("converse", _last(nodes.converse))
        graph.add_node("refuse", _last(nodes.refuse))
        graph.add_node("answer", _last(nodes.answer))
        graph.add_edge(START, "understand")
        for last in ("converse", "refuse", "answer"):
            graph.add_edge(last, END)
        self._graph = graph.compile()

    async def run(self, start: TurnInput) -> AsyncGenerator[SourcesFound | Token | TurnState, None]:
        """Yield the events of a turn and, last, its final state."""
        stream: AsyncIterator[Any] = self._graph.astream(
            cast("TurnState", start), stream_mode="custom"
        )
        async for item in stream:
            yield item


def _then(node: Node, choose: Callable[[TurnState], str]) -> Step:
    """Return a node that says which one follows: edges with conditions cost a task each."""

    async def work(state: TurnState) -> Command[str]:
        update = await node(state)
        return Command(update=update, goto=choose(cast("TurnState", {**state, **update})))

    return work


def _last(node: Node) -> Step:
    """Return a node that says the turn's final state: streaming every state costs more."""

    async def work(state: TurnState) -> None:
        update = await node(state)
        get_stream_writer()({**state, **update})

    return work


def _searches(state: TurnState) -> str:
    return "retrieve" if state["said"] is None else "converse"


def _answers(state: TurnState) -> str:
    return "answer" if state["sources"] else "refuse"
