"""Workers: the loop that takes jobs, by polling or on notification; one context per job."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import Context
from datetime import timedelta

import structlog

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.ingestion.ingestion import Ingestion
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.steps import Steps, StepSequence
from ragtenancy.domain.errors import (
    IsolationBreach,
    LeaseLostError,
    RagTenancyError,
    UnavailableError,
)
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.metrics import ISOLATION_BREACHES, JOB_SECONDS, JOBS
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import Holders, JobRepository
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.tracing import Attribute

log = structlog.get_logger(__name__)

IDLE = timedelta(milliseconds=200)
LOOK_EVERY = timedelta(seconds=5)


class Worker:
    """Takes jobs until cancelled; the tenant's scope comes only from the job's record.

    An empty queue is polled after 200 ms, then with exponential backoff up to `max_idle`.
    """

    def __init__(
        self,
        jobs: JobRepository,
        tenants: TenantRepository,
        ingestion: Ingestion,
        holders: Holders,
        clock: Clock,
        steps: Steps,
        *,
        max_idle: timedelta = IDLE,
    ) -> None:
        self._jobs = jobs
        self._tenants = tenants
        self._ingestion = ingestion
        self._holders = holders
        self._clock = clock
        self._steps = steps
        self._max_idle = max_idle

    def notified(self, *, concurrency: int) -> NotifiedWorker:
        """Return a worker that works on notifications, up to `concurrency` jobs at a time."""
        return NotifiedWorker(self, self._clock, concurrency=concurrency)

    async def run(self, *, until_idle: bool = False) -> None:
        """Work until cancelled or, with `until_idle`, until no job is due.

        A cancelled job is requeued at once. No error stops the worker: other jobs are waiting.
        """
        idle = IDLE
        while True:
            try:
                worked = await self.run_one()
            except RagTenancyError as error:
                log.warning("queue_unavailable", code=error.reason)
                worked = False
            except Exception:
                log.exception("queue_failed")
                worked = False
            if not worked and until_idle:
                return
            if not worked:
                await self._clock.sleep(idle)
            idle = IDLE if worked else min(2 * idle, self._max_idle)

    async def run_one(self) -> bool:
        """Take one job and run it to its end; return whether there was one."""
        job = await self._taken()
        if job is None:
            return False
        task = asyncio.create_task(self._work(job), context=Context())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        return True

    async def _taken(self) -> Job | None:
        """Take a job; if cancelled while taking it, requeue it at once."""
        taken: list[Job | None] = []

        async def take() -> None:
            taken.append(await self._jobs.take(self._holders.me(), self._clock.now()))

        try:
            await uninterrupted(take())
        except asyncio.CancelledError:
            for job in filter(None, taken):
                await self._give_back(self._unplaced(job))
            raise
        return taken[0]

    async def _work(self, job: Job) -> None:
        structlog.contextvars.bind_contextvars(
            job_id=job.job_id, client_id=job.tenant_id, attempt=job.attempts
        )
        try:
            tenant = await self._tenants.find(job.tenant_uid)
        except asyncio.CancelledError:
            await self._give_back(self._unplaced(job))
            raise
        if tenant is None:
            await self._forget(job)
            return
        sequence = StepSequence(self._steps)
        lease = JobLease(self._jobs, self._clock, tenant.scope, job, entered=sequence.enter)
        with self._recorded(lease), closing(sequence):
            await self._attempt(lease)

    @contextmanager
    def _recorded(self, lease: JobLease) -> Iterator[None]:
        """Trace and time an attempt; count it by the job's status afterwards."""
        metrics, started = self._steps.metrics, self._clock.monotonic()
        try:
            with self._steps.tracer.span("ingest", kind="consumer") as span:
                try:
                    yield
                finally:
                    span.add(_described(lease.job))
        finally:
            metrics.count(JOBS, status=str(lease.job.status))
            metrics.observe(JOB_SECONDS, self._clock.monotonic() - started)

    async def _attempt(self, lease: JobLease) -> None:
        try:
            done = await self._ingestion.ingest(lease)
            log.info("job_ended", status=done.status)
        except asyncio.CancelledError:
            await self._give_back(lease)
            raise
        except UnavailableError as error:
            await self._put_back(lease, error)
        except Exception as error:
            if isinstance(error, IsolationBreach):
                self._steps.metrics.count(ISOLATION_BREACHES, store=error.store)
            log.exception("job_crashed")
            await self._put_back(lease)

    def _unplaced(self, job: Job) -> JobLease:
        """Return a lease on a job whose tenant was not read: the queue needs only the uid."""
        scope = TenantScope(
            tenant_id=job.tenant_id,
            tenant_uid=job.tenant_uid,
            namespace=Namespace(job.tenant_id),  # unknown here
        )
        return JobLease(self._jobs, self._clock, scope, job)

    async def _forget(self, job: Job) -> None:
        """Remove a job written while its tenant was being deleted: nothing else would."""
        log.info("tenant_gone")
        await self._jobs.drop(self._unplaced(job).scope)

    async def _give_back(self, lease: JobLease) -> None:
        """Requeue the job at once; if that write fails, its lease expires."""
        try:
            await lease.write(lambda job: job.released(self._clock.now()))
        except LeaseLostError:
            log.info("job_overtaken")
        except RagTenancyError as failure:
            log.warning("job_not_put_back", code=failure.reason)

    async def _put_back(self, lease: JobLease, error: UnavailableError | None = None) -> None:
        """Requeue the job; if even that write fails, its lease expires."""
        try:
            await self._ingestion.put_back(lease, error)
        except RagTenancyError as failure:
            log.warning("job_not_put_back", code=failure.reason)


def _described(job: Job) -> Mapping[str, Attribute]:
    return {
        "ragtenancy.client_id": job.tenant_id,
        "ragtenancy.job_id": job.job_id,
        "ragtenancy.document_id": job.document_id,
        "ragtenancy.job.attempt": job.attempts,
        "ragtenancy.job.status": str(job.status),
    }


class NotifiedWorker:
    """Drains the queue on each notification from the broker, at most `concurrency` jobs at a time.

    Notifications are hints: only the queue determines which job is due and who holds it. A
    duplicate notification finds nothing to do; the next poll makes up for a lost one.
    """

    def __init__(self, worker: Worker, clock: Clock, *, concurrency: int) -> None:
        self._worker = worker
        self._clock = clock
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)

    async def notify(self) -> None:
        """Work until no job is due."""
        async with self._slots:
            await self._worker.run(until_idle=True)

    async def poll(self, every: timedelta = LOOK_EVERY) -> None:
        """Drain the queue periodically, without a notification, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
                group.create_task(self._poll(every))

    async def _poll(self, every: timedelta) -> None:
        while True:
            await self.notify()
            await self._clock.sleep(every)
