"""Progress of an ingestion for a person: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from ragtenancy.cli.outcomes import Outcome
from ragtenancy.cli.output import visible
from ragtenancy.cli.pace import Pace

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES = 5.0


class Report(Protocol):
    """Receives the progress of each file and its outcome."""

    def move(self, file: str, size: int, share: float, word: str) -> None:
        """Record the progress of a file being ingested, 0 to 1."""

    def end(self, outcome: Outcome, size: int) -> None:
        """Record a file's outcome."""


class Silence:
    """A report that prints nothing."""

    def move(self, file: str, size: int, share: float, word: str) -> None:
        """Do nothing."""

    def end(self, outcome: Outcome, size: int) -> None:
        """Do nothing."""


class Lines:
    """One line per file on standard output, and periodically the pace on standard error."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._printed_at = time.monotonic()

    def move(self, file: str, size: int, share: float, word: str) -> None:  # noqa: ARG002 - the bars' alone
        """Print the pace if it was not printed recently."""
        self._pace.move(file, size, share)
        if time.monotonic() - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._printed_at = time.monotonic()
            print(f"ragtenancy: {self._pace.words()}", file=sys.stderr)

    def end(self, outcome: Outcome, size: int) -> None:
        """Print the file's line; failures are listed at the end."""
        self._pace.end(outcome.file, size)
        if not outcome.failed:
            print(outcome.line(), flush=True)


class BarsInHand:
    """One bar in all and one per file being ingested, below a line for each finished file."""

    def __init__(self, progress: Progress, pace: Pace) -> None:
        self._progress = progress
        self._pace = pace
        self._whole = progress.add_task("in all", total=1.0, word=pace.words())
        self._in_hand: dict[str, TaskID] = {}

    def move(self, file: str, size: int, share: float, word: str) -> None:
        """Move the file's bar, which appears with its first move."""
        if file not in self._in_hand:
            name = visible(file.rpartition("/")[2])
            self._in_hand[file] = self._progress.add_task(name, total=1.0, word="")
        self._progress.update(self._in_hand[file], completed=share, word=word)
        self._pace.move(file, size, share)
        self._refresh()

    def end(self, outcome: Outcome, size: int) -> None:
        """Remove the file's bar and print its line."""
        task = self._in_hand.pop(outcome.file, None)
        if task is not None:
            self._progress.remove_task(task)
        self._pace.end(outcome.file, size)
        self._refresh()
        if not outcome.failed:
            print(outcome.line(), flush=True)

    def _refresh(self) -> None:
        self._progress.update(self._whole, completed=self._pace.share, word=self._pace.words())


@contextmanager
def reporting(pace: Pace, *, shown: bool) -> Iterator[Report]:
    """Yield a report suited to the output, for the duration of the context."""
    if not shown:
        yield Silence()
    elif not sys.stderr.isatty():
        yield Lines(pace)
    else:
        with _bars() as progress:
            yield BarsInHand(progress, pace)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[word]}", markup=False),
        console=Console(stderr=True),
        redirect_stdout=sys.stdout.isatty(),
        transient=True,
    )
