"""Hearing hints in the loop of who listens."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
import redis
from structlog.testing import capture_logs

from ragtenancy.adapters.celery.client import QUEUE, TASK
from ragtenancy.adapters.celery.job_signals import CeleryJobSignals
from ragtenancy.adapters.celery.listener import CeleryListener
from ragtenancy.domain.ids import JobId
from tests.emulators.redis import redis_server
from tests.factories import ACME

pytestmark = pytest.mark.emulator

PATIENCE = 20.0
BODY = b'[["job_1"], {}, {}]'


def forged(
    *, body: bytes = BODY, content_type: str = "application/json", **headers: object
) -> bytes:
    """Return a message as Celery's on Redis are, but for some things."""
    properties = {
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "delivery_tag": "tag",
        "body_encoding": "base64",
    }
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": content_type,
            "headers": {"lang": "py", "task": TASK, "id": "id", **headers},
            "properties": properties,
        }
    ).encode()


@pytest.mark.parametrize("times", [1, 2], ids=["once", "again in the same process"])
async def test_work_is_done_in_this_loop_and_cancelled_at_the_end(times: int) -> None:
    with redis_server() as broker:
        for _ in range(times):
            assert await _begun_and_ended(broker.url)


async def test_no_more_is_done_at_once_than_was_said() -> None:
    under_way, most, free, all_begun = 0, 0, asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            all_begun.set()
        await free.wait()
        under_way -= 1

    with redis_server() as broker:
        signals = CeleryJobSignals(broker.url)
        for number in range(5):
            await signals.submitted(ACME, JobId(f"job_{number}"))
        listening = asyncio.create_task(CeleryListener(broker.url).listen(work, concurrency=2))
        async with asyncio.timeout(PATIENCE):
            await all_begun.wait()
        free.set()
        listening.cancel()
        await asyncio.wait([listening])
        await signals.close()

    assert most == 2


async def test_a_broker_that_is_away_is_logged_and_waited_for() -> None:
    async def work() -> None:
        raise AssertionError("nobody said that a job waits")

    with capture_logs() as logs:
        listening = asyncio.create_task(
            CeleryListener("redis://127.0.0.1:1/0").listen(work, concurrency=1)
        )
        async with asyncio.timeout(PATIENCE):
            while not logs:  # noqa: ASYNC110 - a log is no event
                await asyncio.sleep(0)
        assert not listening.done()
        listening.cancel()
        await asyncio.wait([listening])

    assert (logs[0]["event"], logs[0]["log_level"]) == ("broker_trouble", "warning")
    assert "127.0.0.1" not in str(logs)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\xff\xfe", id="bytes"),
        pytest.param(b'{"body": 1}', id="no message"),
        pytest.param(forged(retries="many"), id="retries"),
        pytest.param(forged(expires="x"), id="expiry"),
        pytest.param(forged(task="os.system"), id="another task"),
        pytest.param(forged(body=b"x"), id="body"),
        pytest.param(forged(content_type="application/x-python-serialize"), id="pickle"),
    ],
)
async def test_a_forged_message_keeps_no_hint_from_being_heard(message: bytes) -> None:
    heard = asyncio.Event()

    async def work() -> None:
        heard.set()

    with redis_server() as broker:
        with redis.Redis.from_url(broker.url) as asked:
            asked.lpush(QUEUE, message)
        signals = CeleryJobSignals(broker.url)
        await signals.submitted(ACME, JobId("job_1"))
        listening = asyncio.create_task(
            CeleryListener(broker.url, pause=0.01).listen(work, concurrency=1)
        )
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
        listening.cancel()
        await asyncio.wait([listening])
        await signals.close()


async def test_a_message_that_ends_celerys_worker_each_time_ends_no_listener() -> None:
    async def work() -> None:
        raise AssertionError("nobody said that a job waits")

    with redis_server() as broker, capture_logs() as logs:
        with redis.Redis.from_url(broker.url) as asked:
            asked.lpush(QUEUE, forged(timelimit="x"))
        listening = asyncio.create_task(
            CeleryListener(broker.url, pause=0.01).listen(work, concurrency=1)
        )
        async with asyncio.timeout(PATIENCE):
            while [line["event"] for line in logs].count("listener_ended") < 2:  # noqa: ASYNC110 - a log is no event
                await asyncio.sleep(0)
        assert not listening.done()
        listening.cancel()
        await asyncio.wait([listening])


async def _begun_and_ended(url: str) -> bool:
    """Listen until a hint is followed, stop, and tell whether its work was cancelled."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    signals = CeleryJobSignals(url)
    listening = asyncio.create_task(CeleryListener(url).listen(work, concurrency=1))
    await signals.submitted(ACME, JobId("job_1"))
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
    listening.cancel()
    await asyncio.wait([listening])
    await signals.close()
    return cancelled.is_set()
