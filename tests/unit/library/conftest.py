"""The Python API on in-memory adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from tests.doubles import in_memory_container


@pytest.fixture
def container() -> Container:
    container = in_memory_container()
    container.clock.reset_override()
    return container


@pytest.fixture
async def rag(container: Container) -> AsyncIterator[RagTenancy]:
    async with RagTenancy.open(container=container) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_logging_left() -> Iterator[None]:
    yield
    structlog.reset_defaults()
