"""The loops compiled by numba; import it beside the event loop."""

from __future__ import annotations

from typing import cast

from numba import njit, types
from numba.extending import register_jitable

from ragtenancy.adapters.bm25 import loops
from ragtenancy.adapters.bm25.kernel import AddTerms, BestRows, Kernel, ScoreRows
from ragtenancy.adapters.bm25.loops import Postings, Question


def compiled() -> Kernel:
    """Compile the loops, or read them from numba's cache; seconds, or a few tenths of one.

    Sums are left exactly as they are written: nothing is fused or reordered.
    """
    for loop in loops.WITHIN:
        register_jitable(loop)
    floats, places = types.float64[::1], types.int64[::1]
    question = types.NamedTuple([types.int64[:, ::1], floats, floats], Question)
    postings = types.NamedTuple(
        [types.uint8[:, ::1], _read(types.int32), _read(types.uint8), floats, types.float64],
        Postings,
    )
    add_terms = types.void(
        floats,
        _read(types.float64, 2),
        _read(types.int64, 2),
        _read(types.float64),
        _read(types.int32),
        _read(types.uint8),
        _read(types.float64),
        types.float64,
    )
    best_rows = places(question, postings, floats, types.int64)
    score_rows = floats(question, postings, places)
    return Kernel(
        add_terms=cast(AddTerms, njit([add_terms], cache=True, nogil=True)(loops.add_terms)),
        best_rows=cast(BestRows, njit([best_rows], cache=True, nogil=True)(loops.best_rows)),
        score_rows=cast(ScoreRows, njit([score_rows], cache=True, nogil=True)(loops.score_rows)),
    )


def _read(kind: object, dimensions: int = 1) -> object:
    """Return the type of an array that may not be written; alone, one that may passes too."""
    return types.Array(kind, dimensions, "C", readonly=True)
