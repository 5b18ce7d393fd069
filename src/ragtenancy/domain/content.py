"""A question's content: its terms, their weights and their synonyms."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import cached_property

from msgspec import Struct

from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.comparable import comparable, ungrouped
from ragtenancy.domain.edit_distance import one_edit_apart, shortened
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.languages import (
    Language,
    detect,
    function_words,
    without_function_words,
)
from ragtenancy.domain.lexicon import SAME_THING, WEAK
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.lru_cache import LruCache

SAME = 0.75  # a synonym's share of the word's weight
NEAR = 0.8  # an unknown word, one letter away
WITHIN = 0.6  # a word inside a compound
WEAKENED = 0.15
FEWEST_LETTERS = 4
ELSEWHERE = 20  # chunks
MAIN = 0.5  # the weight of a reading of the question, rather than of the whole message
LONG = 20  # terms
MAX_WEIGHED_TERMS = 6  # few questions have more terms that an answer must hold
MAX_TEXTS = 16_384  # about 30 MB of sentences
COMPOUND = 5

_SPLIT_NUMBER = re.compile(r"\d+(?:[.,:]\d+)+")
_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")

Terms = Callable[[str], Sequence[str]]


class Likeness(IntEnum):
    """How a word matches a term, closest first."""

    ITSELF = 0
    SYNONYM = 1
    FORM = 2
    NEAR = 3
    WITHIN = 4


CREDITS = (1.0, SAME, 1.0, NEAR, WITHIN)
"""A word's credit by its likeness."""


