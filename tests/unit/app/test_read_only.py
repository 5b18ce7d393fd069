"""A read-only data folder: the service answers, and refuses writes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.container import Container
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.jobs import LEASE, MAX_ATTEMPTS, JobStatus
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation

NOBODY = 65_534
ROOT = 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are its owner's."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
async def container(folder: Path) -> AsyncIterator[Container]:
    container = in_memory_container(Settings(storage="sqlite", data_dir=folder))
    async with container.closers():
        yield container


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only for the duration of the context; root becomes nobody."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    user = os.geteuid()
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if user == ROOT:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        for path, mode in modes.items():
            path.chmod(mode)


async def reopened(folder: Path) -> Container:
    """Another process's view: nothing of the folder is open yet."""
    return in_memory_container(Settings(storage="sqlite", data_dir=folder))


async def test_it_answers_and_refuses_writes_until_writable(
    installation: Installation, folder: Path
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    accepted = await installation.submit(scope, "waiting", filename="waiting.md")
    container = await reopened(folder)
    other = Installation(container)

    with read_only(folder):
        found = await other.search(scope, "refunds")
        with pytest.raises(UnavailableError) as raised:
            await other.submit(scope, "more", filename="more.md")
        await other.work()
        waiting = (await other.job(scope, accepted)).job
    await other.work()

    assert found.hits
    assert raised.value.reason in {"storage_unreachable", "storage_read_only"}
    assert waiting.status is JobStatus.QUEUED
    assert (await other.job(scope, accepted)).job.status is JobStatus.SUCCEEDED
    await container.closers().aclose()


@pytest.mark.parametrize(
    ("attempts", "status"), [(1, JobStatus.QUEUED), (MAX_ATTEMPTS, JobStatus.FAILED)]
)
async def test_the_status_of_a_job_whose_worker_died_can_be_read(
    installation: Installation, folder: Path, attempts: int, status: JobStatus
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await leave_running(installation, scope, accepted, attempts)
    container = await reopened(folder)
    other = Installation(container)

    with read_only(folder):
        read = (await other.job(scope, accepted)).job
    settled = (await other.job(scope, accepted)).job

    assert (read.status, settled.status) == (status, status)
    await container.closers().aclose()


async def leave_running(
    installation: Installation, scope: TenantScope, accepted: Accepted, attempts: int
) -> None:
    """Leave a job to a worker of another machine, whose lease has expired."""
    jobs = installation.container.job_repository()
    job = await jobs.get(scope, accepted.job_id)
    assert job is not None
    leased = job.leased("gone:1:1", job.created_at - 2 * LEASE)
    await jobs.save(scope, structs.replace(leased, attempts=attempts))
