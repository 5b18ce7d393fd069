"""Spans of OpenTelemetry's SDK, sent by OTLP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.ports.tracing import Attribute, Span, Tracer
from ragtenancy.version import __version__

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as error:
    raise ConfigurationError(
        "RAGTENANCY_OTLP_ENDPOINT needs the extra `otel`: pip install 'ragtenancy[otel]'."
    ) from error


class OpenTelemetrySpan(Span):
    """A span of the SDK."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def add(self, attributes: Mapping[str, Attribute]) -> None:
        self._span.set_attributes(attributes)

    def fail(self, error: BaseException) -> None:
        """Mark the span as failed; an error's message may hold a client's text."""
        kind = error.reason if isinstance(error, RagTenancyError) else type(error).__name__
        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR)


class OpenTelemetryTracer(Tracer):
    """Opens spans of a provider, whose processors send them."""

    def __init__(self, provider: TracerProvider, *, holds_content: bool = False) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("ragtenancy", __version__)
        self._propagator = TraceContextTextMapPropagator()
        self._holds_content = holds_content

    @property
    def holds_content(self) -> bool:
        return self._holds_content

    @contextmanager
    def span(
        self, name: str, *, kind: str = "internal", current: bool = True, parent: str | None = None
    ) -> Iterator[Span]:
        context = self._propagator.extract({"traceparent": parent}) if parent else None
        made = self._tracer.start_span(name, context, SpanKind[kind.upper()])
        span = OpenTelemetrySpan(made)
        try:
            if current:
                with _current(made):
                    yield span
            else:
                yield span
        except GeneratorExit:  # a stream that its reader closed has not failed
            raise
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            made.end()

    async def close(self) -> None:
        """Send what is left."""
        await asyncio.to_thread(self._provider.shutdown)


@contextmanager
def _current(span: trace.Span) -> Iterator[None]:
    """Make a span the current one, and name it in lines of the log as OpenTelemetry does."""
    context = span.get_span_context()
    with (
        trace.use_span(span, record_exception=False, set_status_on_exception=False),
        structlog.contextvars.bound_contextvars(
            trace_id=trace.format_trace_id(context.trace_id),
            span_id=trace.format_span_id(context.span_id),
        ),
    ):
        yield


def otlp_tracer(endpoint: str, *, holds_content: bool) -> OpenTelemetryTracer:
    """Return a tracer that sends by OTLP over HTTP to `endpoint`, without its path."""
    named = Resource.create({SERVICE_NAME: "ragtenancy", SERVICE_VERSION: __version__})
    provider = TracerProvider(resource=named)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryTracer(provider, holds_content=holds_content)
