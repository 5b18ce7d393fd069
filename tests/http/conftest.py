"""Fixtures for the whole application."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.http.service import Service


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    async with service.container.closers(), service.http:
        yield service
