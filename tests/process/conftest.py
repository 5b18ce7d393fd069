"""What processes that tests start inherit."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let them be interrupted, though the tests themselves run in the background of a shell."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
