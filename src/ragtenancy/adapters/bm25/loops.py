"""Scoring and finding the best rows as plain loops, written to be compiled; slow as they stand.

`add_terms` scores every row. `best_rows` is exact without that, by MaxScore (Turtle and Flood, 1995): terms are read from the one that can add most; once
those left cannot lift a row that none of the read ones is in among the best, they are only looked
up for rows that still can be. Those are scored anew, added up in the question's order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
BLOCK = 2_048
SLACK = 1e-9


class Postings(NamedTuple):
    """A segment: `dense[slot, row]` or the postings tell how often a row holds a term.

    `norms` is what a row's length adds to the divisor, infinite for a row that is gone, and
    `scale` is k1 + 1: a term of frequency f adds f · scale / (f + norm) · idf.
    """

    dense: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int32]
    frequencies: npt.NDArray[np.uint8]
    norms: Floats
    scale: float


class Question(NamedTuple):
    """Terms in order: `terms[t]` is a slot or -1, and where the postings start and end.

    The term's weight is `idfs[t]`, above 0, and no row gets more from it than `bounds[t]`.
    """

    terms: Places
    idfs: Floats
    bounds: Floats


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


def best_rows(question: Question, postings: Postings, sums: Floats, limit: int) -> Places:
    """Return some rows, those of the `limit` highest scores above 0 with all ties among them.

    `sums` has a zero for each row, and has again when this returns.
    """
    order = descending(question.bounds)
    rows = np.empty(len(sums), np.int64)
    size, total, least, left, read = 0, 0, 0.0, question.bounds.sum(), 0.0
    while total < len(order) and left >= least * (1 - SLACK):
        size = read_term(question, postings, order[total], sums, rows, size)
        left -= question.bounds[order[total]]
        read += question.bounds[order[total]]
        if size >= limit and read > left and total + 1 < len(order):
            least = least_of_best(taken(sums, rows[:size]), limit)
        total += 1
    near = rows[:size].copy()
    scores = taken(sums, near)
    clear(sums, near)
    for term in order[total:]:
        size = keep(near, scores, size, least - left)
        score_term(question, postings, term, near[:size], scores[:size])
        left -= question.bounds[term]
        least = least_of_best(scores[:size], limit)
    if total == len(order):
        least = least_of_best(scores[:size], limit)
    return near[: keep(near, scores, size, least)]


def score_rows(question: Question, postings: Postings, rows: Places) -> Floats:
    """Return the scores of some rows, added up in the order of the terms; best ascending."""
    scores = np.zeros(len(rows))
    for term in range(len(question.terms)):
        score_term(question, postings, term, rows, scores)
    return scores


def read_term(
    question: Question, postings: Postings, term: int, sums: Floats, read: Places, size: int
) -> int:
    """Add a term to the sums of the rows that hold it, and those rows to the `size` read ones."""
    rows, frequencies, norms = postings.rows, postings.frequencies, postings.norms
    scale, idf = postings.scale, question.idfs[term]
    for at in range(question.terms[term, 1], question.terms[term, 2]):
        row = rows[at]
        frequency = float(frequencies[at])
        added = frequency * scale / (frequency + norms[row]) * idf
        before = sums[row]
        if before == 0 and added > 0:
            read[size] = row
            size += 1
        sums[row] = before + added
    return size


def score_term(
    question: Question, postings: Postings, term: int, asked: Places, scores: Floats
) -> None:
    """Add a term to the scores of some rows."""
    norms, scale, idf = postings.norms, postings.scale, question.idfs[term]
    frequencies = frequencies_of(question, postings, term, asked)
    for at in range(len(asked)):
        frequency = frequencies[at]
        if frequency > 0:
            scores[at] += frequency * scale / (frequency + norms[asked[at]]) * idf


def frequencies_of(question: Question, postings: Postings, term: int, asked: Places) -> Floats:
    """Return how often each row holds a term: looked up, or found by halving the postings."""
    slot, start, end = question.terms[term, 0], question.terms[term, 1], question.terms[term, 2]
    found = np.zeros(len(asked))
    if slot >= 0:
        dense = postings.dense[slot]
        for at in range(len(asked)):
            found[at] = dense[asked[at]]
        return found
    rows = postings.rows[start:end]
    for at in range(len(asked)):
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            if rows[middle] < asked[at]:
                low = middle + 1
            else:
                high = middle
        if low < len(rows) and rows[low] == asked[at]:
            found[at] = postings.frequencies[start + low]
    return found


def taken(sums: Floats, rows: Places) -> Floats:
    """Return the sums of some rows."""
    found = np.empty(len(rows))
    for at in range(len(rows)):
        found[at] = sums[rows[at]]
    return found


def clear(sums: Floats, rows: Places) -> None:
    """Set the sums of some rows to zero."""
    for row in rows:
        sums[row] = 0.0


def keep(rows: Places, scores: Floats, size: int, least: float) -> int:
    """Move what reaches `least`, but for rounding, to the front; return how many that are."""
    kept = 0
    for at in range(size):
        if scores[at] >= least - SLACK * abs(least) - SLACK * scores[at]:
            rows[kept], scores[kept] = rows[at], scores[at]
            kept += 1
    return kept


def least_of_best(scores: Floats, limit: int) -> float:
    """Return the `limit`-th highest score, 0 if there are fewer."""
    best = np.zeros(limit)
    least = 0.0
    for score in scores:
        if score > least:
            replace_least(best, score)
            least = best[0]
    return float(least)


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


def descending(bounds: Floats) -> Places:
    """Return the places of some numbers from the highest on."""
    order = np.arange(len(bounds))
    for at in range(1, len(order)):
        place, before = order[at], at - 1
        while before >= 0 and bounds[order[before]] < bounds[place]:
            order[before + 1] = order[before]
            before -= 1
        order[before + 1] = place
    return order


WITHIN = (
    replace_least,
    descending,
    least_of_best,
    taken,
    clear,
    keep,
    read_term,
    frequencies_of,
    score_term,
)
