"""A chat model that says what it is told to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.chat_models import ChatModel

USAGE = Usage(prompt_tokens=7, completion_tokens=3)


class ScriptedChatModel(ChatModel):
    """Streams `answer` word by word, keeps the requests, and raises `failure` when it is set.

    `truncated` is what the last piece says of it. `rewrite` is what every question is condensed
    to, `condensed` are those that were, each with its model, and `told` the turns before them.
    """

    def __init__(self, answer: str = "Yes [1].") -> None:
        self.answer = answer
        self.requests: list[AnswerRequest] = []
        self.failure: RagTenancyError | None = None
        self.truncated = False
        self.rewrite = ""
        self.condensed: list[tuple[str, str | None]] = []
        self.told: list[Sequence[Turn]] = []
        self.condense_failure: RagTenancyError | None = None

    @property
    def name(self) -> str:
        """The name of the double."""
        return "scripted"

    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        """Return the question with the one it points back to."""
        self.condensed.append((question, model))
        self.told.append(history)
        if self.condense_failure is not None:
            raise self.condense_failure
        return Rewrite(question=self.rewrite or standalone_question(question, history))

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the answer's words, then a usage."""
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        for piece in re.split(r"(?<= )", self.answer):
            yield AnswerDelta(text=piece)
        yield AnswerDelta(usage=USAGE, truncated=self.truncated)
