"""Scoring and picking as plain loops, written to be compiled; slow as they stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BLOCK = 2_048
PEAK = 64


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


def highest_rows(scores: Floats, limit: int) -> npt.NDArray[np.int64]:
    """Return the rows of the `limit` highest scores above 0, and of those equal to the last.

    Rows stand in blocks. The best peaks of blocks fill a heap of the best scores; then only
    blocks whose peak has a place in it are looked into.
    """
    peaks = np.empty((len(scores) + PEAK - 1) // PEAK)
    best = np.zeros(limit)
    for number in range(len(peaks)):
        block = scores[number * PEAK : (number + 1) * PEAK]
        peak = block[0]
        for score in block:
            peak = score if score > peak else peak  # noqa: FURB136 - compiles to one instruction
        peaks[number] = peak
        if peak > best[0]:
            replace_least(best, peak)
    for number in range(len(peaks)):
        if peaks[number] > best[0]:
            take_but_peak(best, scores[number * PEAK : (number + 1) * PEAK], peaks[number])
    return rows_from(scores, peaks, best[0])


def take_but_peak(best: Floats, block: Floats, peak: float) -> None:
    """Put what is high enough into a heap that holds the block's peak already."""
    met = False
    for score in block:
        if score == peak and not met:
            met = True
        elif score > best[0]:
            replace_least(best, score)


def rows_from(scores: Floats, peaks: Floats, least: float) -> npt.NDArray[np.int64]:
    """Return the rows that reach `least` and are above 0."""
    found = np.empty(len(scores), np.int64)
    size = 0
    for number in range(len(peaks)):
        if peaks[number] > 0 and peaks[number] >= least:
            for row in range(number * PEAK, min((number + 1) * PEAK, len(scores))):
                if scores[row] > 0 and scores[row] >= least:
                    found[size] = row
                    size += 1
    return found[:size].copy()


def replace_least(heap: Floats, score: float) -> None:
    """Put a score where the least of a heap is."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= len(heap):
            break
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= score:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = score


WITHIN = (replace_least, take_but_peak, rows_from)
