"""What a Pinecone project holds: an index, its namespaces, and how late reads see writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

DEFAULT = "__default__"
Row = npt.NDArray[np.float32]
Write = Callable[[dict[str, "Stored"]], None]


@dataclass(frozen=True)
class Stored:
    """A record."""

    id: str
    values: Row
    metadata: dict[str, Any]


@dataclass
class View:
    """What one replica shows of a namespace: the writes up to a place in its log."""

    seen: dict[str, Stored] = field(default_factory=dict)
    reconciled: int = 0
    at: int = 0


@dataclass
class Space:
    """A namespace: its writes with their times and places in the project's log."""

    schema: dict[str, Any] | None = None
    log: list[tuple[float, int, Write]] = field(default_factory=list)
    views: dict[int, View] = field(default_factory=dict)

    def view(self, replica: int, until: float) -> View:
        """Return what a replica shows when it has caught up to a time, in order."""
        view = self.views.setdefault(replica, View())
        while view.at < len(self.log) and self.log[view.at][0] <= until:
            _, view.reconciled, write = self.log[view.at]
            write(view.seen)
            view.at += 1
        return view


@dataclass
class Fault:
    """What happens instead of an answer, `times` times, to calls of an operation (all if None).

    `kind` is a status, answered with `body` if there is one, or `timeout`, `reset`, `lost` (done, then reset), `garbage`, `short` (a
    count or list that is too small) or `foreign` (another's metadata).
    """

    kind: int | str
    operation: str | None = None
    times: float = float("inf")
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


@dataclass
class Project:
    """Everything behind one API key, read from replicas by turns.

    `lag` is in seconds of `clock`; `other_lags` are those of further replicas.
    `meanwhile` is what somebody else does just before an operation, once.
    """

    index: dict[str, Any] | None = None
    spaces: dict[str, Space] = field(default_factory=lambda: {DEFAULT: Space()})
    clock: Callable[[], float] = time.monotonic
    lag: float = 0.0
    other_lags: list[float] = field(default_factory=list)
    tells_lsn: bool = True
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    log: int = 0
    reads: int = 0

    @property
    def dimension(self) -> int:
        """The dimension of the index."""
        fields = (self.index or {})["schema"]["fields"]
        return int(fields["_values"]["dimension"])

    @property
    def metric(self) -> str:
        """The metric of the index."""
        return str((self.index or {})["schema"]["fields"]["_values"]["metric"])

    def fault(self, operation: str) -> Fault | None:
        """Return what is to happen to a call, and count it."""
        for fault in self.faults:
            if fault.operation in (None, operation) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def write(self, namespace: str, change: Write) -> int:
        """Take a write, which makes its namespace; return its place in the log."""
        self.log += 1
        space = self.spaces.setdefault(named(namespace), Space())
        space.log.append((self.clock(), self.log, change))
        return self.log

    def read(self, namespace: str) -> View:
        """Return a namespace as the next replica shows it; an absent one is empty."""
        self.reads += 1
        lags = [self.lag, *self.other_lags]
        replica = self.reads % len(lags)
        space = self.spaces.get(named(namespace))
        if space is None:
            return View(reconciled=self.log)
        return space.view(replica, self.clock() - lags[replica])

    @property
    def default_is_untouched(self) -> bool:
        """Tell whether nobody ever wrote without naming a namespace."""
        return not self.spaces[DEFAULT].log


def named(namespace: str | None) -> str:
    """Return the namespace that is meant: without a name it is silently the default one."""
    return namespace or DEFAULT


def upserted(records: Iterable[Stored]) -> Write:
    """Return the write that keeps records."""
    kept = {record.id: record for record in records}
    return lambda seen: seen.update(kept)


def removed(chosen: Callable[[Stored], bool]) -> Write:
    """Return the write that deletes what is chosen when its time has come."""

    def change(seen: dict[str, Stored]) -> None:
        for key in [key for key, record in seen.items() if chosen(record)]:
            del seen[key]

    return change
