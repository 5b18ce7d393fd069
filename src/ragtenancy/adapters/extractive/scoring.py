"""Scoring of candidate answers: cosine, coverage of words, kind of value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.adapters.extractive.candidates import NAME_NUMBER
from ragtenancy.adapters.extractive.question import Question
from ragtenancy.adapters.extractive.units import Unit
from ragtenancy.adapters.extractive.values import numbers_asked, offers, within
from ragtenancy.domain.content import Vocabulary, WeightedTerms
from ragtenancy.domain.questions import Kind
from ragtenancy.ports.embeddings import Vectors

HEADING, LEAD, ABOVE, TITLE = 0.85, 0.8, 0.45, 0.5
COSINE, OWN, PLACED, VALUE, FOCUS, RANK, LABEL = 1.0, 0.45, 0.45, 0.10, 0.10, 0.04, 0.35
NEEDED_VALUE = {Kind.AMOUNT: 0.2, Kind.CONTACT: 0.3, Kind.SHARE: 0.3, Kind.YEAR: 0.3}
"""The weight of a value that an answer must hold, such as a year; `VALUE` of any other."""
IN_RANGE = 0.3
OTHER_NUMBER = 0.25  # text about a version, model or section other than the requested one
STAYS = 0.08  # a follow-up continues in the section just cited
ANOTHER_THING = 0.25  # text without the thing that an ellipsis names
REPEATED = 0.25  # the previous answer, without any word of this question


class Coverage(Struct, frozen=True):
    """A unit's share of the question's weight: in its own words, and including its headings."""

    own: float
    placed: float
    precision: float


class Scored(Struct, frozen=True, kw_only=True):
    """A unit with its evidence; a label names the subject but does not answer."""

    unit: Unit
    score: float
    cosine: float
    coverage: Coverage
    fits: float
    is_label: bool


def scored(
    question: Question, units: Sequence[Unit], vectors: Vectors, vocabulary: Vocabulary
) -> list[Scored]:
    """Return the units with their scores, in order; `vectors[i]` belongs to `units[i]`."""
    cosines = _cosines(question, vectors)
    found = []
    covered = coverages(units, question.terms, vocabulary)
    numbers = numbers_asked(question.text)
    names = NAME_NUMBER.findall(question.text)
    value = NEEDED_VALUE.get(question.kind, VALUE)
    for unit, cosine, coverage in zip(units, cosines, covered, strict=True):
        fits = offered(unit, question.kind)
        is_label = unit.is_label or _only_asks(question, unit, coverage)
        score = (
            COSINE * cosine
            + OWN * coverage.own
            + PLACED * coverage.placed
            + value * 2 * (fits - 0.5)
            + FOCUS * coverage.precision
            - RANK * (unit.passage - 1)
            - (LABEL if is_label else 0.0)
            - (OTHER_NUMBER if names and not _holds_any(unit, names) else 0.0)
            + (STAYS if (unit.passage in question.cited_passages) else 0.0)
            - (ANOTHER_THING if question.names_none_of(unit.facts.placed) else 0.0)
            - (REPEATED if question.repeats(unit.text) else 0.0)
            + (IN_RANGE if numbers and _in_range(unit, numbers) else 0.0)
        )
        found.append(
            Scored(
                unit=unit,
                score=score,
                cosine=cosine,
                coverage=coverage,
                fits=fits,
                is_label=is_label,
            )
        )
    return found


def _go_together(before: Unit, unit: Unit) -> bool:
    return before.paragraph == unit.paragraph and before.passage == unit.passage


def _in_range(unit: Unit, numbers: Sequence[float]) -> bool:
    return any(within(number, unit.text) for number in numbers)


def _only_asks(question: Question, unit: Unit, coverage: Coverage) -> bool:
    """Return whether a unit only repeats the question: it is the answer's heading."""
    return question.kind is not Kind.YES_NO and unit.row is None and coverage.precision == 1.0


def _cosines(question: Question, vectors: Vectors) -> list[float]:
    """Return each unit's cosine; for a message of several clauses, half is the best clause's."""
    if not len(vectors):
        return []
    whole = vectors.astype(np.float64) @ question.vector.astype(np.float64)
    if question.clauses:
        clauses = np.stack(question.clauses).astype(np.float64)
        best = (vectors.astype(np.float64) @ clauses.T).max(axis=1)
        whole = (whole + best) / 2
    found: list[float] = whole.tolist()
    return found


def _holds_any(unit: Unit, names: Sequence[str]) -> bool:
    place = " ".join([unit.text, unit.lead, *unit.section])
    return any(re.search(rf"(?<![\d.]){re.escape(name)}(?!\d|\.\d)", place) for name in names)


def offered(unit: Unit, kind: Kind) -> float:
    """Return `offers` for a unit's text."""
    known = unit.facts.offered
    if kind not in known:
        known[kind] = offers(unit.text, kind)
    return known[kind]


def coverages(
    units: Sequence[Unit], asked: WeightedTerms, vocabulary: Vocabulary
) -> list[Coverage]:
    """Return each unit's coverage of the question; each distinct text is examined once."""
    above = [_text_above(before, unit) for before, unit in zip([None, *units], units, strict=False)]
    places = [
        (unit.section[-1] if unit.section else "", unit.lead, unit.facts.headings_above)
        for unit in units
    ]
    own = _terms([unit.text for unit in units], vocabulary)
    texts = dict.fromkeys(text for texts in (above, *places) for text in texts if text)
    told = _credits(own | _terms(texts, vocabulary), asked)
    around = {
        place: _with(
            _with(_with({}, told[place[0]], HEADING), told[place[1]], LEAD), told[place[2]], TITLE
        )
        for place in dict.fromkeys(places)
    }
    best = [
        _with(_with(around[place], told[before], ABOVE), told[unit.text], 1.0)
        for unit, before, place in zip(units, above, places, strict=True)
    ]
    alone = {place: asked.weight_of(told_there) for place, told_there in around.items()}
    weights = [
        alone[place] if credited is around[place] else asked.weight_of(credited)
        for credited, place in zip(best, places, strict=True)
    ]
    total, telling = asked.total or 1.0, asked.telling
    return [
        Coverage(
            min(1.0, asked.weight_of(told[unit.text]) / total),
            min(1.0, weight / total),
            len(own[unit.text] & telling) / max(len(own[unit.text]), 1),
        )
        for unit, weight in zip(units, weights, strict=True)
    ]


def _text_above(before: Unit | None, unit: Unit) -> str:
    return before.text if before is not None and _go_together(before, unit) else ""


def _terms(texts: Iterable[str], vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    return {text: vocabulary.of(text) for text in texts}


def _credits(
    terms: Mapping[str, frozenset[str]], asked: WeightedTerms
) -> dict[str, Mapping[str, float]]:
    """Return the credits that each text earns for the question; an empty text earns none."""
    return {"": {}} | {text: asked.credits(held) for text, held in terms.items()}


def _with(
    best: Mapping[str, float], told: Mapping[str, float], share: float
) -> Mapping[str, float]:
    """Return the credits of terms, or a share of other credits if that is more."""
    if not told:
        return best
    raised = {term: max(share * credit, best.get(term, 0.0)) for term, credit in told.items()}
    return {**best, **raised}
