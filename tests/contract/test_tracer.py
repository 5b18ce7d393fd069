"""What every `Tracer` does, and the spans that it opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.opentelemetry.tracing import OpenTelemetrySpan, OpenTelemetryTracer
from ragtenancy.adapters.system.null_adapters import SilentSpan, SilentTracer
from ragtenancy.ports.tracing import Tracer
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def silent(_folder: Path) -> AsyncIterator[Tracer]:
    yield SilentTracer()


@asynccontextmanager
async def opentelemetry(_folder: Path) -> AsyncIterator[Tracer]:
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider()
    yield OpenTelemetryTracer(provider)
    provider.shutdown()


BACKENDS = params(
    *(
        Backend[Tracer](name=adapter.__name__, tier=Tier.FAKE, adapter=adapter, open=silent)
        for adapter in (SilentTracer, SilentSpan)
    ),
    *(
        Backend[Tracer](
            name=adapter.__name__,
            tier=Tier.EMBEDDED,
            adapter=adapter,
            open=opentelemetry,
            packages=("opentelemetry.sdk",),
        )
        for adapter in (OpenTelemetryTracer, OpenTelemetrySpan)
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def tracer(backend: Backend[Tracer], tmp_path: Path) -> AsyncIterator[Tracer]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_no_content_is_held_unless_the_operator_wants_it(tracer: Tracer) -> None:
    assert tracer.holds_content is False


async def test_spans_nest_and_take_names_and_attributes(tracer: Tracer) -> None:
    with tracer.span("request", kind="server") as outer, tracer.span("search") as inner:
        outer.rename("GET /livez")
        inner.add({"hits": 3, "names": ["a", "b"], "share": 0.5, "cold": True})


async def test_an_error_passes_through(tracer: Tracer) -> None:
    with pytest.raises(ValueError, match="torn"), tracer.span("parse", current=False):
        raise ValueError("torn")
