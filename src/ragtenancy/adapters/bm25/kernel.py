"""The loop of scoring, compiled where numba is installed."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.bm25.loops import Floats

QUESTIONS_BEFORE = 16


class Kernel(Protocol):
    """`loops.add_terms`, compiled or as it is written; either gives the bits that numpy gives."""

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
