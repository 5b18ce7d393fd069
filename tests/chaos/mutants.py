"""Faults put into the protocol on purpose: each must be caught."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from msgspec import structs

from ragtenancy.app.documents import Documents
from ragtenancy.app.ingestion.ingestion import Ingestion
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.maintenance.garbage import SweepReport
from ragtenancy.app.maintenance.sweeper import Sweeper
from ragtenancy.app.revisions import Revisions
from ragtenancy.app.tenants.tenants import CreatedTenant, Tenants
from ragtenancy.app.webhooks import announcing
from ragtenancy.app.webhooks.announcing import Announcements
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import LeaseLostError, StaleWriteError
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.webhooks import Event, events_of_job

Patch = Callable[[], None]
SOON = 0.01
TASKS: list[asyncio.Task[None]] = []


def put(owner: object, name: str, value: object) -> None:
    """Put something in the place of a method or a value."""
    setattr(owner, name, value)


def publish_before_write() -> None:
    """The new version is made visible, then its chunks and vectors are written."""
    later: list[Callable[[], Any]] = []
    stage, settle = Revisions.stage, Ingestion._settle

    async def not_yet(self: Revisions, *given: Any) -> None:
        later.append(lambda: stage(self, *given))

    async def then(self: Ingestion, lease: Any, document: Document, attached: Any) -> None:
        while later:
            await later.pop()()
        await settle(self, lease, document, attached)

    put(Revisions, "stage", not_yet)
    put(Ingestion, "_settle", then)


def delete_old_first() -> None:
    """The old version is removed before the new one is there."""
    claim = Ingestion._claim

    async def removing(self: Ingestion, lease: Any, document: Document) -> Document:
        if document.active_revision:
            await self._revisions.remove(
                lease.scope, document.document_id, document.active_revision
            )
        return await claim(self, lease, document)

    put(Ingestion, "_claim", removing)


def no_fence() -> None:
    """An attempt goes on and publishes, whoever holds the job and the document by now."""
    write = JobLease.write

    async def unheeded(self: JobLease, change: Callable[[Job], Job]) -> Job:
        try:
            return await write(self, change)
        except LeaseLostError:
            return self.job

    put(JobLease, "write", unheeded)
    published = Document.published

    def anybody(
        self: Document, job_id: Any, fence: int, active: Any, attached: Any = ()
    ) -> Document:
        pending = self.pending or active.upload
        return published(
            structs.replace(self, pending=structs.replace(pending, job_id=job_id), fence=fence),
            job_id,
            fence,
            active,
            attached,
        )

    put(Document, "published", anybody)


def no_sweep() -> None:
    """Nobody collects what crashes leave."""

    async def idle(*_: Any, **__: Any) -> SweepReport:
        return SweepReport()

    put(Sweeper, "sweep", idle)


def nothing_recorded() -> None:
    """What is about to be done is not written down before it is done."""

    from ragtenancy.adapters.sqlite.intents import SqliteIntentLog

    async def unrecorded(*_: Any) -> None:
        return None

    put(SqliteIntentLog, "open", unrecorded)


def sweep_everything() -> None:
    """The sweep takes what is staged for what nobody needs, the live revision with it."""

    async def stored(self: Revisions, scope: Any, document_id: Any = None) -> Any:
        return [(d, r) for d, r in await self._chunks.revisions(scope, document_id)]

    put(Revisions, "stored", stored)
    put(Document, "live_revisions", property(lambda _: frozenset()))


def settle_first() -> None:
    """The job is called done before its document is published."""
    publish = Ingestion._publish

    async def done_first(self: Ingestion, lease: Any, *staged: Any) -> Document:
        await lease.write(lambda job: job.succeeded(job.counts, self._clock.now()))
        return await publish(self, lease, *staged)

    put(Ingestion, "_publish", done_first)


def remove_before_hiding() -> None:
    """A document is removed from the stores while it still answers."""
    hide = Documents._hide

    async def removing(self: Documents, scope: Any, document_id: Any, key_id: Any) -> Document:
        await self._vectors.delete(scope, document_id)
        await self._chunks.delete(scope, document_id)
        return await hide(self, scope, document_id, key_id)

    put(Documents, "_hide", removing)


def acknowledged_before_durable() -> None:
    """An upload is acknowledged, then its job is written."""
    from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository

    add = SqliteJobRepository.add

    async def soon(self: SqliteJobRepository, scope: Any, job: Job) -> None:
        async def later() -> None:
            await asyncio.sleep(SOON)
            await add(self, scope, job)

        TASKS.append(asyncio.create_task(later()))

    put(SqliteJobRepository, "add", soon)


def the_dead_keep_their_jobs() -> None:
    """A lease is never taken over."""
    from ragtenancy.adapters.sqlite import jobs

    never = "(:now IS NULL AND :dead IS NULL)"
    put(jobs, "NEXT", jobs.NEXT.replace(jobs.LOST, never))
    put(jobs, "TAKEABLE", jobs.TAKEABLE.replace(jobs.LOST, never))


def same_generation() -> None:
    """What moves does not raise the tenant's generation: other processes keep what they know."""
    from ragtenancy.adapters.sqlite import documents

    def unnoted(*_: Any) -> None:
        return None

    put(documents, "note", unnoted)


def leftovers_stay_after_publish() -> None:
    """Nobody removes the version that was replaced, and the sweep sees every revision as live."""

    async def none(*_: Any) -> int:
        return 0

    async def nothing(*_: Any) -> list[Any]:
        return []

    put(Revisions, "remove_orphans", none)
    put(Revisions, "stored", nothing)


def lost_updates() -> None:
    """A record is written over whoever wrote meanwhile."""
    from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository

    save = SqliteDocumentRepository.save

    async def over(self: SqliteDocumentRepository, scope: Any, document: Document) -> Document:
        try:
            return await save(self, scope, document)
        except StaleWriteError:
            stored = await self.get(scope, document.document_id)
            if stored is None:
                raise
            return await save(self, scope, structs.replace(document, version=stored.version))

    put(SqliteDocumentRepository, "save", over)


def folder_before_client() -> None:
    """A new client's folder is made before the register says whose it is."""
    create, new = Tenants.create, Tenants._new

    async def folder_first(self: Tenants, tenant_id: str, name: str) -> CreatedTenant:
        tenant = new(self, tenant_id, name, None)
        await self._storage.create(tenant.scope)
        put(Tenants, "_new", lambda *_: tenant)
        return await create(self, tenant_id, name)

    put(Tenants, "create", folder_first)


def cleared_before_announced() -> None:
    """The end of a job leaves the outbox before its deliveries are stored."""
    relayed = Announcements._relayed

    async def clearing(self: Announcements, end: Job) -> bool:
        await self._jobs.clear_outbox([end])
        return await relayed(self, end)

    put(Announcements, "_relayed", clearing)


def another_id_each_time() -> None:
    """An event that is announced again gets another id."""

    def events(job: Job) -> Sequence[Event]:
        return [structs.replace(e, event_id=f"evt_{uuid4().hex}") for e in events_of_job(job)]

    put(announcing, "events_of_job", events)


MUTANTS: Mapping[str, Patch] = {
    mutant.__name__.replace("_", " "): mutant
    for mutant in (
        publish_before_write,
        delete_old_first,
        no_fence,
        no_sweep,
        nothing_recorded,
        sweep_everything,
        settle_first,
        remove_before_hiding,
        acknowledged_before_durable,
        the_dead_keep_their_jobs,
        same_generation,
        leftovers_stay_after_publish,
        lost_updates,
        folder_before_client,
        cleared_before_announced,
        another_id_each_time,
    )
}
