"""Answering by extraction, without a language model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

import numpy as np
from msgspec import structs

from ragtenancy.adapters.extractive.answering import Found, answer, is_sure
from ragtenancy.adapters.extractive.candidates import Statement, candidates
from ragtenancy.adapters.extractive.overviews import overview
from ragtenancy.adapters.extractive.question import Question
from ragtenancy.adapters.extractive.scoring import scored
from ragtenancy.adapters.extractive.units import Unit, numbered, units_in, word_count
from ragtenancy.adapters.extractive.vectors import Sentence, SentenceVectors
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Reading, Rewrite, meant
from ragtenancy.domain.content import Lexicons, Vocabulary, statistics_of
from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.domain.glosses import AS_TYPED
from ragtenancy.domain.grounding import unmarked
from ragtenancy.domain.ids import ChunkId, TenantUid, parse_chunk_id
from ragtenancy.domain.languages import detect
from ragtenancy.domain.questions import Kind, focus, kind_of, rambles
from ragtenancy.domain.refusals import built_in_refusal, is_refusal
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage
from ragtenancy.lru_cache import LruCache
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedders, QuestionVectors, Vector
from ragtenancy.ports.sentence_vectors import SentenceVectorCache
from ragtenancy.ports.token_counters import TokenCounter

ELLIPSIS = 6  # words
_OWN_KINDS = (Kind.FACT, Kind.EXTREME, Kind.DIFFERENCE)  # kinds that an ellipsis does not inherit
CLAUSE = 4
MAX_PASSAGES = 512  # about 10 MB
SAID = 0.15  # the words of the previous answer, to which a pronoun may refer
WHOLE = 0.5  # the weight of a long message beside its asking clause


class ExtractiveChatModel(ChatModel):
    """Extracts answers from the passages verbatim: sentences, lists and table cells.

    Candidates are scored by cosine, by coverage of the question's terms, and by the expected kind
    of value. Deterministic: the same request gives the same answer.
    """

    def __init__(
        self,
        embedders: Embedders,
        question_vectors: QuestionVectors,
        lexicons: Lexicons,
        counter: TokenCounter,
        sentence_vectors: SentenceVectorCache | None = None,
        *,
        is_sure: Callable[[Found], bool] = is_sure,
        read_only: bool = False,
    ) -> None:
        self._is_sure = is_sure
        self._lexicons = lexicons
        self._counter = counter
        self._read: LruCache[tuple[TenantUid, ChunkId, tuple[str, ...], str], list[Unit]] = (
            LruCache(MAX_PASSAGES)
        )
        self._tokens: LruCache[tuple[TenantUid, str], int] = LruCache(MAX_PASSAGES)
        self._embedders = embedders
        self._question_vectors = question_vectors
        self._stored = sentence_vectors
        self._vectors = SentenceVectors(sentence_vectors, read_only=read_only)

    @property
    def name(self) -> str:
        """The method's name."""
        return "extractive"

    @property
    def generates(self) -> bool:
        """False: it quotes."""
        return False

    def detached(self, question_vectors: QuestionVectors) -> ExtractiveChatModel:
        """Return a model that reads stored sentence vectors and adds none."""
        return ExtractiveChatModel(
            self._embedders,
            question_vectors,
            self._lexicons.detached(),
            self._counter,
            self._stored,
            is_sure=self._is_sure,
            read_only=True,
        )

    def forget(self, scope: TenantScope) -> None:
        self._read.drop(lambda key: key[0] == scope.tenant_uid)
        self._tokens.drop(lambda key: key[0] == scope.tenant_uid)
        self._vectors.forget(scope)

    async def condense(
        self,
        question: str,
        history: Sequence[Turn],
        *,
        model: str | None = None,  # noqa: ARG002 - the port's
    ) -> Rewrite:
        """Return the question with the one that it refers back to."""
        return Rewrite(question=standalone_question(question, history))

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield one statement at a time, and the usage last."""
        questions = request.questions or [[Reading(request.question)]]
        units = self._units(request.scope, request.passages)
        vocabulary = self._vocabulary(request, units)
        statements: list[Statement] = []
        unanswered: list[str] = []
        computed = False
        if request.overview:
            statements = overview(request.overview, request.passages, units)
            questions = []
        for readings in questions:
            if computed and vocabulary.is_bare(readings[0].text):
                continue  # "… and what is it?" about a value just computed
            found = await self._answered(readings, request, units, vocabulary)
            computed = found is not None and found.compared
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
            apart = "\n\n" if whole.is_table or (at and statements[at - 1].is_table) else "\n"
            yield AnswerDelta(text=(apart if at else "") + text)
        for line in _left_open(unanswered, request) if statements else ():
            used += self._count(line)
            yield AnswerDelta(text=f"\n{line}")
        asked = await asyncio.to_thread(self._prompt_tokens, request)  # tokenizing takes long
        usage = Usage(prompt_tokens=asked, completion_tokens=used)
        yield AnswerDelta(usage=usage, truncated=truncated)

    def _prompt_tokens(self, request: AnswerRequest) -> int:
        """Return the token count of question and passages; recent passages' counts are cached."""
        uid = request.scope.tenant_uid
        texts = [passage.text for passage in request.passages]
        counted = [self._tokens.get((uid, text), partial(self._count, text)) for text in texts]
        return self._count(request.question) + sum(counted)

    def _count(self, text: str) -> int:
        return self._counter.count([text])[0]

    def _units(self, scope: TenantScope, passages: Sequence[Source]) -> list[Unit]:
        """Return the units of all passages; those of recent passages are cached."""
        cut = [
            self._read.get(
                (scope.tenant_uid, p.chunk_id, tuple(p.section), p.text), partial(units_in, p)
            )
            for p in passages
        ]
        return numbered(cut, [p.index for p in passages])

    def _fitting(self, statement: Statement, tokens: int) -> Statement:
        """Return a statement with as many of its items as fit; a sentence is never cut."""
        kept = statement
        while len(kept.items) > 1 and self._counter.count([rendered(kept)])[0] > tokens:
            kept = structs.replace(kept, items=kept.items[:-1])
        return kept

    def _vocabulary(self, request: AnswerRequest, units: Sequence[Unit]) -> Vocabulary:
        statistics = request.statistics
        if statistics is None:
            lexicon = self._lexicons.of(request.language)
            statistics = statistics_of([lexicon.of(unit.text) for unit in units])
        return self._lexicons.vocabulary(request.scope, request.language, statistics)

    async def _answered(  # lets other tasks run between its pieces, each of some milliseconds
        self,
        readings: Sequence[Reading],
        request: AnswerRequest,
        units: Sequence[Unit],
        vocabulary: Vocabulary,
    ) -> Found | None:
        readings = meant(readings)
        question = await self._question(request, readings, vocabulary)
        history, passages = request.history, request.passages
        if history and len(readings) > 1:
            before = history[-1]
            places = {(s.document_id, s.section[-1:]) for s in _cited(before)}
            cited = frozenset(
                p.index for p in passages if (p.document_id, p.section[-1:]) in places
            )
            question = structs.replace(
                question, previous_lines=_lines(before.answer), cited_passages=cited
            )
        await asyncio.sleep(0)
        best = await self._best(question, request, units, vocabulary)
        if best is not None and any(_answers_nothing(said.text) for said in best.statements):
            others = [unit for unit in units if not _answers_nothing(unit.text)]
            return await self._best(question, request, others, vocabulary) or best
        return best

    async def _best(
        self,
        question: Question,
        request: AnswerRequest,
        units: Sequence[Unit],
        vocabulary: Vocabulary,
    ) -> Found | None:
        """Return the best answer among some units, None if it is not certain enough."""
        passages = request.passages
        if any(unit.row for unit in units):  # tables may be long
            found = await asyncio.to_thread(candidates, question, units, vocabulary)
        else:
            found = candidates(question, units, vocabulary)
        revisions = {p.index: parse_chunk_id(p.chunk_id)[:2] for p in passages}
        vectors = await self._vectors.of(
            self._embedders.of(request.embedding_fingerprint),
            request.scope,
            [Sentence(*revisions[each.unit.passage], each.unit.facts.placed) for each in found],
        )
        scores = scored(question, [each.unit for each in found], vectors, vocabulary)
        await asyncio.sleep(0)
        best = answer(question, found, scores, units, vocabulary)
        if best is None or not self._is_sure(best):
            return None
        return best

    async def _question(
        self, request: AnswerRequest, readings: Sequence[Reading], vocabulary: Vocabulary
    ) -> Question:
        clause = focus(readings[0].text)
        weighted = [structs.replace(readings[0].within(clause), weight=1.0)]
        if clause != readings[0].text:
            weighted.append(Reading(vocabulary.known(readings[0].everything), WHOLE))
        weighted += readings[1:2]
        answered = [Reading(each.text, SAID) for each in readings[2:]]
        said = [(each.text, each.weight * (AS_TYPED if each.gloss else 1)) for each in weighted]
        said += [(each.gloss.text, each.weight) for each in weighted if each.gloss]
        vectors = [weight * await self._vector(request, text) for text, weight in said]
        mean = np.sum(vectors, axis=0)
        clauses = [c for c in re.split(r"[,;.?!]\s+", readings[0].text) if len(c.split()) >= CLAUSE]
        rambling = rambles(readings[0].text)
        return Question(
            clauses=[await self._vector(request, c) for c in clauses if rambling],
            text=clause,
            kind=self._kind(clause, weighted[1:]),
            is_ellipsis=is_ellipsis(clause, weighted[1:]),
            terms=vocabulary.weighted([*weighted, *answered]),
            vector=mean / max(float(np.linalg.norm(mean)), 1e-9),
            own_words=vocabulary.of(clause) - vocabulary.weak,
            terms_of=vocabulary.of,
        )

    async def _vector(self, request: AnswerRequest, text: str) -> Vector:
        """Return the vector of a question, from the passages' model."""
        return await self._question_vectors.embed(
            request.scope, text, request.embedding_fingerprint
        )

    def _kind(self, clause: str, others: Sequence[Reading]) -> Kind:
        """Return the requested kind; an ellipsis inherits that of the previous question."""
        kind = kind_of(clause)
        if is_ellipsis(clause, others):
            asked = [kind_of(part) for part in re.split(r"(?<=[?.!])\s+", others[-1].text)]
            return next((each for each in reversed(asked) if each not in _OWN_KINDS), kind)
        return kind


