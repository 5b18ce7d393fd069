"""The model's answer: requested, checked, held back while it may be a refusal, then streamed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from enum import Enum, auto

from langgraph.config import get_stream_writer
from msgspec import Struct, structs

from ragtenancy.app.admission import outside
from ragtenancy.app.chat.events import SourcesFound, Token
from ragtenancy.app.concurrency import read_ahead
from ragtenancy.app.usage.metering import Meter, MeteredModel
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, shortened
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

CONTEXT_TRIMMED = "context_trimmed"
SHORT = 3  # words: "Sorry!" does not count as a first sentence
_SENTENCE = re.compile(
    r"[^.!?\u2026\u3002\uff01\uff1f\n]*+(?:[.!?\u2026]+(?=[\s*_]+\S)|[\u3002\uff01\uff1f]|\n)"
)


class CheckedReply(Struct, frozen=True, kw_only=True):
    """One checked answer from the model, with the request that it answers.

    A refused one has no text to show.
    """

    request: AnswerRequest
    text: str
    refused: bool
    cited: Collection[int]
    unsupported: Sequence[Unsupported]
    truncated: bool
    degraded: Sequence[str]


class Speech:
    """Writes a turn's events, the sources before the first token."""

    def __init__(self) -> None:
        self._emit = get_stream_writer()
        self.begun = False

    def write(self, sources: Sequence[Source], words: str) -> None:
        """Write the words; nothing if they are empty."""
        if not words:
            return
        if not self.begun:
            self._emit(SourcesFound(sources=sources))
            self.begun = True
        self._emit(Token(text=words))


class Answerer:
    """Asks the model for an answer and checks it as it streams.

    With `ask_again`, an unstreamed answer with unsupported statements is requested once more, and
    the better one is returned.
    """

    def __init__(self, chat_model: MeteredModel, lexicons: Lexicons, *, ask_again: bool) -> None:
        self._chat_model = chat_model
        self._lexicons = lexicons
        self._ask_again = ask_again

    async def answer(self, request: AnswerRequest, meter: Meter, *, whole: bool) -> CheckedReply:
        """Return the answer, written out unless refused; `whole` means it need not stream.

        Raises as `ChatModel` does, and `NoAnswerError` for an answer without text.
        """
        if not (self._ask_again and whole):
            return await self._ask(request, meter, Speech())
        reply = await self._better(request, meter)
        if not reply.refused:
            Speech().write(reply.request.passages, reply.text)
        return reply

    async def _better(self, request: AnswerRequest, meter: Meter) -> CheckedReply:
        """Return an answer, or a second one if it has fewer unsupported statements."""
        first = await self._ask(request, meter, None)
        if first.refused or not first.unsupported:
            return first
        complaints = [first.text[slice(*each.range)] for each in first.unsupported]
        again = structs.replace(request, passages=first.request.passages, complaints=complaints)
        try:
            second = await self._ask(again, meter, None)
        except (UnavailableError, RejectedError):
            return first
        better = not second.refused and len(second.unsupported) < len(first.unsupported)
        return second if better else first

    async def _ask(
        self, request: AnswerRequest, meter: Meter, speech: Speech | None
    ) -> CheckedReply:
        """Ask the model; shorten a request that exceeds its context, and ask once more."""
        try:
            return await self._streamed(request, meter, speech)
        except PromptTooLongError:
            if speech is not None and speech.begun:
                raise
            reply = await self._streamed(shortened(request), meter, speech)
            return structs.replace(reply, degraded=[*reply.degraded, CONTEXT_TRIMMED])

    def _waiting(self) -> AbstractAsyncContextManager[None]:
        """Wait for a language model without a slot; an extractor works in this process."""
        return outside() if self._chat_model.generates else nullcontext()

    async def _streamed(
        self, request: AnswerRequest, meter: Meter, speech: Speech | None
    ) -> CheckedReply:
        lexicon = self._lexicons.of(request.language)
        checked = CheckedAnswer(request.passages, request.asked, lexicon)
        hold = RefusalHold(checked, may_refuse=self._chat_model.generates)
        last, refused = AnswerDelta(), False
        stream = read_ahead(self._chat_model.stream(request, meter))
        async with self._waiting(), aclosing(stream) as arrivals:
            async for deltas in arrivals:
                last, refused = deltas[-1], refused or any(delta.refused for delta in deltas)
                released = hold.feed("".join(delta.text for delta in deltas))
                if speech is not None:
                    speech.write(request.passages, released)
        released = hold.finish()
        if speech is not None:
            speech.write(request.passages, released)
        refused = refused or hold.refused
        if not refused and not hold.text.strip():
            raise NoAnswerError(truncated=last.truncated, max_tokens=request.max_tokens)
        return CheckedReply(
            request=request,
            text=hold.text,
            refused=refused,
            cited=checked.cited,
            unsupported=() if refused else checked.unsupported(),
            truncated=last.truncated,
            degraded=last.degraded,
        )


class _Phase(Enum):
    UNDECIDED = auto()
    REFUSES = auto()
    ANSWERS = auto()


class RefusalHold:
    """Passes an answer on once its first sentence is known not to be a refusal.

    Text that begins as a refusal is held until it cites a passage; then it counts as an answer.
    Without `may_refuse`, all text is passed on at once.
    """

    def __init__(self, checked: CheckedAnswer, *, may_refuse: bool) -> None:
        self.checked = checked
        self.text = ""
        self._raw = ""
        self._held = ""
        self._phase = _Phase.UNDECIDED if may_refuse else _Phase.ANSWERS

    @property
    def refused(self) -> bool:
        """Whether the whole answer was a refusal; known only at its end."""
        return self._phase is _Phase.REFUSES

    def feed(self, text: str) -> str:
        """Take a piece of the answer; return the text that can be released now."""
        self._held += self.checked.feed(text)
        if self._phase is _Phase.UNDECIDED:
            self._raw += text
            self._phase = _phase_of(self._raw)
        return self._release()

    def finish(self) -> str:
        """End the answer; return the text still held back."""
        self._held += self.checked.finish()
        if self._phase is _Phase.UNDECIDED:
            refuses = any(map(is_refusal, _sentences(self._raw, last=True)))
            self._phase = _Phase.REFUSES if refuses else _Phase.ANSWERS
        return self._release()

    def _release(self) -> str:
        if self._phase is _Phase.REFUSES and self.checked.cited:
            self._phase = _Phase.ANSWERS
        if self._phase is not _Phase.ANSWERS:
            return ""
        released, self._held = self._held, ""
        self.text += released
        return released


def _phase_of(raw: str) -> _Phase:
    """Classify how an answer begins; undecided until its first sentence is complete."""
    begun = raw[:FIRST_SENTENCE]
    sentences = _sentences(begun, last=len(raw) >= FIRST_SENTENCE)
    if any(map(is_refusal, sentences)):
        return _Phase.REFUSES
    whole = any(len(sentence.split()) > SHORT for sentence in sentences)
    return _Phase.ANSWERS if whole or len(raw) >= FIRST_SENTENCE else _Phase.UNDECIDED


def _sentences(text: str, *, last: bool) -> list[str]:
    """Return the sentences up to and including the first that is not short."""
    found: list[str] = []
    at = 0
    for match in _SENTENCE.finditer(text):
        found.append(match[0].strip())
        at = match.end()
        if len(found[-1].split()) > SHORT:
            return found
    return [*found, text[at:].strip()] if last else found
