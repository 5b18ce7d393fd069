"""Answering by extraction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np

from ragtenancy.adapters.extractive import scoring
from ragtenancy.adapters.extractive.candidates import ITEM, Candidate, candidates_of
from ragtenancy.adapters.extractive.lists import listed_block
from ragtenancy.adapters.extractive.question import Wanted, wanted_by
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Usage
from ragtenancy.domain.citations import unmarked
from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.token_counters import TokenCounter

SHORTLIST = 24
SENTENCES = 3
RELEVANT = 0.7
SEMANTIC = 1.0
LEXICAL = 0.6


class ExtractiveChatModel(ChatModel):
    """Picks the sentences that answer, verbatim, each followed by its passage's marker.

    Sentences are shortlisted by the question's terms, ranked by cosine, terms and the kind of
    thing asked for, and given in reading order: at most three that score near the best, or a
    whole list where steps or a list are asked for. The same request gives the same answer.
    """

    def __init__(self, embedder: Embedder, analyzer: Analyzer, counter: TokenCounter) -> None:
        self._embedder = embedder
        self._analyzer = analyzer
        self._counter = counter

    @property
    def name(self) -> str:
        """The name of the method."""
        return "extractive"

    async def condense(self, question: str, history: Sequence[Turn]) -> str:
        """Return the question with the one it points back to."""
        return standalone_question(question, history)

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield a sentence at a time, last the usage."""
        chosen = await self._chosen(request)
        used, truncated = 0, False
        for index, (candidate, tokens) in enumerate(zip(chosen, self._tokens(chosen), strict=True)):
            if index and used + tokens > request.max_tokens:
                truncated = True
                break
            used += tokens
            gap = _gap(chosen[index - 1], candidate) if index else ""
            yield AnswerDelta(text=gap + _quoted(candidate))
        prompt = self._counter.count([request.question, *(p.text for p in request.passages)])
        usage = Usage(prompt_tokens=sum(prompt), completion_tokens=used)
        yield AnswerDelta(usage=usage, truncated=truncated)

    def _tokens(self, chosen: Sequence[Candidate]) -> Sequence[int]:
        return self._counter.count([candidate.text for candidate in chosen])

    async def _chosen(self, request: AnswerRequest) -> list[Candidate]:
        candidates = candidates_of(request.passages)
        scores = await self._scores(request, candidates)
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], i))
        enough = RELEVANT * scores[order[0]] if order else 0.0
        near = [candidates[i] for i in order if scores[i] >= enough]
        best = ([c for c in near if not c.is_title] or near)[:SENTENCES]
        if best and wanted_by(request.question) is Wanted.STEPS:
            block = listed_block(best, candidates)
            if block:
                return block
        return sorted(best, key=lambda c: (c.passage, c.place))

    async def _scores(self, request: AnswerRequest, candidates: Sequence[Candidate]) -> list[float]:
        """Return one score a candidate; only the shortlist is embedded."""
        wanted = wanted_by(request.question)
        lexical = await asyncio.to_thread(self._lexical, request, candidates)
        first = [
            score + scoring.kind_bonus(c, wanted) + scoring.passage_prior(c)
            for c, score in zip(candidates, lexical, strict=True)
        ]
        shortlist = sorted(range(len(candidates)), key=lambda i: (-first[i], i))[:SHORTLIST]
        texts = [candidates[i].text for i in shortlist]
        vectors = await self._embedder.embed([request.question, *texts])
        cosines = vectors[1:].astype(np.float64) @ vectors[0].astype(np.float64)
        scores = [float("-inf")] * len(candidates)
        for i, cosine in zip(shortlist, cosines.tolist(), strict=True):
            bonus = first[i] - lexical[i]
            scores[i] = SEMANTIC * cosine + LEXICAL * lexical[i] + bonus
        return scores

    def _lexical(self, request: AnswerRequest, candidates: Sequence[Candidate]) -> list[float]:
        question = self._analyzer.terms(request.question, request.language)
        terms = [self._analyzer.terms(c.text, request.language) for c in candidates]
        covered = scoring.coverage(question, terms)
        return scoring.with_neighbours(candidates, covered)


def _quoted(candidate: Candidate) -> str:
    """Return a sentence with its marker, which also stands where the document has one."""
    return "".join(f" {part} [{candidate.passage}]" for part in unmarked(candidate.text))[1:]


def _gap(before: Candidate, candidate: Candidate) -> str:
    """Return what parts two sentences: a line before an item or where they do not follow."""
    if ITEM.match(candidate.text):
        return "\n"
    follows = (before.passage, before.place + 1) == (candidate.passage, candidate.place)
    return " " if follows else "\n"
