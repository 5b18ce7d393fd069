"""The trace of a request and of an ingestion, by OpenTelemetry's names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
import structlog

from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import TenantId
from ragtenancy.telemetry import configure_logging
from tests.http.service import ANSWER, Service

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra [otel] is not installed")

QUESTION = "How long do refunds take?"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


class Traced:
    """A service whose spans stay in memory."""

    def __init__(self, *, holds_content: bool = False) -> None:
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        from ragtenancy.adapters.opentelemetry.tracing import OpenTelemetryTracer

        self._exporter = InMemorySpanExporter()
        provider = sdk.TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.service = Service(tracer=OpenTelemetryTracer(provider, holds_content=holds_content))

    async def ask(self, **request: Any) -> None:
        """Answer one question; only its spans are kept."""
        key = await self.service.create()
        await self.service.ingest(key)
        self._exporter.clear()
        await self.service.call(
            "POST", "/api/v1/chat", key, json={"message": QUESTION, "stream": False}, **request
        )

    def spans(self) -> dict[str, Any]:
        return {span.name: span for span in self._exporter.get_finished_spans()}

    def parents(self) -> Mapping[str, str | None]:
        """Return each span's parent by name."""
        names = {span.context.span_id: name for name, span in self.spans().items()}
        return {
            name: names.get(span.parent.span_id) if span.parent else None
            for name, span in self.spans().items()
        }


@pytest.fixture
async def traced() -> AsyncIterator[Traced]:
    traced = Traced()
    async with traced.service.container.closers(), traced.service.http:
        yield traced


async def test_a_turn_is_one_trace(traced: Traced) -> None:
    await traced.ask()

    parents = traced.parents()
    embeddings = next(name for name in parents if name.startswith("embeddings "))
    assert parents == {
        "POST /api/v1/chat": None,
        "understand": "POST /api/v1/chat",
        "retrieve": "POST /api/v1/chat",
        embeddings: "retrieve",
        "answer": "POST /api/v1/chat",
        "chat scripted": "answer",
    }


async def test_a_model_call_has_the_attributes_of_the_conventions(traced: Traced) -> None:
    await traced.ask()

    call = traced.spans()["chat scripted"].attributes
    assert call["gen_ai.operation.name"] == "chat"
    assert call["gen_ai.request.model"] == "scripted"
    assert (call["gen_ai.usage.input_tokens"], call["gen_ai.usage.output_tokens"]) == (7, 3)
    assert call["gen_ai.response.finish_reasons"] == ("stop",)


async def test_a_request_has_its_route_status_and_client(traced: Traced) -> None:
    await traced.ask()

    request = traced.spans()["POST /api/v1/chat"].attributes
    assert request["http.route"] == "/api/v1/chat"
    assert request["http.response.status_code"] == 200
    assert request["ragtenancy.client_id"] == "acme"


async def test_a_trace_holds_no_text_by_default(traced: Traced) -> None:
    await traced.ask()

    kept = " ".join(str(dict(span.attributes)) for span in traced.spans().values())
    assert "refunds" not in kept.lower()


async def test_an_operator_may_want_questions_and_answers() -> None:
    traced = Traced(holds_content=True)
    async with traced.service.container.closers(), traced.service.http:
        await traced.ask()

    call = traced.spans()["chat scripted"].attributes
    (asked,), (said,) = (
        json.loads(call[name]) for name in ("gen_ai.input.messages", "gen_ai.output.messages")
    )
    assert asked == {"role": "user", "parts": [{"type": "text", "content": QUESTION}]}
    assert said["parts"][0]["content"] == ANSWER


async def test_a_callers_trace_is_continued(traced: Traced) -> None:
    await traced.ask(headers={"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"})

    assert {f"{span.context.trace_id:032x}" for span in traced.spans().values()} == {TRACE_ID}


async def test_a_failure_is_named_by_its_code_alone(traced: Traced) -> None:
    traced.service.chat_model.failure = UnavailableError("secret words", code="model_away")

    await traced.ask()

    call = traced.spans()["chat scripted"]
    assert call.attributes["error.type"] == "model_away"
    assert "secret" not in call.to_json()


async def test_an_ingestion_is_one_trace(traced: Traced) -> None:
    key = await traced.service.create()

    await traced.service.ingest(key)

    parents = traced.parents()
    job = traced.spans()["ingest"].attributes
    assert {name for name, parent in parents.items() if parent == "ingest"} >= {
        "parse", "chunk", "embed", "index", "publish",
    }  # fmt: skip
    assert (job["ragtenancy.client_id"], job["ragtenancy.job.status"]) == ("acme", "succeeded")


async def test_a_stream_that_its_reader_closes_is_no_failure(traced: Traced) -> None:
    key = await traced.service.create()
    await traced.service.ingest(key)
    scope = (await traced.service.container.tenant_records().find(TenantId("acme"))).scope
    stream = traced.service.container.chat().stream(scope, ChatMessage(message=QUESTION))

    await anext(stream)
    await stream.aclose()

    assert traced.spans()["chat scripted"].status.is_unset


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], list[dict[str, str]]]]:
    """Log as in production; yield what returns the lines of an event."""
    configure_logging("info", "json")

    def lines(event: str) -> list[dict[str, str]]:
        said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        return [line for line in said if line["event"] == event]

    yield lines
    structlog.reset_defaults()


async def test_a_line_of_the_log_names_its_trace_and_span(
    traced: Traced, logged: Callable[[str], list[dict[str, str]]]
) -> None:
    await traced.ask(headers={"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"})

    *_, line = logged("request")
    span = traced.spans()["POST /api/v1/chat"]
    assert line["trace_id"] == TRACE_ID
    assert line["span_id"] == f"{span.context.span_id:016x}"


async def test_a_line_of_a_job_names_the_trace_of_the_attempt(
    traced: Traced, logged: Callable[[str], list[dict[str, str]]]
) -> None:
    await traced.service.ingest(await traced.service.create())

    [line] = logged("job_ended")
    span = traced.spans()["ingest"]
    assert line["trace_id"] == f"{span.context.trace_id:032x}"
    assert line["span_id"] == f"{span.context.span_id:016x}"


async def test_lines_after_a_span_name_the_one_around_it(
    traced: Traced, logged: Callable[[str], list[dict[str, str]]]
) -> None:
    tracer, log = traced.service.container.tracer(), structlog.get_logger()
    with tracer.span("outer"):
        with tracer.span("inner"):
            log.info("step")
        log.info("step")
    log.info("step")

    inner, outer, none = logged("step")
    assert inner["trace_id"] == outer["trace_id"]
    assert inner["span_id"] != outer["span_id"]
    assert "trace_id" not in none
    assert "span_id" not in none
