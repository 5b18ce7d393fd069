"""A question's content: its terms, what each weighs, and what else a document may call them."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.edit_distance import one_edit_apart
from ragtenancy.domain.languages import (
    Language,
    detect,
    function_words,
    without_function_words,
)
from ragtenancy.domain.lexicon import SAME_THING, WEAK

SAME = 0.75  # what a synonym counts of the word itself
NEAR = 0.8  # a word that nobody wrote, one letter away
WITHIN = 0.6  # a word inside a compound
WEAKENED = 0.15
FEWEST_LETTERS = 4
ELSEWHERE = 20  # chunks
COMPOUND = 5

_SPLIT_NUMBER = re.compile(r"\d+(?:[.,:]\d+|['\u2019\u00a0\u2009\u202f]\d{3}(?!\d))+")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")

Terms = Callable[[str], Sequence[str]]


class WeightedTerms(Struct, frozen=True):
    """The question's terms with their weights, and what else each of them may be called."""

    weights: Mapping[str, float]
    synonyms: Mapping[str, frozenset[str]]
    unknown: frozenset[str]

    @property
    def total(self) -> float:
        """The weight of all terms."""
        return sum(self.weights.values())

    @property
    def share_unknown(self) -> float:
        """The share of the weight whose words stand in none of the tenant's documents."""
        return sum(self.weights[term] for term in self.unknown) / (self.total or 1.0)

    def coverage(self, held: Collection[str]) -> float:
        """Return the share of the weight that some words stand for, 0..1."""
        return self.held(held) / (self.total or 1.0)

    def held(self, held: Collection[str]) -> float:
        """Return the weight that some words stand for."""
        return sum(weight * self.credit(term, held) for term, weight in self.weights.items())

    def credit(self, term: str, held: Collection[str]) -> float:
        """Return how far some words stand for a term, 0..1."""
        if term in held:
            return 1.0
        same = self.synonyms.get(term, frozenset())
        if not same.isdisjoint(held):
            return SAME
        if term in self.unknown and {f"{term}s", f"{term}es", term.removesuffix("s")} & set(held):
            return 1.0
        if term in self.unknown and len(term) >= FEWEST_LETTERS and term.isalpha():
            if any(one_edit_apart(term, other) for other in held if len(other) >= FEWEST_LETTERS):
                return NEAR
            if any(_within(term, other) for other in held):
                return WITHIN
        return 0.0


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


def _within(term: str, other: str) -> bool:
    shorter, longer = sorted((term, other), key=len)
    return len(shorter) >= COMPOUND and shorter in longer


class Vocabulary:
    """The terms of one tenant's texts in one language, with what each of them weighs."""

    def __init__(self, terms: Terms, statistics: TermStatistics) -> None:
        self._terms = terms
        self._statistics = statistics
        self._kept: dict[str, frozenset[str]] = {}

    def of(self, text: str) -> frozenset[str]:
        """Return the terms of a text; a decimal or grouped number is one term."""
        known = self._kept.get(text)
        if known is None:
            plain = _SPLIT_NUMBER.sub(_joined, _ORDINAL.sub(r"\1", text))
            known = self._kept[text] = frozenset(self._terms(plain))
        return known

    @property
    def weak(self) -> frozenset[str]:
        """The terms that tell nothing apart."""
        return _weak(self._terms)

    def known(self, text: str) -> str:
        """Return the terms of a text that the tenant's documents hold, as a text."""
        return " ".join(t for t in self.of(text) if self._statistics.frequency.get(t))

    def weighted(self, readings: Iterable[Reading]) -> WeightedTerms:
        """Return the terms of a question's readings; one in several has the highest weight."""
        weights: dict[str, float] = {}
        glossed: dict[str, frozenset[str]] = {}
        numbers = False
        readings = list(readings)
        spoken = self._function_words(readings)
        for reading in readings:
            for term, besides in self._terms_of(reading):
                glossed[term] = glossed.get(term, besides) | besides
                if term.isdigit() and numbers and term not in weights:
                    continue  # a follow-up's own number takes the place of an earlier one
                weights[term] = max(
                    weights.get(term, 0.0), reading.weight * self._weight(term, spoken)
                )
            numbers = numbers or any(term.isdigit() for term in weights)
        groups = _groups(self._terms)
        unknown = frozenset(t for t in weights if not self._statistics.frequency.get(t))
        synonyms = {}
        for term in weights:
            meant = [term] if term in groups or term not in unknown else _alike(term, groups)
            same = glossed[term].union(*(group for each in meant for group in groups.get(each, ())))
            if same:
                synonyms[term] = same - {term}
        return WeightedTerms(weights, synonyms, unknown)

    def _terms_of(self, reading: Reading) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield a reading's terms, each with what it may be called by its gloss.

        A word with several meanings is the term of one, with the others as synonyms.
        """
        if reading.gloss is None:
            for term in self.of(without_function_words(reading.text)):
                yield term, frozenset()
            return
        for word in reading.gloss.words:
            for term in self.of(word.text):
                yield term, self.of(word.synonyms) - self.weak

    def _function_words(self, readings: Sequence[Reading]) -> frozenset[str]:
        """Return the terms that are function words in the question's language, if not English."""
        language = detect(readings[0].text) if readings else None
        if language is None or language is Language.ENGLISH:
            return frozenset()
        return self.of(" ".join(function_words(language)))

    def _weight(self, term: str, spoken: frozenset[str]) -> float:
        """Return ln(1 + (N - n + 0.5) / (n + 0.5)), BM25's idf, weakened for words that tell nothing.

        N counts `ELSEWHERE` chunks more than there are: in a small collection every word is common.
        """
        chunks = self._statistics.chunks + ELSEWHERE
        held = min(self._statistics.frequency.get(term, 0), chunks)
        idf = math.log(1 + (chunks - held + 0.5) / (held + 0.5))
        return idf * (WEAKENED if term in spoken or term in _weak(self._terms) else 1.0)


def _alike(term: str, words: Iterable[str]) -> list[str]:
    """Return the words that a mistyped one may be."""
    if len(term) < FEWEST_LETTERS or not term.isalpha():
        return []
    return [w for w in words if len(w) >= FEWEST_LETTERS and one_edit_apart(term, w)]


@lru_cache(maxsize=16)
def _groups(terms: Terms) -> Mapping[str, Sequence[frozenset[str]]]:
    found: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for line in SAME_THING:
        group = frozenset(terms(line))
        for term in group:
            found[term].append(group)
    return dict(found)


@lru_cache(maxsize=64)
def _spoken(terms: Terms, language: Language) -> frozenset[str]:
    return frozenset(terms(" ".join(function_words(language))))


@lru_cache(maxsize=16)
def _weak(terms: Terms) -> frozenset[str]:
    return frozenset(terms(" ".join(WEAK)))


def strong_terms(terms: Terms, text: str) -> frozenset[str]:
    """Return the terms of a text that tell passages apart."""
    return frozenset(terms(text)) - _weak(terms)


def content_terms(terms: Terms, text: str, language: Language) -> frozenset[str]:
    """Return the terms of a text that are neither function words of a language nor weak."""
    return strong_terms(terms, text) - _spoken(terms, language)


def statistics_of(texts: Sequence[frozenset[str]]) -> TermStatistics:
    """Return the statistics of texts, for a request that brings none."""
    counted = Counter(term for terms in texts for term in terms)
    return TermStatistics(chunks=len(texts), frequency=dict(counted))
