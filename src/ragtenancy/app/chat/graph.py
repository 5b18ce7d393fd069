"""The chat graph: understand → (converse | retrieve → (refuse | answer)), compiled once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.app.chat.nodes import ChatNodes, Node, Update
from ragtenancy.app.chat.state import TurnInput, TurnState


class ChatGraph:
    """Every turn runs through here, whichever way it came in.

    There is no checkpointer: the conversation in its repository is the only memory.
    """

    def __init__(self, nodes: ChatNodes) -> None:
        graph = StateGraph(TurnState)
        graph.add_node("understand", nodes.understand)
        graph.add_node("retrieve", nodes.retrieve)
        graph.add_node("converse", _last(nodes.converse))
        graph.add_node("refuse", _last(nodes.refuse))
        graph.add_node("answer", _last(nodes.answer))
        graph.add_edge(START, "understand")
        graph.add_conditional_edges("understand", _searches, ["converse", "retrieve"])
        graph.add_conditional_edges("retrieve", _answers, ["refuse", "answer"])
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


def _last(node: Node) -> Node:
    """Return a node that says the turn's final state: streaming every state costs more."""

    async def work(state: TurnState) -> Update:
        update = await node(state)
        get_stream_writer()({**state, **update})
        return {}

    return work


async def _searches(state: TurnState) -> str:
    return "retrieve" if state["said"] is None else "converse"


async def _answers(state: TurnState) -> str:
    return "answer" if state["sources"] else "refuse"
