"""Scoring what may answer a question: cosine, the words that it holds, the kind of its value."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.adapters.extractive.candidates import NAME_NUMBER, Question
from ragtenancy.adapters.extractive.evidence import Coverage, Coverages, offered
from ragtenancy.adapters.extractive.quantities import numbers_asked, within
from ragtenancy.adapters.extractive.units import Unit
from ragtenancy.domain.content import Vocabulary
from ragtenancy.domain.questions import Kind
from ragtenancy.ports.embeddings import Vectors

COSINE, OWN, PLACED, VALUE, FOCUS, RANK, LABEL = 1.0, 0.45, 0.45, 0.10, 0.10, 0.04, 0.35
SURE_VALUE = 0.3  # where no answer is without its value: a year, a telephone number
_SURE_KINDS = (Kind.YEAR, Kind.CONTACT)
IN_RANGE = 0.3
OTHER_NUMBER = 0.25  # what is said of another version, model or section than the one asked for
STAYS = 0.08  # a follow-up goes on in the section that was just cited
REPEATED = 0.25  # what was answered just before, and holds nothing that is asked now


class Scored(Struct, frozen=True, kw_only=True):
    """A unit with what speaks for it; a label names what is asked, and does not answer."""

    unit: Unit
    score: float
    cosine: float
    coverage: Coverage
    fits: float
    is_label: bool


def scored(
    question: Question, units: Sequence[Unit], vectors: Vectors, vocabulary: Vocabulary
) -> list[Scored]:
    """Return the units with their scores, in their order; `vectors[i]` is that of `units[i]`."""
    cosines = _cosines(question, vectors)
    found = []
    coverages = Coverages(question.terms, vocabulary)
    numbers = numbers_asked(question.text)
    names = NAME_NUMBER.findall(question.text)
    value = SURE_VALUE if question.kind in _SURE_KINDS else VALUE
    before: Unit | None = None
    for at, unit in enumerate(units):
        above = before.text if before is not None and _go_together(before, unit) else ""
        before = unit
        coverage = coverages.of(unit, above)
        fits = offered(unit, question.kind)
        is_label = unit.is_label or _only_asks(question, unit, coverage)
        score = (
            COSINE * cosines[at]
            + OWN * coverage.own
            + PLACED * coverage.placed
            + value * 2 * (fits - 0.5)
            + FOCUS * coverage.precision
            - RANK * (unit.passage - 1)
            - (LABEL if is_label else 0.0)
            - (OTHER_NUMBER if names and not _holds_any(unit, names) else 0.0)
            + (STAYS if (unit.passage in question.cited) else 0.0)
            - (REPEATED if question.repeats(unit.text) else 0.0)
            + (IN_RANGE if numbers and _in_range(unit, numbers) else 0.0)
        )
        found.append(
            Scored(
                unit=unit,
                score=score,
                cosine=cosines[at],
                coverage=coverage,
                fits=fits,
                is_label=is_label,
            )
        )
    return found


def _go_together(before: Unit, unit: Unit) -> bool:
    return before.paragraph == unit.paragraph and before.passage == unit.passage


def _in_range(unit: Unit, numbers: Sequence[float]) -> bool:
    return unit.row is None and any(within(number, unit.text) for number in numbers)


def _only_asks(question: Question, unit: Unit, coverage: Coverage) -> bool:
    """Tell whether a unit says nothing but what the question does: it is the answer's heading."""
    return question.kind is not Kind.YES_NO and unit.row is None and coverage.precision == 1.0


def _cosines(question: Question, vectors: Vectors) -> list[float]:
    """Return the cosine of each unit; of a message of many clauses, half of it is the best clause's."""
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
