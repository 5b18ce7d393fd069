"""Answering by extraction, without a language model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import numpy as np
from msgspec import structs

from ragtenancy.adapters.extractive.answering import (
    Found,
    Question,
    Statement,
    answer,
    candidates,
    scored,
)
from ragtenancy.adapters.extractive.sureness import is_sure
from ragtenancy.adapters.extractive.units import Unit, units_of
from ragtenancy.adapters.extractive.vectors import SentenceVectors
from ragtenancy.domain.answers import (
    AnswerDelta,
    AnswerRequest,
    Reading,
    Rewrite,
    Usage,
    meant,
)
from ragtenancy.domain.citations import unmarked
from ragtenancy.domain.content import Terms, Vocabulary, statistics_of
from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.domain.languages import detect
from ragtenancy.domain.questions import RAMBLING_WORDS, Kind, focus, kind_of
from ragtenancy.domain.refusals import built_in_refusal
from ragtenancy.domain.sources import Source
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.token_counters import TokenCounter

ELLIPSIS = 6  # words
_OWN_KINDS = (Kind.FACT, Kind.EXTREME, Kind.DIFFERENCE)  # which an ellipsis does not inherit
CLAUSE = 4
SAID = 0.15  # the words of the previous answer: they name what a pronoun stands for
WHOLE = 0.5  # what a long message counts beside its asking clause


class ExtractiveChatModel(ChatModel):
    """Picks what answers out of the passages: sentences, lists and cells of tables, verbatim.

    Candidates are scored by cosine, by the question's terms that they hold, and by the kind of
    value that is asked for. The same request gives the same answer.
    """

    def __init__(
        self,
        embedder: Embedder,
        analyzer: Analyzer,
        counter: TokenCounter,
        *,
        is_sure: Callable[[Found], bool] = is_sure,
    ) -> None:
        self._is_sure = is_sure
        self._analyzer = analyzer
        self._counter = counter
        self._vectors = SentenceVectors(embedder)
        self._terms: dict[str, Terms] = {}

    @property
    def name(self) -> str:
        """The name of the method."""
        return "extractive"

    @property
    def generates(self) -> bool:
        """It quotes."""
        return False

    async def condense(
        self,
        question: str,
        history: Sequence[Turn],
        *,
        model: str | None = None,  # noqa: ARG002 - the port's
    ) -> Rewrite:
        """Return the question with the one it points back to."""
        return Rewrite(question=standalone_question(question, history))

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield a statement at a time, last the usage."""
        questions = request.questions or [[Reading(request.question)]]
        units = units_of(request.passages)
        vocabulary = self._vocabulary(request, units)
        statements: list[Statement] = []
        unanswered: list[str] = []
        for readings in questions:
            found = await self._answered(readings, request, units, vocabulary)
            if found is None:
                unanswered.append(readings[0].text)
            else:
                statements += [s for s in found.statements if s not in statements]
        if not statements:
            yield AnswerDelta(refused=True)
        used, truncated = 0, False
        for at, whole in enumerate(statements):
            statement = self._fitting(whole, request.max_tokens - used)
            truncated = truncated or statement != whole
            text = rendered(statement)
            (tokens,) = self._counter.count([text])
            if at and used + tokens > request.max_tokens:
                truncated = True
                break
            used += tokens
            yield AnswerDelta(text=("\n" if at else "") + text)
        for question in unanswered if statements else ():
            yield AnswerDelta(text=f"\n“{question}”: {built_in_refusal(detect(question))}")
        prompt = self._counter.count([request.question, *(p.text for p in request.passages)])
        usage = Usage(prompt_tokens=sum(prompt), completion_tokens=used)
        yield AnswerDelta(usage=usage, truncated=truncated)

    def _fitting(self, statement: Statement, tokens: int) -> Statement:
        """Return a statement with as many of its items as fit; a sentence is never cut."""
        kept = statement
        while len(kept.items) > 1 and self._counter.count([rendered(kept)])[0] > tokens:
            kept = structs.replace(kept, items=kept.items[:-1])
        return kept

    def _vocabulary(self, request: AnswerRequest, units: Sequence[Unit]) -> Vocabulary:
        terms = self._terms.setdefault(
            request.language, partial(self._analyzer.terms, language=request.language)
        )
        statistics = request.statistics
        if statistics is None:
            statistics = statistics_of([frozenset(terms(u.text)) for u in units])
        return Vocabulary(terms, statistics)

    async def _answered(
        self,
        readings: Sequence[Reading],
        request: AnswerRequest,
        units: Sequence[Unit],
        vocabulary: Vocabulary,
    ) -> Found | None:
        readings = meant(readings)
        question = await self._question(readings, vocabulary)
        history, passages = request.history, request.passages
        if history and len(readings) > 1:
            before = history[-1]
            places = {(s.document_id, s.section[-1:]) for s in _cited(before)}
            cited = frozenset(
                p.index for p in passages if (p.document_id, p.section[-1:]) in places
            )
            question = structs.replace(question, answered=_lines(before.answer), cited=cited)
        found = await asyncio.to_thread(candidates, question, units, vocabulary)
        revisions = {p.index: p.chunk_id.rpartition("#")[0] for p in passages}
        vectors = await self._vectors.of(
            [(revisions[each.unit.passage], placed(each.unit)) for each in found]
        )
        marks = scored(question, [each.unit for each in found], vectors, vocabulary)
        best = answer(question, found, marks, units, vocabulary)
        if best is None or not self._is_sure(best):
            return None
        return best

    async def _question(self, readings: Sequence[Reading], vocabulary: Vocabulary) -> Question:
        clause = focus(readings[0].text)
        weighted = [Reading(clause)]
        if clause != readings[0].text:
            weighted.append(Reading(vocabulary.known(readings[0].text), WHOLE))
        weighted += readings[1:2]
        answered = [Reading(each.text, SAID) for each in readings[2:]]
        vectors = await self._vectors.of_question([reading.text for reading in weighted])
        shares = np.array([reading.weight for reading in weighted])[:, None]
        mean = (vectors * shares).sum(axis=0)
        clauses = [c for c in re.split(r"[,;.?!]\s+", readings[0].text) if len(c.split()) >= CLAUSE]
        rambling = len(readings[0].text.split()) > RAMBLING_WORDS
        return Question(
            clauses=await self._vectors.of_question(clauses if rambling else []),
            text=clause,
            kind=self._kind(clause, weighted[1:]),
            terms=vocabulary.weighted([*weighted, *answered]),
            vector=mean / max(float(np.linalg.norm(mean)), 1e-9),
            own=frozenset(
                t for t in vocabulary.weighted(weighted[:1]).weights if t not in vocabulary.weak
            ),
            of=vocabulary.of,
        )

    def _kind(self, clause: str, others: Sequence[Reading]) -> Kind:
        """Return the kind that is asked for; an ellipsis asks for that of the question before."""
        kind = kind_of(clause)
        if kind is Kind.FACT and others and len(clause.split()) <= ELLIPSIS:
            asked = [kind_of(part) for part in re.split(r"(?<=[?.!])\s+", others[-1].text)]
            return next((each for each in reversed(asked) if each not in _OWN_KINDS), kind)
        return kind


def _cited(turn: Turn) -> list[Source]:
    numbers = {int(n) for n in re.findall(r"\[(\d+)\]", turn.answer)}
    return [source for source in turn.sources if source.index in numbers]


def _lines(answer: str) -> frozenset[str]:
    """Return what an answer said, line by line, without its markers."""
    return frozenset(re.sub(r"\s*\[\d+\]", "", line) for line in answer.splitlines())


def placed(unit: Unit) -> str:
    """Return what is embedded of a unit: its heading, then its text."""
    return f"{unit.heading}: {unit.text}" if unit.heading else unit.text


def rendered(statement: Statement) -> str:
    """Return a statement with its marker, which also stands where the document has one."""
    lines = [*([statement.text] if statement.text else []), *statement.items]
    text = "\n".join(" ".join(unmarked(line)) for line in lines)
    return f"{text} [{statement.passage}]"
