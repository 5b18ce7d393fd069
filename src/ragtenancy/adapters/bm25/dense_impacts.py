"""What the most frequent terms add to every row, kept from one question to the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
SLOTS = 128
LEAST_SHARE = 8


class DenseImpacts:
    """One float64 a row for each of up to `SLOTS` terms that an eighth of the rows hold.

    Adding such a term to a question's scores is one addition of two arrays; it is made for the
    second question with that term. `clear` whenever anything in the index changes: lengths and
    counts of others are part of what a term adds.
    """

    def __init__(self) -> None:
        self.rows: npt.NDArray[np.float64] = np.empty((0, 0))
        self._slots: dict[int, int] = {}
        self._asked_once: set[int] = set()

    def clear(self) -> None:
        """Forget every term."""
        self._slots.clear()
        self._asked_once.clear()

    def awaits(self, term: int) -> bool:
        """Tell whether a term was asked for once and gets its place when it is again."""
        return term in self._asked_once

    def slot(self, term: int, holders: int, total: int, fill: Callable[[Scores], None]) -> int:
        """Return where in `rows` a term lies, made by `fill` into zeros; -1 if it has no place."""
        slot = self._slots.get(term)
        if slot is not None:
            return slot
        if holders * LEAST_SHARE < total or len(self._slots) >= SLOTS:
            return -1
        if term not in self._asked_once:
            self._asked_once.add(term)
            return -1
        self._asked_once.discard(term)
        slot = len(self._slots)
        self._fit(total)
        self.rows[slot, :total] = 0.0
        fill(self.rows[slot, :total])
        self._slots[term] = slot
        return slot

    def _fit(self, total: int) -> None:
        """Make place for rows; memory that no term has come to is never touched."""
        if self.rows.shape[1] < total:
            self._slots.clear()
            self.rows = np.empty((SLOTS, total + total // 8))
