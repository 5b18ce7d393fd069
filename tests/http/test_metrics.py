"""What `/metrics` tells an operator of requests, answers, tokens and the queue."""

from __future__ import annotations

from datetime import timedelta

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.metrics import METRICS
from tests.http.service import OPERATOR, Service


async def scraped(service: Service) -> list[str]:
    reply = await service.call("GET", "/metrics", OPERATOR)
    assert reply.status_code == 200
    return reply.text.splitlines()


async def test_every_metric_has_its_meaning_before_its_first_use(service: Service) -> None:
    lines = await scraped(service)

    assert [m.name for m in METRICS if f"# HELP {m.name} {m.help}" not in lines] == []


async def test_a_turn_is_counted_by_route_client_step_and_outcome(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await service.ask(key)
    lines = await scraped(service)

    assert 'http_requests_total{method="POST",route="/api/v1/chat",status="200"} 1.0' in lines
    assert 'ragtenancy_client_requests_total{client_id="acme",status="2xx"} 2.0' in lines
    assert 'ragtenancy_answers_total{client_id="acme",outcome="grounded"} 1.0' in lines
    assert 'ragtenancy_step_seconds_count{step="retrieve"} 1.0' in lines
    assert 'ragtenancy_step_seconds_count{step="answer"} 1.0' in lines


async def test_a_question_without_an_answer_counts_as_refused(service: Service) -> None:
    key = await service.create()

    await service.ask(key)

    assert 'ragtenancy_answers_total{client_id="acme",outcome="refused"} 1.0' in await scraped(
        service
    )


async def test_small_talk_is_no_refusal(service: Service) -> None:
    key = await service.create()

    await service.ask(key, "Hello!")

    lines = await scraped(service)
    assert 'ragtenancy_answers_total{client_id="acme",outcome="small_talk"} 1.0' in lines


async def test_an_ingestion_is_counted_by_status_and_step(service: Service) -> None:
    key = await service.create()

    await service.ingest(key)
    lines = await scraped(service)

    assert 'ragtenancy_jobs_total{status="succeeded"} 1.0' in lines
    assert "ragtenancy_job_seconds_count 1.0" in lines
    assert 'ragtenancy_step_seconds_count{step="publish"} 1.0' in lines


async def test_the_queue_shows_its_size_and_the_age_of_the_oldest_job(service: Service) -> None:
    key = await service.create()
    await service.upload(key)
    service.clock.advance(timedelta(seconds=90))

    lines = await scraped(service)

    assert "ragtenancy_jobs_queued 1.0" in lines
    assert "ragtenancy_jobs_running 0.0" in lines
    assert "ragtenancy_oldest_job_seconds 90.0" in lines


async def test_a_model_that_fails_is_counted_by_code(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    service.chat_model.failure = UnavailableError("The model is away.", code="model_away")

    await service.ask(key)

    (line,) = [n for n in await scraped(service) if n.startswith("ragtenancy_model_errors_total{")]
    assert 'code="model_away"' in line
    assert 'operation="chat"' in line


async def test_tokens_are_counted_by_client_and_direction(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await service.ask(key)

    used = [n for n in await scraped(service) if n.startswith("ragtenancy_tokens_total{")]
    assert [line.rpartition(" ")[2] for line in used] == ["7.0", "3.0"]
    assert all('client_id="acme"' in line for line in used)


async def test_a_question_asked_again_is_found_in_the_cache(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await service.search(key)
    await service.search(key)
    lines = await scraped(service)

    assert 'ragtenancy_cache_lookups_total{cache="question",result="miss"} 1.0' in lines
    assert 'ragtenancy_cache_lookups_total{cache="question",result="hit"} 1.0' in lines
