"""An answer of the model: asked for, checked, held back while it may be a refusal, and said."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import Enum, auto

from langgraph.config import get_stream_writer
from msgspec import Struct, structs

from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Usage, shortened
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.errors import (
    NoAnswerError,
    PromptTooLongError,
    RejectedError,
    UnavailableError,
)
from ragtenancy.domain.grounding import CheckedAnswer
from ragtenancy.domain.refusals import FIRST_SENTENCE, is_refusal
from ragtenancy.domain.sources import Source, Unsupported
from ragtenancy.ports.chat_models import ChatModel

CONTEXT_TRIMMED = "context_trimmed"
SHORT = 3  # words: "Sorry!" is no first sentence
_SENTENCE = re.compile(
    r"[^.!?\u2026\u3002\uff01\uff1f\n]*(?:[.!?\u2026]+(?=[\s*_]+\S)|[\u3002\uff01\uff1f]|\n)"
)


class Attempt(Struct, frozen=True, kw_only=True):
    """One answer of the model, checked; `refused` in place of a text."""

    text: str
    refused: bool
    passages: Sequence[Source]
    cited: Collection[int]
    unsupported: Sequence[Unsupported]
    truncated: bool
    degraded: Sequence[str]
    usage: Usage


class Speech:
    """Writes a turn's events: its sources before the first token."""

    def __init__(self) -> None:
        self._write = get_stream_writer()
        self.begun = False

    def say(self, sources: Sequence[Source], words: str) -> None:
        """Write some words, if there are any."""
        if not words:
            return
        if not self.begun:
            self._write(SourcesFound(sources=sources))
            self.begun = True
        self._write(Token(text=words))


class Answerer:
    """Asks the model for an answer and checks it while it is said.

    With `ask_again` an answer that is not streamed, and holds statements that no passage bears
    out, is asked for once more; the better one is given.
    """

    def __init__(self, chat_model: ChatModel, lexicons: Lexicons, *, ask_again: bool) -> None:
        self._chat_model = chat_model
        self._lexicons = lexicons
        self._ask_again = ask_again

    async def answer(self, request: AnswerRequest, *, whole: bool) -> Attempt:
        """Return the answer, said unless it is refused; `whole` says that nobody reads it before.

        Raises as `ChatModel` does, and `NoAnswerError` for an answer without any text.
        """
        if not (self._ask_again and whole):
            return await self._attempt(request, Speech())
        attempt = await self._better(request)
        if not attempt.refused:
            Speech().say(attempt.passages, attempt.text)
        return attempt

    async def _better(self, request: AnswerRequest) -> Attempt:
        """Return an answer, or a second one if fewer of its statements are unsupported."""
        first = await self._attempt(request, None)
        if first.refused or not first.unsupported:
            return first
        complaints = [first.text[slice(*each.range)] for each in first.unsupported]
        again = structs.replace(request, passages=first.passages, complaints=complaints)
        try:
            second = await self._attempt(again, None)
        except (UnavailableError, RejectedError):
            return first
        better = not second.refused and len(second.unsupported) < len(first.unsupported)
        best = second if better else first
        return structs.replace(best, usage=first.usage + second.usage)

    async def _attempt(self, request: AnswerRequest, speech: Speech | None) -> Attempt:
        """Ask the model; what is too long for its context is shortened and asked once more."""
        try:
            return await self._spoken(request, speech)
        except PromptTooLongError:
            if speech is not None and speech.begun:
                raise
            attempt = await self._spoken(shortened(request), speech)
            return structs.replace(attempt, degraded=[*attempt.degraded, CONTEXT_TRIMMED])

    async def _spoken(self, request: AnswerRequest, speech: Speech | None) -> Attempt:
        lexicon = self._lexicons.of(request.language)
        checked = CheckedAnswer(request.passages, request.asked, lexicon)
        spoken = SpokenAnswer(checked, may_refuse=self._chat_model.generates)
        last, refused = AnswerDelta(), False
        async for delta in self._chat_model.stream(request):
            last, refused = delta, refused or delta.refused
            said = spoken.feed(delta.text)
            if speech is not None:
                speech.say(request.passages, said)
        said = spoken.finish()
        if speech is not None:
            speech.say(request.passages, said)
        refused = refused or spoken.refused
        if not refused and not spoken.text.strip():
            raise NoAnswerError(truncated=last.truncated, max_tokens=request.max_tokens)
        return Attempt(
            text=spoken.text,
            refused=refused,
            passages=request.passages,
            cited=checked.cited,
            unsupported=() if refused else checked.unsupported(),
            truncated=last.truncated,
            degraded=last.degraded,
            usage=last.usage or Usage(),
        )


class _Phase(Enum):
    UNDECIDED = auto()
    REFUSES = auto()
    ANSWERS = auto()


class SpokenAnswer:
    """Hands an answer on once its first sentence is known to be no refusal.

    What begins as a refusal is held until a marker holds, and is then an answer after all.
    Without `may_refuse` everything is handed on at once.
    """

    def __init__(self, checked: CheckedAnswer, *, may_refuse: bool) -> None:
        self.checked = checked
        self.text = ""
        self._raw = ""
        self._held = ""
        self._phase = _Phase.UNDECIDED if may_refuse else _Phase.ANSWERS

    @property
    def refused(self) -> bool:
        """Whether all of it was a refusal; known at its end."""
        return self._phase is _Phase.REFUSES

    def feed(self, text: str) -> str:
        """Take a piece of the answer; return what may be said now."""
        self._held += self.checked.feed(text)
        if self._phase is _Phase.UNDECIDED:
            self._raw += text
            self._phase = _phase_of(self._raw)
        return self._let_go()

    def finish(self) -> str:
        """Return what is left to say."""
        self._held += self.checked.finish()
        if self._phase is _Phase.UNDECIDED:
            refuses = any(map(is_refusal, _sentences(self._raw, last=True)))
            self._phase = _Phase.REFUSES if refuses else _Phase.ANSWERS
        return self._let_go()

    def _let_go(self) -> str:
        if self._phase is _Phase.REFUSES and self.checked.cited:
            self._phase = _Phase.ANSWERS
        if self._phase is not _Phase.ANSWERS:
            return ""
        said, self._held = self._held, ""
        self.text += said
        return said


def _phase_of(raw: str) -> _Phase:
    """Tell what an answer begins as; undecided until its first sentence is whole."""
    begun = raw[:FIRST_SENTENCE]
    sentences = _sentences(begun, last=len(raw) >= FIRST_SENTENCE)
    if any(map(is_refusal, sentences)):
        return _Phase.REFUSES
    whole = any(len(sentence.split()) > SHORT for sentence in sentences)
    return _Phase.ANSWERS if whole or len(raw) >= FIRST_SENTENCE else _Phase.UNDECIDED


def _sentences(text: str, *, last: bool) -> list[str]:
    """Return the sentences up to the first that is not short."""
    found: list[str] = []
    at = 0
    for match in _SENTENCE.finditer(text):
        found.append(match[0].strip())
        at = match.end()
        if len(found[-1].split()) > SHORT:
            return found
    return [*found, text[at:].strip()] if last else found
