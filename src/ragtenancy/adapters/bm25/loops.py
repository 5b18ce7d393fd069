"""Scoring every row as a plain loop, written to be compiled; slow as it stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BLOCK = 2_048


def add_terms(
    scores: Floats,
    dense: Floats,
    terms: npt.NDArray[np.int64],
    idfs: Floats,
    rows: npt.NDArray[np.int32],
    frequencies: npt.NDArray[np.uint8],
    norms: Floats,
    scale: float,
) -> None:
    """Add what each term gives to the rows of a segment, in the order of the terms.

    `terms[t]` is slot, start, end: the term adds `dense[slot]`, or where that is -1 what its
    postings at `start:end` come to: f · scale / (f + norm) · idf. Rows are taken block by block,
    so that a block stays near while all terms come to it.
    """
    at = terms[:, 1].copy()
    for first in range(0, len(scores), BLOCK):
        last = min(first + BLOCK, len(scores))
        block = scores[first:last]
        for term in range(len(terms)):
            if terms[term, 0] >= 0:
                added = dense[terms[term, 0]][first:last]
                for index in range(len(block)):
                    block[index] += added[index]
                continue
            here = at[term]
            while here < terms[term, 2] and rows[here] < last:
                row = rows[here]
                frequency = np.float64(frequencies[here])
                scores[row] += frequency * scale / (frequency + norms[row]) * idfs[term]
                here += 1
            at[term] = here
