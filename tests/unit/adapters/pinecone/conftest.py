"""No test here waits for the SDK's pauses between its attempts."""

from __future__ import annotations

import pytest
from pinecone._internal import http_client


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the attempts follow each other at once, and let none be saved for later."""

    async def at_once(_seconds: float) -> None:
        return

    monkeypatch.setattr(http_client, "_async_retry_sleep", at_once)
    http_client.get_budget_registry()._reset()
