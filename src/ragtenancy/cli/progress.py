"""Progress bars for long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Bar = Callable[[float, str], None]
Bars = Callable[[str], Bar]


@contextmanager
def progress_bars(*, shown: bool) -> Iterator[Bars]:
    """Yield a function that opens a bar; the bar takes a share from 0 to 1 and a word."""
    if not shown:
        yield lambda _: lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from ragtenancy.cli.output import visible

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[word]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def open_bar(name: str) -> Bar:
            task = progress.add_task(visible(name), total=1.0, word="queued")
            return lambda share, word: progress.update(task, completed=share, word=word)

        yield open_bar
