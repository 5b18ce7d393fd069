"""Telling a person how an ingestion goes: bars in a terminal, plain lines elsewhere."""

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
    """Who is told about each file in hand and each that is done."""

    def move(self, file: str, size: int, share: float, word: str) -> None:
        """Take note of how far a file in hand is, 0 to 1."""

    def end(self, outcome: Outcome, size: int) -> None:
        """Take note of what became of a file."""


class Silence:
    """Says nothing."""

    def move(self, file: str, size: int, share: float, word: str) -> None:
        """Say nothing."""

    def end(self, outcome: Outcome, size: int) -> None:
        """Say nothing."""


class Lines:
    """A line a file on standard output, and now and then the pace on standard error."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._said_at = time.monotonic()

    def move(self, file: str, size: int, share: float, word: str) -> None:  # noqa: ARG002 - the bars' alone
        """Say the pace where it was not said lately."""
        self._pace.move(file, size, share)
        if time.monotonic() - self._said_at >= SECONDS_BETWEEN_LINES:
            self._said_at = time.monotonic()
            print(f"ragtenancy: {self._pace.words()}", file=sys.stderr)

    def end(self, outcome: Outcome, size: int) -> None:
        """Print the file's line; failures are listed at the end."""
        self._pace.end(outcome.file, size)
        if not outcome.failed:
            print(outcome.line(), flush=True)


class BarsInHand:
    """One bar for all, one for each file in hand, and above them a line for each that is done."""

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
        self._tell()

    def end(self, outcome: Outcome, size: int) -> None:
        """Take the file's bar away."""
        task = self._in_hand.pop(outcome.file, None)
        if task is not None:
            self._progress.remove_task(task)
        self._pace.end(outcome.file, size)
        self._tell()
        if not outcome.failed:
            print(outcome.line(), flush=True)

    def _tell(self) -> None:
        self._progress.update(self._whole, completed=self._pace.share, word=self._pace.words())


@contextmanager
def reporting(pace: Pace, *, shown: bool) -> Iterator[Report]:
    """Give who tells a person, for as long as the context lasts."""
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
