"""Fits the weights by which a chunk is relevant: `make fit-relevance DATA=…`.

A question is its most relevant chunk by the weights so far; a ridge logistic regression tells
answerable questions from the others; both steps are repeated. Each set is left out in turn, so
that the area under the curve is of questions that the weights have not seen. Beside it stands the
area by the weights in use. ARGS: `--questions 300` of each kind of each set.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence

import numpy as np
from fit_sureness import Numbers, area, fitted
from judging_data import folder_or_skip
from refusal_sets import ANSWERABLE, FOREIGN, Seen, embedder_of, mtrag, rgb, sampled, seen, squad2

from ragtenancy.domain.relevance import WEIGHTS

IN_USE = np.array(WEIGHTS)
NAMES = ("constant", "margin", "coverage")
ROUNDS = 8


def features(one: Seen) -> Numbers:
    """Return what the regression reads of each chunk of a question, shape (chunks, 3)."""
    told = [(1.0, e.margin, e.coverage) for e in one.evidence if not e.identified]
    return np.array(told or [(1.0, 0.0, 0.0)])


def best(questions: Sequence[Numbers], weights: Numbers) -> Numbers:
    """Return the most relevant chunk of each question, shape (questions, 3)."""
    return np.array([chunks[np.argmax(chunks @ weights)] for chunks in questions])


def learnt(sets: Sequence[tuple[Sequence[Numbers], Numbers]]) -> Numbers:
    """Return the weights of several sets; each set counts alike, and so do its two halves."""
    weights = IN_USE
    answerable = np.concatenate([right for _, right in sets])
    counts = np.concatenate([_counts(right) for _, right in sets])
    for _ in range(ROUNDS):
        chosen = np.concatenate([best(questions, weights) for questions, _ in sets])
        weights = fitted(np.repeat(chosen, counts, axis=0), np.repeat(answerable, counts))
    return weights


def _counts(right: Numbers) -> Numbers:
    """Return how often each question is taken, so that both halves have 2,000."""
    share = np.where(right == 1, (right == 1).sum(), (right == 0).sum())
    return np.maximum(1, np.round(2_000 / share)).astype(np.intp)


async def sets(limit: int | None) -> Mapping[str, Sequence[Seen]]:
    """Return what is seen of the questions of each set; near misses are of the right topic."""
    data = folder_or_skip()
    minilm = embedder_of("local")
    found = {}
    for name, case in (
        ("squad2", squad2(data)),
        ("mtrag", mtrag(data)),
        ("rgb en", rgb(data, "en")),
    ):
        kinds = (ANSWERABLE, FOREIGN) if name == "squad2" else None
        asked = [one for one in case.asked if kinds is None or one.kind in kinds]
        found[name] = await seen(case, sampled(asked, limit), minilm)
    return found


def main() -> None:
    """Print the areas on sets that were left out, then the weights of all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=None, help="of each kind of each set")
    told = asyncio.run(sets(parser.parse_args().questions))
    data = {
        name: (
            [features(one) for one in questions],
            np.array([float(one.kind == ANSWERABLE) for one in questions]),
        )
        for name, questions in told.items()
    }
    print("| left out | fitted on the others | weights in use |\n|---|---|---|")
    for name, (questions, right) in data.items():
        weights = learnt([each for other, each in data.items() if other != name])
        cells = [area(best(questions, w) @ w, right) for w in (weights, IN_USE)]
        print(f"| {name} | {cells[0]:.3f} | {cells[1]:.3f} |")
    weights = learnt(list(data.values()))
    print("\n| weight | fitted on all | in use |\n|---|---|---|")
    for name, new, used in zip(NAMES, weights, IN_USE, strict=True):
        print(f"| {name} | {new:.2f} | {used:.2f} |")


if __name__ == "__main__":
    main()
