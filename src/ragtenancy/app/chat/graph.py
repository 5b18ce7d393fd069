"""The chat graph: understand → (converse | retrieve → (refuse | answer)), compiled once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from langgraph.types import StreamMode

from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.app.chat.nodes import ChatNodes
from ragtenancy.app.chat.state import TurnInput, TurnState


class ChatGraph:
    """Every turn runs through here, whichever way it came in.

    There is no checkpointer: the conversation in its repository is the only memory.
    """

    def __init__(self, nodes: ChatNodes) -> None:
        graph = StateGraph(TurnState)
        graph.add_node("understand", nodes.understand)
        graph.add_node("converse", nodes.converse)
        graph.add_node("retrieve", nodes.retrieve)
        graph.add_node("refuse", nodes.refuse)
        graph.add_node("answer", nodes.answer)
        graph.add_edge(START, "understand")
        graph.add_conditional_edges("understand", _searches, ["converse", "retrieve"])
        graph.add_conditional_edges("retrieve", _answers, ["refuse", "answer"])
        for last in ("converse", "refuse", "answer"):
            graph.add_edge(last, END)
        self._graph = graph.compile()

    async def run(self, start: TurnInput) -> AsyncGenerator[SourcesFound | Token | TurnState, None]:
        """Yield the events of a turn and, last, its final state."""
        modes: list[StreamMode] = ["custom", "values"]
        stream: AsyncIterator[Any] = self._graph.astream(
            cast("TurnState", start), stream_mode=modes
        )
        final: TurnState | None = None
        async for mode, item in stream:
            if mode == "custom":
                yield item
            else:
                final = item
        if final is not None:
            yield final


async def _searches(state: TurnState) -> str:
    return "retrieve" if state["said"] is None else "converse"


async def _answers(state: TurnState) -> str:
    return "answer" if state["sources"] else "refuse"
