"""Comparing two evaluations question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.app.evaluation.evaluate import Evaluation, Run
from ragtenancy.app.evaluation.intervals import Difference, difference
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.evaluation import MEASURES


class Comparison(Struct, frozen=True, kw_only=True):
    """How one run differs from another over the questions that both answered."""

    name: str
    against: str
    measures: Mapping[str, Difference]


def compare(first: Evaluation, second: Evaluation) -> list[Comparison]:
    """Return `second` less `first` for each run that both have.

    Raises `InvalidError` when they share no run, or a run of theirs no question.
    """
    theirs = {run.name: run for run in second.runs}
    shared = [(run, theirs[run.name]) for run in first.runs if run.name in theirs]
    if not shared:
        raise InvalidError("The two evaluations have no run of one name.", code="not_comparable")
    return [compare_runs(a, b) for a, b in shared]


def compare_runs(first: Run, second: Run) -> Comparison:
    """Return `second` less `first` in pairs. Raises `InvalidError` without a shared question."""
    shared = [question for question in first.questions if question in second.questions]
    if not shared:
        raise InvalidError("The two evaluations share no question.", code="not_comparable")
    return Comparison(
        name=second.name,
        against=first.name,
        measures={name: _difference(first, second, shared, name) for name in MEASURES},
    )


def _difference(first: Run, second: Run, shared: Sequence[str], measure: str) -> Difference:
    return difference(
        [first.questions[question][measure] for question in shared],
        [second.questions[question][measure] for question in shared],
    )
