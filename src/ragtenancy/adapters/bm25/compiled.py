"""The loops compiled by numba; import it beside the event loop."""

from __future__ import annotations

from typing import cast

from numba import njit, types
from numba.extending import register_jitable

from ragtenancy.adapters.bm25 import loops
from ragtenancy.adapters.bm25.kernel import AddTerms, HighestRows, Kernel

# Comparing needs no care for NaN, which no score is; sums are left exactly as they are written.
COMPARING = {"nnan", "nsz"}


def compiled() -> Kernel:
    """Compile the loops, or read them from numba's cache; about a second or a tenth of one."""
    for loop in loops.WITHIN:
        register_jitable(fastmath=COMPARING)(loop)
    floats = _read(types.float64)
    add_terms = types.void(
        types.float64[::1],
        _read(types.float64, 2),
        _read(types.int64, 2),
        floats,
        _read(types.int32),
        _read(types.uint8),
        floats,
        types.float64,
    )
    highest_rows = types.int64[::1](floats, types.int64)
    return Kernel(
        add_terms=cast(AddTerms, njit([add_terms], cache=True, nogil=True)(loops.add_terms)),
        highest_rows=cast(
            HighestRows,
            njit([highest_rows], cache=True, nogil=True, fastmath=COMPARING)(loops.highest_rows),
        ),
    )


def _read(kind: object, dimensions: int = 1) -> object:
    """Return the type of an array that is read; one that may be written passes too."""
    return types.Array(kind, dimensions, "C", readonly=True)
