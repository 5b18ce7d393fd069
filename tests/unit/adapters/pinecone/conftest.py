"""No test here waits for the SDK's pauses between its attempts."""

from __future__ import annotations

import pytest
from pinecone._internal import http_client


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make the attempts follow each other at once; give the seconds that they would have waited."""
    waited: list[float] = []

    async def at_once(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(http_client, "_async_retry_sleep", at_once)
    http_client.get_budget_registry()._reset()
    return waited
