"""Quoted phrases as terms of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Scores
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.hits import TermContribution

MOST_READ = 500
Rows = npt.NDArray[np.int64]


class Phrase(Struct, frozen=True):
    """A phrase as it was quoted, the rows that hold it, and how often each does."""

    text: str
    frequencies: Mapping[int, int]


def rows_to_read(index: InvertedIndex, terms: Sequence[str]) -> Rows:
    """Return the rows that hold every term of a phrase; none if they are too many to read."""
    found: Rows | None = None
    for number, holders in map(index.term, dict.fromkeys(terms)):
        parts = [rows for rows, _ in index.postings(number)] if holders else []
        rows = np.concatenate([np.empty(0, np.int64), *parts])
        found = rows if found is None else np.intersect1d(found, rows)
    if found is None:
        return np.empty(0, np.int64)
    alive = found[~np.isin(found, list(index.rows.dead))]
    return alive if len(alive) <= MOST_READ else np.empty(0, np.int64)


def phrase(text: str, rows: Rows, chunks: Sequence[Chunk | None]) -> Phrase:
    """Count a phrase in the chunks of some rows, whatever its case and spacing."""
    words = r"\s+".join(map(re.escape, text.casefold().split()))
    pattern = re.compile(rf"(?<!\w){words}(?!\w)")
    counts = [len(pattern.findall(c.indexed_text.casefold())) if c else 0 for c in chunks]
    pairs = zip(rows.tolist(), counts, strict=True)
    return Phrase(text, {row: count for row, count in pairs if count})


def with_phrases(index: InvertedIndex, scores: Scores, phrases: Sequence[Phrase]) -> Scores:
    """Return BM25 by row with what each phrase adds, as if it were a term."""
    total = scores.copy()
    for each in phrases:
        for row, frequency in each.frequencies.items():
            total[row] += _added(index, each, frequency, row)
    return total


def phrase_contribution(index: InvertedIndex, each: Phrase, row: int) -> TermContribution:
    """Return what a phrase adds to a row."""
    frequency = each.frequencies.get(row, 0)
    holders = len(each.frequencies)
    return TermContribution(
        term=f'"{each.text}"',
        frequency=frequency,
        document_frequency=holders,
        idf=index.idf(holders) if holders else 0.0,
        contribution=_added(index, each, frequency, row) if frequency else 0.0,
    )


def _added(index: InvertedIndex, each: Phrase, frequency: int, row: int) -> float:
    norm = float(index.norms()[row])
    share = frequency * (index.parameters.k1 + 1) / (frequency + norm)
    return index.idf(len(each.frequencies)) * share
