"""The steps of a chat turn or an ingestion: each timed, and a span of its trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ragtenancy.domain.metrics import STEP_SECONDS
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tracing import Tracer


class Steps:
    """Times steps by name."""

    def __init__(self, metrics: Metrics, tracer: Tracer, clock: Clock) -> None:
        self.metrics = metrics
        self.tracer = tracer
        self._clock = clock

    @contextmanager
    def step(self, name: str, *, current: bool = True) -> Iterator[None]:
        """Time a step; `current` as in `Tracer.span`."""
        started = self._clock.monotonic()
        try:
            with self.tracer.span(name, current=current):
                yield
        finally:
            self.metrics.observe(STEP_SECONDS, self._clock.monotonic() - started, step=name)


class StepSequence:
    """Steps that follow one another: each ends when the next begins."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._name: str | None = None
        self._open = ExitStack()

    def enter(self, name: str) -> None:
        """Begin a step, unless it is under way already."""
        if name != self._name:
            self.close()
            self._name = name
            self._open.enter_context(self._steps.step(name, current=False))

    def close(self) -> None:
        """End the step under way."""
        self._open.close()
        self._name = None
