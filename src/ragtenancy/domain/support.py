"""Whether passages support a statement: its numbers, and a fair share of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.content import Lexicon, Vocabulary, WeightedTerms
from ragtenancy.domain.languages import detect
from ragtenancy.domain.numbers import held_numbers, is_computed, numbers
from ragtenancy.domain.refusals import is_refusal
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Reason, Source

FAIR_SHARE = 0.5
FAIR_SHARE_WITH_NUMBERS = 0.34
NEARLY_ALL = 0.85
FEW_TERMS = 2  # so few make no statement that needs a passage
_LEAD = re.compile(
    r"\s*(?:#{1,6}\s|>|[-*+\u2022\u2013]\s|\(?\d{1,3}[.)]\s|(?:step|schritt|\u00e9tape|paso) \d+\b\W*)*",
    re.IGNORECASE,
)
RULE = re.compile(r"[\s|:=_*-]+\Z")
_AFFIRMS = re.compile(
    r"\A\W*(?:yes|no|yeah|sure|certainly|of course|ja|nein|oui|non|sí|si|sì|sim|não|nee|tak|nie)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


class Evidence:
    """One passage prepared for comparison with statements; its headings and name count too."""

    def __init__(self, passage: Source, vocabulary: Vocabulary) -> None:
        self._name, self._headings, self._body = passage.filename, passage.section, passage.text
        self._text = "\n".join([passage.filename, *passage.section, passage.text])
        self._vocabulary = vocabulary

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms."""
        return self._vocabulary.of(self._text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers."""
        return held_numbers(self._text)

    @cached_property
    def units(self) -> Sequence[tuple[frozenset[str], frozenset[str]]]:
        """The terms and numbers of each sentence with the next one, and of each row."""
        found: list[tuple[frozenset[str], frozenset[str]]] = []
        names = "\n".join([self._name, *self._headings])
        head = ""
        for line in self._body.splitlines():
            row = line.lstrip().startswith("|")
            head = (head or line) if row else ""
            pieces = [f"{head}\n{line}"] if row else sentences(line, self._body)
            for at, piece in enumerate(pieces):
                near = "".join(pieces[at : at + 2])
                terms = self._vocabulary.of(f"{names}\n{piece}")
                found.append((terms, held_numbers(f"{names}\n{near}")))
        return found

    @cached_property
    def words(self) -> str:
        """Its words in sequence, for verbatim quotations."""
        return _words(self._text)

    @cached_property
    def language(self) -> str | None:
        """Its language, if known."""
        return detect(self._text)


class Passages:
    """The given passages, and the question, whose own words need no passage."""

    def __init__(self, passages: Sequence[Source], question: str, lexicon: Lexicon) -> None:
        self._vocabulary = Vocabulary(lexicon, TermStatistics())
        self._evidence = [Evidence(passage, self._vocabulary) for passage in passages]
        self._asked = self._vocabulary.of(question)
        self._asked_numbers = held_numbers(question)
        self._judged: dict[tuple[str, tuple[int, ...]], Reason | None] = {}

    def __len__(self) -> int:
        return len(self._evidence)

    def new_terms(self, text: str) -> frozenset[str]:
        """Return a statement's content terms that are not in the question, without numbers."""
        return frozenset(
            t for t in self._vocabulary.of(_AFFIRMS.sub("", text)) - self._asked if not t.isdigit()
        )

    def says_nothing(self, text: str) -> bool:
        """Return whether a text states nothing: rules, connectives, courtesies, headings."""
        return bool(RULE.match(text)) or not (numbers(_bare(text)) or self.new_terms(_bare(text)))

    def is_small(self, text: str) -> bool:
        """Return whether a text is too small to need a passage of its own."""
        bare = _bare(text)
        return not numbers(bare) and len(self.new_terms(bare)) <= FEW_TERMS

    def missing(self, text: str, cited: Sequence[int]) -> Reason | None:
        """Return why passages together do not support a statement, None if they do.

        They must hold every number, or two stated with it of which it is the difference or sum, and
        a fair share of the content words, which are not compared if statement and passage are in
        different languages.
        """
        judged = text, tuple(cited)
        if judged not in self._judged:
            self._judged[judged] = self._missing(text, cited)
        return self._judged[judged]

    def _missing(self, text: str, cited: Sequence[int]) -> Reason | None:
        bare = _bare(text)
        evidence = [self._evidence[n - 1] for n in cited]
        if not evidence:
            return "not_cited"
        quoted = _words(bare)
        if any(quoted in each.words for each in evidence):
            return None
        stated = numbers(bare)
        held = frozenset().union(self._asked_numbers, *(each.numbers for each in evidence))
        borne = [number for number in stated if not number.isdisjoint(held)]
        if any(number.isdisjoint(held) and not is_computed(number, borne) for number in stated):
            return "number_not_in_passage"
        if borne and self._elsewhere(bare, borne, evidence):
            return "number_not_in_passage"
        least = FAIR_SHARE_WITH_NUMBERS if stated else FAIR_SHARE
        if self._share(bare, evidence) < (NEARLY_ALL if is_refusal(bare) else least):
            return "not_in_passage"
        return None

    def _elsewhere(
        self, text: str, stated: Sequence[frozenset[str]], evidence: Sequence[Evidence]
    ) -> bool:
        """Return whether sentences or rows hold nearly all the words, but none has the number.

        "Own wedding: 4 days" is not supported by the wedding's row with 3 and another with 4.
        """
        every = self._vocabulary.weighted([Reading(text)])
        weights = {term: w for term, w in every.weights.items() if not term.isdigit()}
        terms = WeightedTerms(weights, every.synonyms, frozenset())
        if not weights:
            return False
        least = NEARLY_ALL * sum(weights.values())
        close = [
            numbers
            for each in evidence
            for held, numbers in each.units
            if terms.weight_held(held) >= least
        ]
        return bool(close) and any(
            number.isdisjoint(self._asked_numbers.union(*close)) for number in stated
        )

    def _share(self, text: str, evidence: Sequence[Evidence]) -> float:
        new = self.new_terms(text)
        if not new or _another_language(text, evidence):
            return 1.0
        held = frozenset().union(*(each.terms for each in evidence))
        every = self._vocabulary.weighted([Reading(text)])
        weights = {term: every.weights[term] for term in new}
        return WeightedTerms(weights, every.synonyms, every.unknown).coverage(held)


def _bare(text: str) -> str:
    """Return a statement without its line's opening (bullet, number or quote)."""
    return text[_LEAD.match(text).end() :]  # type: ignore[union-attr]


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _another_language(text: str, evidence: Sequence[Evidence]) -> bool:
    own = detect(text)
    return own is not None and all(
        each.language is not None and each.language != own for each in evidence
    )