class WeightedTerms(Struct, frozen=True, dict=True):
    """The question's terms with their weights and synonyms.

    A term that no document holds may be mistyped, or part of a compound: each word of the texts is
    compared with it once.
    """

    weights: Mapping[str, float]
    synonyms: Mapping[str, frozenset[str]]
    unknown: frozenset[str]

    @cached_property
    def total(self) -> float:
        """The weight of all terms; for a long message, of the heaviest ones."""
        return sum(sorted(self.weights.values(), reverse=True)[:MAX_WEIGHED_TERMS])

    @property
    def share_unknown(self) -> float:
        """The share of the weight from words in none of the tenant's documents."""
        return sum(self.weights[term] for term in self.unknown) / (self.total or 1.0)

    def coverage(self, words: Collection[str]) -> float:
        """Return the share of the weight that some words cover, 0..1."""
        return min(1.0, self.weight_held(words) / (self.total or 1.0))

    def weight_held(self, words: Collection[str]) -> float:
        """Return the weight that some words cover."""
        return self.weight_of(self.credits(words))

    def weight_of(self, earned: Mapping[str, float]) -> float:
        """Return the weight of some terms, each multiplied by its credit."""
        if not earned:
            return 0.0
        return sum(weight * earned[t] for t, weight in self.weights.items() if t in earned)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The terms with a weight above 0."""
        return frozenset(term for term, weight in self.weights.items() if weight > 0)

    def credit(self, term: str, held: Collection[str]) -> float:
        """Return the credit that some words earn for a term, 0..1."""
        return self.credits(held).get(term, 0.0)

    def credits(self, held: Collection[str]) -> dict[str, float]:
        """Return the credit that some words earn for each term, 0..1, omitting zeros."""
        words = held if isinstance(held, frozenset) else frozenset(held)
        known = self._credits.get(words)
        if known is None:
            known = self._credits[words] = self._credited(words)
        return known

    @cached_property
    def _credits(self) -> dict[frozenset[str], dict[str, float]]:
        return {}

    def _credited(self, words: frozenset[str]) -> dict[str, float]:
        if self._doubtful:
            self._compare(words - self._compared)
        best: dict[str, Likeness] = {}
        for word in words & self._alike:
            for term, likeness in self._likenesses[word].items():
                best[term] = min(likeness, best.get(term, likeness))
        return {term: CREDITS[likeness] for term, likeness in best.items()}

    @cached_property
    def _alike(self) -> set[str]:
        """The words that match any term, among those compared so far."""
        return set(self._likenesses)

    @cached_property
    def _likenesses(self) -> dict[str, dict[str, Likeness]]:
        """The terms that each word matches; it grows as more words are compared."""
        found: dict[str, dict[str, Likeness]] = {}
        for term in self.weights:
            if term in self.unknown:
                for form in (f"{term}s", f"{term}es", term.removesuffix("s")):
                    found.setdefault(form, {})[term] = Likeness.FORM
            for word in self.synonyms.get(term, ()):
                found.setdefault(word, {})[term] = Likeness.SYNONYM
            found.setdefault(term, {})[term] = Likeness.ITSELF
        return found

    @cached_property
    def _doubtful(self) -> list[str]:
        """The terms that no document holds."""
        terms = (t for t in self.weights if t in self.unknown)
        return [t for t in terms if len(t) >= FEWEST_LETTERS and t.isalpha()]

    @cached_property
    def _compared(self) -> set[str]:
        return set()

    def _compare(self, words: frozenset[str]) -> None:
        self._compared.update(words)
        for word in words:
            for term in self._doubtful if len(word) >= FEWEST_LETTERS else ():
                if abs(len(word) - len(term)) <= 1 and _one_letter_away(term, word):
                    likeness = Likeness.NEAR
                elif min(len(word), len(term)) >= COMPOUND and (term in word or word in term):
                    likeness = Likeness.WITHIN
                else:
                    continue
                self._likenesses.setdefault(word, {}).setdefault(term, likeness)
                self._alike.add(word)


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


def _one_letter_away(term: str, word: str) -> bool:
    """Return whether words are one edit apart; one of their ends is then the same."""
    return (term[0] == word[0] or term[-1] == word[-1]) and one_edit_apart(term, word)


class Lexicon:
    """The terms of one language's texts, their synonyms, and the uninformative ones."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._functional: dict[Language, frozenset[str]] = {}

    def of(self, text: str) -> frozenset[str]:
        """Return the terms of a text; a decimal or grouped number is one term."""
        if _DIGIT.search(text):
            text = ungrouped(comparable(text))
            text = _SPLIT_NUMBER.sub(_joined, _ORDINAL.sub(r"\1", text))
        return frozenset(self._terms(text))

    @cached_property
    def synonyms(self) -> Mapping[str, Sequence[frozenset[str]]]:
        """The groups of synonyms, by each of their terms."""
        found: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
        for line in SAME_THING:
            group = frozenset(self._terms(line))
            for term in group:
                found[term].append(group)
        return dict(found)

    def one_edit_from(self, term: str) -> list[str]:
        """Return the terms with synonyms that a mistyped one may stand for."""
        if len(term) < FEWEST_LETTERS or not term.isalpha():
            return []
        close = [other for each in shortened(term) for other in self._by_shortened.get(each, ())]
        return [other for other in dict.fromkeys(close) if one_edit_apart(term, other)]

    @cached_property
    def _by_shortened(self) -> Mapping[str, Sequence[str]]:
        """The terms with synonyms, by themselves and by each deletion of one letter."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for term in self.synonyms:
            for each in shortened(term) if len(term) >= FEWEST_LETTERS else ():
                found[each].append(term)
        return dict(found)

    @cached_property
    def weak(self) -> frozenset[str]:
        """The uninformative terms."""
        return frozenset(self._terms(" ".join(WEAK)))

    def strong(self, text: str) -> frozenset[str]:
        """Return the informative terms of a text."""
        return frozenset(self._terms(text)) - self.weak

    def content(self, text: str, language: Language) -> frozenset[str]:
        """Return the terms of a text that are neither function words of a language nor weak."""
        return self.strong(text) - self.functional(language)

    def functional(self, language: Language) -> frozenset[str]:
        """Return the terms of a language's function words."""
        if language not in self._functional:
            words = frozenset(self._terms(" ".join(function_words(language))))
            self._functional[language] = words
        return self._functional[language]


