"""What goes to the broker, and what does not wait for it."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator

import pytest
import redis
from structlog.testing import capture_logs

from ragtenancy.adapters.celery.client import QUEUE
from ragtenancy.adapters.celery.job_signals import CeleryJobSignals
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import JobId
from tests.emulators.redis import redis_server
from tests.factories import ACME

JOB = JobId("job_1")


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_a_broker_of_an_unknown_kind_is_refused_at_start() -> None:
    with pytest.raises(ConfigurationError):
        CeleryJobSignals("nobody-knows://127.0.0.1")


@pytest.mark.emulator
async def test_the_message_carries_the_jobs_id_and_nothing_of_the_client() -> None:
    with redis_server() as broker:
        signals = CeleryJobSignals(broker.url)
        await signals.submitted(ACME, JOB)
        await signals.close()
        with redis.Redis.from_url(broker.url) as asked:
            [raw] = asked.lrange(QUEUE, 0, -1)

    message = json.loads(raw)
    arguments, named, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, named) == ([JOB], {})
    for private in (ACME.tenant_id, ACME.tenant_uid, ACME.namespace):
        assert private not in raw.decode()


async def test_a_mute_broker_is_given_up_and_does_not_hold_the_loop_up(mute: str) -> None:
    signals = CeleryJobSignals(mute, seconds=0.3)
    task = asyncio.create_task(signals.submitted(ACME, JOB))
    turns = 0

    with capture_logs() as logs:
        while not task.done():
            await asyncio.sleep(0)
            turns += 1

    assert turns > 100
    assert [(line["event"], line["log_level"], line["job_id"]) for line in logs] == [
        ("job_not_signalled", "warning", JOB)
    ]
    await signals.close()


async def test_no_broker_is_a_warning() -> None:
    signals = CeleryJobSignals("redis://127.0.0.1:1/0")

    with capture_logs() as logs:
        await signals.submitted(ACME, JOB)

    assert [line["log_level"] for line in logs] == ["warning"]
    await signals.close()
