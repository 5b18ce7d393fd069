"""What is asked of the answerer and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field, structs

from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.glosses import Gloss
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope


class TermStatistics(Struct, frozen=True, kw_only=True):
    """In how many of a tenant's active chunks some terms stand."""

    chunks: int = 0
    frequency: Mapping[str, int] = field(default_factory=dict)


class Reading(Struct, frozen=True):
    """One way of understanding a message: a text to search by, and what its score counts.

    `gloss` is the text in the language of the documents, where that is another. One that
    `ranks_only` moves what is found up or down: it is no evidence that a chunk may answer, and no
    answer is chosen by it.
    """

    text: str
    weight: float = 1.0
    gloss: Gloss | None = None
    ranks_only: bool = False

    @property
    def everything(self) -> str:
        """The text, with every word that a gloss offers for it."""
        return f"{self.text} {self.gloss.everything}" if self.gloss else self.text

    def within(self, clause: str) -> Reading:
        """Return the reading of a clause of the text."""
        return Reading(clause, self.weight, self.gloss and self.gloss.within(clause))


def meant(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings by which chunks are judged and answers chosen."""
    return [reading for reading in readings if not reading.ranks_only]


class AnswerRequest(Struct, frozen=True, kw_only=True):
    """Everything an answerer may use; `question` stands alone, `asked` is what was typed.

    `scope` is whose passages they are, `embedding_fingerprint` that of the model that embedded
    them. `questions` are the parts of the message, each with its readings, the words of the
    message itself first; `missing_identifiers` are codes that others ask for and no document holds.
    With `overview` the passages are the openings of one document's parts, in order, and it is
    asked what the document is about. `complaints` are statements of an earlier answer that no
    passage bore out.
    """

    scope: TenantScope
    system_prompt: str
    asked: str
    question: str
    questions: Sequence[Sequence[Reading]] = ()
    missing_identifiers: Sequence[str] = ()
    history: Sequence[Turn] = ()
    passages: Sequence[Source]
    statistics: TermStatistics | None = None
    embedding_fingerprint: Fingerprint | None = None
    model: str | None = None
    temperature: float | None
    max_tokens: int
    language: str = "english"
    overview: Overview | None = None
    complaints: Sequence[str] = ()


def newest(turns: Sequence[Turn], tokens: Sequence[int], budget: int) -> Sequence[Turn]:
    """Return the newest turns that fit a budget of tokens, oldest first; none is cut."""
    left, start = budget, len(turns)
    while start and tokens[start - 1] <= left:
        start -= 1
        left -= tokens[start]
    return turns[start:]


def shortened(request: AnswerRequest) -> AnswerRequest:
    """Return the request with the better half of its passages and without its history.

    The passages that stay keep their numbers. Nothing else of the request changes.
    """
    half = (len(request.passages) + 1) // 2
    return structs.replace(request, history=(), passages=request.passages[:half])


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens that one answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


class Rewrite(Struct, frozen=True, kw_only=True):
    """A question that stands alone, and the tokens that it took."""

    question: str
    usage: Usage = Usage()


class AnswerDelta(Struct, frozen=True, kw_only=True):
    """A piece of an answer's text; the last has its usage, and whether it was cut off.

    `degraded` names, on the last too, what the client chose and the model does not take.
    `refused`, in place of any text: the passages do not hold the answer.
    """

    text: str = ""
    usage: Usage | None = None
    refused: bool = False
    truncated: bool = False
    degraded: Sequence[str] = ()
