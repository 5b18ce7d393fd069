"""The loops of scoring, compiled where numba is installed."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25 import loops
from ragtenancy.adapters.bm25.loops import Floats, Places, Postings, Question

QUESTIONS_BEFORE = 16


class AddTerms(Protocol):
    """As `loops.add_terms`."""

    def __call__(
        self,
        scores: Floats,
        dense: Floats,
        terms: npt.NDArray[np.int64],
        idfs: Floats,
        rows: npt.NDArray[np.int32],
        frequencies: npt.NDArray[np.uint8],
        norms: Floats,
        scale: float,
        /,
    ) -> None:
        """Add what each term gives."""


class BestRows(Protocol):
    """As `loops.best_rows`."""

    def __call__(
        self, question: Question, postings: Postings, sums: Floats, limit: int, /
    ) -> Places:
        """Return some rows, the best among them."""


class ScoreRows(Protocol):
    """As `loops.score_rows`."""

    def __call__(self, question: Question, postings: Postings, rows: Places, /) -> Floats:
        """Return the scores of some rows."""


class Kernel(Struct, frozen=True, kw_only=True):
    """Three loops, compiled or as they are written; either gives the bits that numpy gives."""

    add_terms: AddTerms
    best_rows: BestRows
    score_rows: ScoreRows


PLAIN = Kernel(add_terms=loops.add_terms, best_rows=loops.best_rows, score_rows=loops.score_rows)


class KernelSource:
    """Gives the compiled kernel to a process that goes on asking; none without numba.

    The first `QUESTIONS_BEFORE` questions, and those until a thread has compiled it or read it
    from numba's cache, go without: no question waits, and a process of few never pays.
    """

    def __init__(self) -> None:
        self.kernel: Kernel | None = None
        self._questions = 0
        self._thread: threading.Thread | None = None

    def asked(self) -> Kernel | None:
        """Return the kernel if there is one yet, for one more question."""
        if self.kernel is None and self._thread is None:
            self._questions += 1
            if self._questions > QUESTIONS_BEFORE:
                self.start()
        return self.kernel

    def start(self) -> None:
        """Begin to compile, beside the caller."""
        self._thread = threading.Thread(target=self._compile, name="bm25-kernel", daemon=True)
        self._thread.start()

    def wait(self) -> Kernel | None:
        """Return the kernel once the thread is done with it."""
        if self._thread is not None:
            self._thread.join()
        return self.kernel

    def _compile(self) -> None:
        try:
            from ragtenancy.adapters.bm25.compiled import compiled
        except ImportError:  # numba is an extra
            return
        self.kernel = compiled()
