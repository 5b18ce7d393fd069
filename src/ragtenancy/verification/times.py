"""What times tell: paired measurements, with the interval of their difference."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Sequence

from ragtenancy.verification.exchange import Reply
from ragtenancy.verification.parties import SHARED_QUESTION
from ragtenancy.verification.scene import Notes, Scene

PAIRS = 60
RESAMPLES = 1_000
TOLERATED_SECONDS = 0.002
TOLERATED_SHARE = 0.25
NEIGHBOURS = 8


async def times(scene: Scene, notes: Notes) -> None:
    """A foreign id takes as long as one of nothing; how much a busy neighbour slows is measured."""
    for kind, path in (
        ("document", "/api/v1/ingest/document/"),
        ("job", "/api/v1/ingest/status/"),
        ("session", "/api/v1/chat/sessions/"),
    ):
        name = f"{kind}_id"
        theirs = scene.victim.ids[name]
        foreign, absent = await _pairs(scene, path + theirs, path + scene.absent[name])
        low, middle, high = interval([a - b for a, b in zip(foreign, absent, strict=True)])
        notes.measured[f"foreign {kind} id, ms more than an absent one"] = middle * 1000
        notes.measured[f"foreign {kind} id, lowest of 95 %"] = low * 1000
        notes.measured[f"foreign {kind} id, highest of 95 %"] = high * 1000
        tolerated = TOLERATED_SECONDS + TOLERATED_SHARE * statistics.median(absent)
        told = low > tolerated or high < -tolerated
        notes.require(f"GET {path}…", not told, f"a foreign id takes {middle * 1000:+.1f} ms")
    await _beside_a_neighbour(scene, notes)


async def _pairs(scene: Scene, one: str, other: str) -> tuple[list[float], list[float]]:
    """Return the seconds of both requests, sent in turn and each first half of the time."""
    first: list[float] = []
    second: list[float] = []
    for number in range(PAIRS):
        order = ((one, first), (other, second))
        for path, seconds in order if number % 2 else reversed(order):
            seconds.append((await scene.intrude("GET", path)).seconds)
    return first, second


async def _beside_a_neighbour(scene: Scene, notes: Notes) -> None:
    """Measure one search alone and beside eight of another tenant, in turn."""

    async def search(key: str) -> Reply:
        body = {"query": SHARED_QUESTION}
        return await scene.installation.call("POST", "/api/v1/search", key, json=body)

    alone: list[float] = []
    beside: list[float] = []
    for _ in range(PAIRS // 4):
        alone.append((await search(scene.intruder.key)).seconds)
        load = [asyncio.create_task(search(scene.victim.key)) for _ in range(NEIGHBOURS)]
        beside.append((await search(scene.intruder.key)).seconds)
        await asyncio.gather(*load)
    low, middle, high = interval([b / a for a, b in zip(alone, beside, strict=True)])
    notes.measured["search beside 8 of a neighbour's, times alone"] = middle
    notes.measured["search beside 8 of a neighbour's, lowest of 95 %"] = low
    notes.measured["search beside 8 of a neighbour's, highest of 95 %"] = high
    notes.probes += len(beside)


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median between the ends of its 95 % interval, by the percentile bootstrap."""
    chance = random.Random(0)  # noqa: S311 - a sample, not a secret
    size = len(values)
    medians = sorted(statistics.median(chance.choices(values, k=size)) for _ in range(RESAMPLES))
    cut = RESAMPLES // 40
    return medians[cut], statistics.median(values), medians[-cut - 1]
