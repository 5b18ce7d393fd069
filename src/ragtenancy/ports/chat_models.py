"""Models that answer from passages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import QuestionVectors


class ChatModel(Protocol):
    """A language model, or an extractor, that answers from the given passages alone."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model used when the request names none."""

    @property
    def generates(self) -> bool:
        """Whether it writes answers in its own words, which may be wrong or a refusal."""
        return True

    def forget(self, scope: TenantScope) -> None:
        """Drop this process's state for a tenant; most models have none."""
        return

    def detached(self, question_vectors: QuestionVectors) -> ChatModel:
        """Return a model that answers alike and adds nothing to this one's caches or its stores.

        Most models have no caches, and return themselves.
        """
        return self

    @abstractmethod
    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        """Return a standalone version of the question; unchanged without a history.

        Raises `UnavailableError` or `RejectedError`.
        """

    @abstractmethod
    def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the answer's text in pieces, `[n]` citing `passages[n-1]`; the last has the usage.

        The last piece also states whether `max_tokens`, which does not cover a model's reasoning,
        cut the answer off, and which parameters the model does not support (`temperature_ignored`,
        `reasoning_effort_adjusted`). Those that are None are the model's own.

        Raises `UnavailableError` or `RejectedError`, before or between pieces. Closing the iterator
        also cancels the model's work.
        """
