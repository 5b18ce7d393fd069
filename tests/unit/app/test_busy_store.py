"""Another process holds a store's write lock longer than any caller waits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.sqlite import channel
from ragtenancy.container import Container
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation

HOLD = (
    "import apsw, sys; file = apsw.Connection(sys.argv[1]); file.execute('BEGIN IMMEDIATE');"
    "print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
async def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Container]:
    monkeypatch.setattr(channel, "BUSY_MILLISECONDS", 20)
    container = in_memory_container(Settings(storage="sqlite", data_dir=tmp_path))
    async with container.closers():
        yield container


def path_of(installation: Installation, scope: TenantScope, store: str) -> Path:
    folder = installation.container.settings().data_dir
    return folder / "control.db" if store == "control" else folder / "tenants" / scope.tenant_uid / "tenant.db"  # fmt: skip


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Have another process hold a file's write lock for the duration of the context."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield


@pytest.mark.parametrize("store", ["control", "tenant"])
async def test_an_upload_is_asked_to_retry(installation: Installation, store: str) -> None:
    scope = await installation.tenant()

    with held(path_of(installation, scope, store)), pytest.raises(UnavailableError) as raised:
        await installation.submit(scope)
    accepted = await installation.submit(scope)
    await installation.work()

    assert raised.value.reason == "storage_busy"
    assert raised.value.retry_after == 1.0
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("store", ["control", "tenant"])
async def test_a_job_waits_until_the_store_is_free(installation: Installation, store: str) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    with held(path_of(installation, scope, store)):
        await installation.work_through(1)
        waiting = (await installation.job(scope, accepted)).job
    await installation.work_through(1)

    assert waiting.status is JobStatus.QUEUED
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("store", ["control", "tenant"])
async def test_searches_do_not_wait_for_writers(installation: Installation, store: str) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    with held(path_of(installation, scope, store)):
        found = await installation.search(scope, "refunds")

    assert found.hits
    assert list(found.degraded) == []
