"""The answerer's request and reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field, structs

from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.glosses import Gloss
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenant_config import ReasoningEffort, Verbosity
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage


class TermStatistics(Struct, frozen=True, kw_only=True):
    """The document frequencies of some terms in a tenant's active chunks."""

    chunks: int = 0
    frequency: Mapping[str, int] = field(default_factory=dict)


class Reading(Struct, frozen=True):
    """One interpretation of a message: a text to search by, and the weight of its score.

    `gloss` is the text in the documents' language, if that differs. A reading that `ranks_only`
    affects the order of hits: it is not evidence that a chunk may answer, and does not select
    answers.
    """

    text: str
    weight: float = 1.0
    gloss: Gloss | None = None
    ranks_only: bool = False

    @property
    def everything(self) -> str:
        """The text, with every word of its gloss."""
        return f"{self.text} {self.gloss.all_words}" if self.gloss else self.text

    def within(self, clause: str) -> Reading:
        """Return the reading of a clause of the text."""
        return Reading(clause, self.weight, self.gloss and self.gloss.within(clause))


def meant(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings that judge chunks and select answers."""
    return [reading for reading in readings if not reading.ranks_only]


class AnswerRequest(Struct, frozen=True, kw_only=True):
    """Everything an answerer may use; `question` is standalone, `asked` is the typed text.

    `scope` is the passages' tenant, `embedding_fingerprint` identifies the model that embedded
    them. `questions` are the parts of the message, each with its readings, the words of the message
    itself first; `missing_identifiers` are codes in other parts of the message that no document
    holds. With `overview` the passages are the openings of one document's parts, in order, and the
    question is what the document is about. `complaints` are unsupported statements of an earlier
    answer.
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
    reasoning_effort: ReasoningEffort | None = None
    verbosity: Verbosity | None = None
    language: str = "english"
    overview: Overview | None = None
    complaints: Sequence[str] = ()


def newest(turns: Sequence[Turn], tokens: Sequence[int], budget: int) -> Sequence[Turn]:
    """Return the newest turns that fit a token budget, oldest first, uncut."""
    left, start = budget, len(turns)
    while start and tokens[start - 1] <= left:
        start -= 1
        left -= tokens[start]
    return turns[start:]


def shortened(request: AnswerRequest) -> AnswerRequest:
    """Return the request with the better half of its passages and no history.

    Remaining passages keep their numbers. Nothing else in the request changes.
    """
    half = (len(request.passages) + 1) // 2
    return structs.replace(request, history=(), passages=request.passages[:half])


class Rewrite(Struct, frozen=True, kw_only=True):
    """A standalone question, and the tokens used to write it."""

    question: str
    usage: Usage = Usage()


class AnswerDelta(Struct, frozen=True, kw_only=True):
    """A piece of an answer's text; the last states the usage, and whether the answer was cut off.

    `degraded`, also on the last piece, names client settings that the model does not support.
    `refused`, instead of any text: the passages do not hold the answer.
    """

    text: str = ""
    usage: Usage | None = None
    refused: bool = False
    truncated: bool = False
    degraded: Sequence[str] = ()
