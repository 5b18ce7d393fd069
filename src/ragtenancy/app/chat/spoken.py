"""An answer while a model speaks: held back as long as it may be a refusal."""

from __future__ import annotations

import re
from enum import Enum, auto

from ragtenancy.domain.grounding import CheckedAnswer
from ragtenancy.domain.refusals import FIRST_SENTENCE, is_refusal

SHORT = 3  # words: "Sorry!" is no first sentence
_SENTENCE = re.compile(
    r"[^.!?\u2026\u3002\uff01\uff1f\n]*(?:[.!?\u2026]+(?=[\s*_]+\S)|[\u3002\uff01\uff1f]|\n)"
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
