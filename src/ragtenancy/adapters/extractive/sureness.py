"""Whether an extracted answer is sure enough to be given."""

from __future__ import annotations

from ragtenancy.adapters.extractive.answering import Found

MOST_GAP = MOST_PRECISION = 0.6
NAMES = (
    "constant",
    "cosine",
    "own",
    "placed",
    "fits",
    "gap",
    "precision",
    "unknown",
    "cosine x unknown",
    "compared",
    "listed",
    "rambling",
)
WEIGHTS = (-3.57, 4.22, 0.43, 2.59, 0.76, 2.69, -0.25, -1.78, 3.00, 1.91, 0.68, 0.18)
"""Of a logistic regression on whether answers were right, by `make fit-sureness`; see `NAMES`."""
LEAST = 0.1


def features(found: Found) -> tuple[float, ...]:
    """Return what the regression reads of an answer, in the order of `NAMES`."""
    return (
        1.0,
        found.cosine,
        found.coverage.own,
        found.coverage.placed,
        found.fits,
        min(found.gap, MOST_GAP),
        min(found.coverage.precision, MOST_PRECISION),
        found.unknown,
        found.cosine * found.unknown,
        float(found.compared),
        float(found.listed),
        float(found.rambling),
    )


def sureness(found: Found) -> float:
    """Return the logit of an answer's being right."""
    return sum(w * x for w, x in zip(WEIGHTS, features(found), strict=True))


def is_sure(found: Found) -> bool:
    """Tell whether an answer is more likely right than not, or nearly so."""
    return sureness(found) >= LEAST
