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
)
WEIGHTS = (-2.60, 2.95, 0.88, 1.77, 0.44, 3.35, -0.59, -1.31, 2.09)
"""Of a logistic regression on whether answers were right, by `make fit-sureness`; see `NAMES`."""
COMPARED = 1.0  # set by hand: a comparison was computed for the very words of the question
LEAST = -0.3


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
    )


def sureness(found: Found) -> float:
    """Return the logit of an answer's being right."""
    fitted = sum(w * x for w, x in zip(WEIGHTS, features(found), strict=True))
    return fitted + COMPARED * found.compared


def is_sure(found: Found) -> bool:
    """Tell whether an answer is more likely right than not, or nearly so."""
    return sureness(found) >= LEAST