def is_ellipsis(clause: str, others: Sequence[Reading]) -> bool:
    """Return whether a short clause asks no question of its own, but leans on the previous one."""
    return bool(others) and word_count(clause) <= ELLIPSIS and kind_of(clause) is Kind.FACT


def _answers_nothing(text: str) -> bool:
    """Return whether a text only asks, or says that the answer is not known.

    A document full of such sentences must not keep others from answering.
    """
    return text.rstrip().endswith("?") or is_refusal(text)


def _left_open(unanswered: Sequence[str], request: AnswerRequest) -> Iterator[str]:
    """Yield a sentence for each part of a message that no passage answers."""
    for question in unanswered:
        yield f"“{question}”: {built_in_refusal(detect(question))}"
    absent = request.missing_identifiers
    if absent:
        yield built_in_refusal(detect(request.asked), missing_identifiers=absent)


def _cited(turn: Turn) -> list[Source]:
    numbers = {int(n) for n in re.findall(r"\[(\d+)\]", turn.answer)}
    return [source for source in turn.sources if source.index in numbers]


def _lines(answer: str) -> frozenset[str]:
    """Return an answer's lines without markers."""
    return frozenset(re.sub(r"\s*\[\d+\]", "", line) for line in answer.splitlines())


def rendered(statement: Statement) -> str:
    """Return a statement with its marker, and without markers from the document."""
    lines = [*([statement.text] if statement.text else []), *statement.items]
    text = "\n".join(" ".join(unmarked(line)) for line in lines)
    apart = "\n\n" if statement.is_table else " "
    return f"{text}{apart}[{statement.passage}]"
