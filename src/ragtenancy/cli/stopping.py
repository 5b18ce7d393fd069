"""Ending a command that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal


def stop_in_order() -> None:
    """Let SIGINT and SIGTERM cancel this task instead of ending the process."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
