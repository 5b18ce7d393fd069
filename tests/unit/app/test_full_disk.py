"""A disk that is full at any write: acknowledged data stays, the rest leaves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from ragtenancy.container import Container
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.jobs import MAX_ATTEMPTS, JobStatus
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.full_disk import FullDisk, full_disk, no_file_beyond
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation
from tests.unit.app.test_read_only import leave_running

NOW = timedelta(0)


@pytest.fixture
def disk() -> Iterator[FullDisk]:
    with full_disk() as disk:
        yield disk


@pytest.fixture
async def container(tmp_path: Path, disk: FullDisk) -> AsyncIterator[Container]:  # noqa: ARG001 - it must be there
    container = in_memory_container(Settings(storage="sqlite", data_dir=tmp_path))
    async with container.closers():
        yield container


async def sweep(installation: Installation) -> None:
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(timedelta(minutes=10))
    await installation.container.sweeper().sweep(grace=NOW)


async def statuses(installation: Installation, scope: TenantScope) -> dict[str, DocumentStatus]:
    page = await installation.container.documents().page(scope, limit=200)
    return {document.shown.filename: document.status for document in page.items}


async def leftovers(installation: Installation, scope: TenantScope) -> list[str]:
    """Return the names of stored items that belong to no document."""
    container = installation.container
    documents = (await container.documents().page(scope, limit=200)).items
    blobs = {blob for document in documents for blob in document.blobs}
    live = {(d.document_id, d.active_revision) for d in documents}
    return [
        *(blob for blob in await container.blobs().names(scope) if blob not in blobs),
        *(str(r) for r in await container.chunks().revisions(scope) if r not in live),
    ]


async def upload_with_ever_more_room(
    installation: Installation, scope: TenantScope, disk: FullDisk
) -> list[str]:
    """Upload with no room, room for one write, for two, until one is acknowledged.

    Return the codes of the others; the acknowledged is named `last.md`.
    """
    codes: list[str] = []
    for room in count():
        try:
            with disk.with_room_for(room):
                await installation.submit(scope, f"# Title {room}\n\ntext", filename="last.md")
        except UnavailableError as error:
            codes.append(error.reason)
        else:
            return codes
    raise AssertionError


async def work_with_ever_more_room(
    installation: Installation, scope: TenantScope, disk: FullDisk
) -> int:
    """Ingest with no room, room for one write and so on; return how many times it ran out."""
    for room in count():
        await installation.submit(scope, f"text number {room}", filename=f"{room}.md")
        before = disk.writes
        with disk.with_room_for(room):
            await installation.work()
        if disk.writes - before < room:
            return room
        await installation.work_through(3)
    raise AssertionError


async def fail_again_and_again(installation: Installation, disk: FullDisk) -> None:
    """Attempt queued jobs until their attempts are exhausted, each time with too little room."""
    for _ in range(MAX_ATTEMPTS + 1):
        with disk.with_room_for(20):
            await installation.work_through(1)


async def test_an_upload_without_room_leaves_nothing(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()

    codes = await upload_with_ever_more_room(installation, scope, disk)
    await installation.work()
    await sweep(installation)

    assert len(codes) > 3
    assert set(codes) == {"storage_full"}
    assert await statuses(installation, scope) == {"last.md": DocumentStatus.ACTIVE}
    assert await leftovers(installation, scope) == []


async def test_an_acknowledged_upload_is_ingested_once_there_is_room(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()

    times = await work_with_ever_more_room(installation, scope, disk)
    await installation.work_through(3)
    await sweep(installation)

    found = await statuses(installation, scope)
    assert len(found) == times + 1 > 10
    assert set(found.values()) == {DocumentStatus.ACTIVE}
    assert await leftovers(installation, scope) == []


async def test_a_full_disk_still_answers_from_stored_documents(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()
    replaced = await installation.ingest(scope, "Refunds take 30 days.")
    await installation.submit(scope, "Refunds take 60 days.", document_id=replaced)

    with disk.with_room_for(12):
        await installation.work()
        found = await installation.search(scope, "refunds")

    assert ["30" in hit.source.text for hit in found.hits] == [True]


async def test_a_job_that_never_finds_room_fails_with_its_reason(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await fail_again_and_again(installation, disk)
    job = (await installation.job(scope, accepted)).job

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code == "attempts_exhausted"


async def test_a_job_whose_worker_is_lost_is_shown_though_it_cannot_be_requeued(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)
    await installation.container.job_repository().take("elsewhere:1:1", clock.now())
    clock.advance(timedelta(minutes=1))

    with disk.with_room_for(0):
        job = (await installation.job(scope, accepted)).job

    assert job.status is JobStatus.QUEUED


@pytest.mark.parametrize("size", [0, 1, 1_000, 4_096, 9_000, 40_000])
async def test_an_original_that_does_not_fit_leaves_nothing_at_once(
    installation: Installation, size: int
) -> None:
    scope = await installation.tenant()

    with pytest.raises(UnavailableError) as raised, no_file_beyond(size):
        await installation.submit(scope, "text " * 20_000)

    assert raised.value.reason == "storage_full"
    assert await installation.container.blobs().names(scope) == ()


@pytest.mark.parametrize("size", range(4_096, 90_000, 16_384))
async def test_files_that_may_not_grow_lose_nothing(installation: Installation, size: int) -> None:
    scope = await installation.tenant()
    acknowledged = await installation.submit(scope, "first")

    with suppress(UnavailableError), no_file_beyond(size):
        await installation.submit(scope, "second", filename="second.md")
    with no_file_beyond(size):
        await installation.work()
    await installation.work_through(3)
    await sweep(installation)

    assert (await installation.job(scope, acknowledged)).job.status is JobStatus.SUCCEEDED
    assert set((await statuses(installation, scope)).values()) == {DocumentStatus.ACTIVE}
    assert await leftovers(installation, scope) == []


async def test_a_client_without_room_can_be_created_later(
    installation: Installation, disk: FullDisk
) -> None:
    await installation.tenant("globex")

    with pytest.raises(UnavailableError) as raised, disk.with_room_for(0):
        await installation.tenant("acme")

    assert raised.value.reason == "storage_full"
    assert (await installation.tenant("acme")).tenant_id == "acme"


async def test_questions_are_answered_without_room_for_caches(
    installation: Installation, tmp_path: Path
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    container = in_memory_container(Settings(storage="sqlite", data_dir=tmp_path))

    async with container.closers():
        with no_file_beyond(0):
            found = await Installation(container).search(scope, "refunds")

    assert found.hits
    assert list(found.degraded) == []


async def test_the_status_of_a_job_whose_worker_died_can_be_read(
    installation: Installation, disk: FullDisk
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await leave_running(installation, scope, accepted, MAX_ATTEMPTS)

    with disk.with_room_for(0):
        read = (await installation.job(scope, accepted)).job

    assert read.status is JobStatus.FAILED
