"""The loop compiled by numba; import it beside the event loop."""

from __future__ import annotations

from typing import cast

from numba import njit, types

from ragtenancy.adapters.bm25 import loops
from ragtenancy.adapters.bm25.kernel import Kernel


def compiled() -> Kernel:
    """Compile the loop, or read it from numba's cache; a second, or a few tenths of one.

    Sums are left exactly as they are written: nothing is fused or reordered.
    """
    add_terms = types.void(
        types.float64[::1],
        _read(types.float64, 2),
        _read(types.int64, 2),
        _read(types.float64),
        _read(types.int32),
        _read(types.uint8),
        _read(types.float64),
        types.float64,
    )
    return cast(Kernel, njit([add_terms], cache=True, nogil=True)(loops.add_terms))


def _read(kind: object, dimensions: int = 1) -> object:
    """Return the type of an array that may not be written; alone, one that may passes too."""
    return types.Array(kind, dimensions, "C", readonly=True)
