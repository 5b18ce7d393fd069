"""What must hold once every process has ended and the queue is worked off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.ids import DocumentId, JobId, TenantId
from ragtenancy.domain.jobs import FINAL, Job, JobStatus
from ragtenancy.domain.tenants import TenantScope
from tests.chaos.house import SHORT_LEASE, TENANTS, House
from tests.chaos.ledger import Expected, expected
from tests.chaos.messages import wrong_messages
from tests.chaos.texts import faults, tags_of

DOCUMENTED = {"attempts_exhausted", "cancelled"}
ROUNDS = 40
KEPT_BESIDE = {"lexical.index", "lexical.forgotten", "vectors.f32", "vectors.head"}


async def settled(house: House) -> list[str]:
    """Return every violation, after working, sweeping and searching.

    An upload that overtook an acknowledged one and died before it was acknowledged itself is
    brought to its end by the sweep: until then no version is half visible.
    """
    await _work_off(house)
    wrong = []
    for tenant in TENANTS:
        wrong += faults(await house.answers(tenant))
    await house.container.sweeper().sweep(grace=timedelta(seconds=-1))
    await _work_off(house)
    await _deliver_all(house)
    wrong += await _strays(house)
    for tenant in TENANTS:
        wrong += wrong_messages(
            house.receiver.received(),
            tenant,
            await _jobs(house, tenant),
            await _documents(house, tenant),
            house.ledger.read(),
        )
    for tenant in TENANTS:
        wrong += [f"{tenant}: {left}" for left in await _left_over(house, tenant)]
        wrong += await _answers(house, tenant)
    return wrong


async def _work_off(house: House) -> None:
    for _ in range(ROUNDS):
        await house.work()
        jobs = [job for tenant in TENANTS for job in await _jobs(house, tenant)]
        if all(job.status in FINAL for job in jobs):
            return
        await asyncio.sleep(SHORT_LEASE.total_seconds() / 4)


async def _deliver_all(house: House) -> None:
    """Deliver, again after the leases of those whose sender died."""
    for _ in range(2):
        await house.container.deliverer().deliver_due()
        await asyncio.sleep(1.2 * SHORT_LEASE.total_seconds())
    await house.container.deliverer().deliver_due()


async def _answers(house: House, tenant: TenantId) -> list[str]:
    """Return what is wrong with what is there and with what answers."""
    answers = await house.answers(tenant)
    tags = tags_of(answers)
    documents = {document.document_id: document for document in await _documents(house, tenant)}
    jobs = {job.job_id: job for job in await _jobs(house, tenant)}
    wrong = faults(answers)
    wrong += [f"a job goes on for ever: {job}" for job in jobs.values() if not job.finished]
    for document_id, own in expected(house.ledger.read()).items():
        if own.tenant == tenant:
            wrong += _of_document(document_id, own, documents.get(document_id), tags, jobs)
    return wrong


def _of_document(
    document_id: DocumentId,
    own: Expected,
    document: Document | None,
    tags: dict[DocumentId, int],
    jobs: dict[JobId, Job],
) -> Iterator[str]:
    missing = [job_id for job_id in own.jobs.values() if job_id not in jobs]
    if missing:
        yield f"acknowledged jobs are gone: {missing}"
    if own.must_be_gone:
        if document_id in tags or document is not None:
            yield f"{document_id} is back after its deletion"
        return
    if own.may_be_gone and (document is None or document.status is DocumentStatus.DELETING):
        if document_id in tags:
            yield f"{document_id} answers while it is deleted"
        return
    if document is None:
        yield f"{document_id} was acknowledged and is gone"
        return
    if tags.get(document_id) in own.tags:
        return
    last = max(own.jobs)
    job = jobs.get(own.jobs[last])
    failed = job is not None and job.status is JobStatus.FAILED and job.error is not None
    if failed and job and job.error and job.error.code in DOCUMENTED:
        return
    said = f"{job.status} {job.error}" if job else "no job"
    yield f"{document_id} answers {tags.get(document_id)} instead of {own.tags} ({said})"


async def _strays(house: House) -> list[str]:
    """Return deletions that stay open, and folders of no client or clients of no folder."""
    unfinished = await house.container.deletions().unfinished()
    registered = {t.tenant_uid for t in (await house.container.tenant_repository().page()).items}
    folders = set(await house.container.storage().tenants())
    return [
        *(f"{deletion.deletion_id} is not finished" for deletion in unfinished),
        *(f"folder of nobody: {uid}" for uid in folders - registered),
        *(f"no folder of {uid}" for uid in registered - folders),
    ]


async def _left_over(house: House, tenant: TenantId) -> list[str]:
    """Return what one sweep has left behind."""
    scope = await house.scope(tenant)
    documents = await _documents(house, tenant)
    live = {(d.document_id, revision) for d in documents for revision in d.live_revisions}
    stores = house.container
    wrong = [
        f"something of {held}"
        for held in await stores.revisions().stored(scope)
        if held not in live
    ]
    needed = {blob for document in documents for blob in document.blobs}
    wrong += [f"blob {name}" for name in await stores.blobs().names(scope) if name not in needed]
    for document in documents:
        count = await stores.vectors().count(scope, document.document_id)
        wanted = document.active.total_chunks if document.active else 0
        if count != wanted:
            wrong.append(f"{count} vectors of {document.document_id} instead of {wanted}")
    return wrong + [f"file {path.name}" for path in _strange_files(house, scope)]


def _strange_files(house: House, scope: TenantScope) -> Iterator[Path]:
    """Yield files beside the caches that a killed process may have left half written."""
    cache = house.container.settings().data_dir / "tenants" / scope.tenant_uid / "cache"
    for path in cache.iterdir() if cache.is_dir() else ():
        if path.name not in KEPT_BESIDE:
            yield path


async def _documents(house: House, tenant: TenantId) -> list[Document]:
    page = await house.container.document_repository().page(await house.scope(tenant), limit=200)
    return list(page.items)


async def _jobs(house: House, tenant: TenantId) -> list[Job]:
    found: list[Job] = []
    after = None
    while True:
        page = await house.container.job_repository().page(
            await house.scope(tenant), after=after, limit=200
        )
        found += page.items
        after = page.next
        if after is None:
            return found