class Lexicons:
    """The lexicon of each language, built once: its synonyms take half a second to stem.

    `recent` are the terms of recently read texts, kept per tenant: timing must not reveal one
    tenant's texts to another.
    """

    def __init__(
        self, terms: Callable[[str, str], Sequence[str]], *, max_texts: int = MAX_TEXTS
    ) -> None:
        self._terms = terms
        self._made: dict[str, Lexicon] = {}
        self.recent: LruCache[tuple[TenantUid, str, str], frozenset[str]] = LruCache(max_texts)

    def detached(self) -> Lexicons:
        """Return the same lexicons without the texts read by these."""
        alone = Lexicons(self._terms)
        alone._made = self._made
        return alone

    def of(self, language: str) -> Lexicon:
        """Return the lexicon of a language that the analyzer knows."""
        if language not in self._made:
            self._made[language] = Lexicon(lambda text: self._terms(text, language))
        return self._made[language]

    def vocabulary(
        self, scope: TenantScope, language: str, statistics: TermStatistics
    ) -> Vocabulary:
        """Return the vocabulary of a tenant's texts."""
        lexicon, uid = self.of(language), scope.tenant_uid

        def terms(text: str) -> frozenset[str]:
            return self.recent.get((uid, language, text), lambda: lexicon.of(text))

        return Vocabulary(lexicon, statistics, terms)

    def forget(self, scope: TenantScope) -> None:
        """Drop a tenant's cached terms."""
        self.recent.drop(lambda key: key[0] == scope.tenant_uid)


class Vocabulary:
    """The terms of one tenant's texts in one language, with their weights."""

    def __init__(
        self,
        lexicon: Lexicon,
        statistics: TermStatistics,
        terms: Callable[[str], frozenset[str]] | None = None,
    ) -> None:
        self._lexicon = lexicon
        self.statistics = statistics
        self._terms = terms or lexicon.of
        self._kept: dict[str, frozenset[str]] = {}

    def of(self, text: str) -> frozenset[str]:
        """Return the terms of a text; a decimal or grouped number is one term."""
        known = self._kept.get(text)
        if known is None:
            known = self._kept[text] = self._terms(text)
        return known

    @property
    def weak(self) -> frozenset[str]:
        """The uninformative terms."""
        return self._lexicon.weak

    def is_bare(self, text: str) -> bool:
        """Return whether a text has no informative word."""
        return self.of(text) <= self.weak

    def known(self, text: str) -> str:
        """Return the terms of a text that the tenant's documents hold, as a text."""
        return " ".join(t for t in self.of(text) if self.statistics.frequency.get(t))

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
                    continue  # a follow-up's own number replaces an earlier one
                weights[term] = max(
                    weights.get(term, 0.0), reading.weight * self._weight(term, spoken)
                )
            numbers = numbers or any(term.isdigit() for term in weights)
        said = {term for each in readings if each.weight >= MAIN for term in self.of(each.text)}
        if (
            len(said) > LONG and self.statistics.chunks
        ):  # a story: what no document mentions is narration, not the question
            weights = {t: w for t, w in weights.items() if self.statistics.frequency.get(t)}
        groups = self._lexicon.synonyms
        unknown = frozenset(t for t in weights if not self.statistics.frequency.get(t))
        synonyms = {}
        for term in weights:
            known = term in groups or term not in unknown
            meant = [term] if known else self._lexicon.one_edit_from(term)
            same = glossed[term].union(*(group for each in meant for group in groups.get(each, ())))
            if same:
                synonyms[term] = same - {term}
        return WeightedTerms(weights, synonyms, unknown)

    def _terms_of(self, reading: Reading) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield a reading's terms, each with its synonyms from the gloss.

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
        """Return ln(1 + (N - n + 0.5) / (n + 0.5)), BM25's idf, reduced for uninformative words.

        N includes `ELSEWHERE` extra chunks: in a small collection every word is common.
        """
        chunks = self.statistics.chunks + ELSEWHERE
        held = min(self.statistics.frequency.get(term, 0), chunks)
        idf = math.log(1 + (chunks - held + 0.5) / (held + 0.5))
        return idf * (WEAKENED if term in spoken or term in self._lexicon.weak else 1.0)


def statistics_of(texts: Sequence[frozenset[str]]) -> TermStatistics:
    """Return the statistics of texts, for a request that brings none."""
    counted = Counter(term for terms in texts for term in terms)
    return TermStatistics(chunks=len(texts), frequency=dict(counted))
