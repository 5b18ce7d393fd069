"""Answering from passages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.tenants import TenantScope


class ChatModel(Protocol):
    """A language model, or an extractor, that answers from passages and from nothing else."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model that answers when the request names none."""

    @property
    def generates(self) -> bool:
        """Whether answers are in words of its own, so that they may err, and refuse."""
        return True

    def forget(self, scope: TenantScope) -> None:
        """Drop what this process keeps of a tenant; most keep nothing."""
        return

    @abstractmethod
    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        """Return the question so that it stands alone; unchanged without a history.

        Raises `UnavailableError` or `RejectedError`.
        """

    @abstractmethod
    def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the answer's text in pieces, with `[n]` naming `passages[n-1]`; last its usage.

        The last piece also says whether `max_tokens` cut the answer off, and which parameters
        the model does not take (`temperature_ignored`). No temperature is the model's own.

        Raises `UnavailableError` or `RejectedError`, before or between pieces. Closing the
        iterator ends the work at the model too.
        """
