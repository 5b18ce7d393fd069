"""Timing engines side by side: the same questions, in turn, in rotating order."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from search_engines.engine import Search
from zipf_corpus import Corpus, Part

WARM_UPS = 3


class Times(Struct, frozen=True):
    """Milliseconds, medians over the rounds."""

    p50: float
    p99: float


async def interleaved(
    searches: Mapping[str, Search],
    corpus: Corpus,
    parts: Sequence[Part],
    *,
    rounds: int,
    questions: int,
) -> dict[str, Times]:
    """Return what each search takes; the tenants take turns, every question is new to all."""
    for number in range(max(WARM_UPS, len(parts))):
        await _one_turn(searches, corpus, parts, number)
    found: dict[str, list[Times]] = {name: [] for name in searches}
    for _ in range(rounds):
        taken: dict[str, list[float]] = {name: [] for name in searches}
        for number in range(questions):
            turn = await _one_turn(searches, corpus, parts, number)
            for name, seconds in turn.items():
                taken[name].append(seconds * 1000)
        for name, times in taken.items():
            found[name].append(Times(float(np.median(times)), float(np.percentile(times, 99))))
    return {name: _median(times) for name, times in found.items()}


async def _one_turn(
    searches: Mapping[str, Search], corpus: Corpus, parts: Sequence[Part], number: int
) -> dict[str, float]:
    """Return the seconds that each search took for one new question.

    Before it each gets another one, untimed, to the tenant before: nobody pays for the caches
    that its forerunner filled with its own code and data, as nobody would in a service.
    """
    before, tenant = (number - 1) % len(parts), number % len(parts)
    warm_up, question = corpus.question(parts[before]), corpus.question(parts[tenant])
    names, seconds = list(searches), {}
    first = number % len(names)
    for name in names[first:] + names[:first]:
        await searches[name](before, warm_up)
        started = time.perf_counter()
        await searches[name](tenant, question)
        seconds[name] = time.perf_counter() - started
    return seconds


def _median(times: Sequence[Times]) -> Times:
    return Times(
        statistics.median(one.p50 for one in times), statistics.median(one.p99 for one in times)
    )
