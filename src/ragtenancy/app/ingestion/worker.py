"""Workers: the loop that starts jobs, by polling or on notification; one context per job."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import closing, contextmanager
from contextvars import Context
from datetime import datetime, timedelta

import structlog

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.ingestion.ingestion import Ingestion
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.jobs.scheduler import JobScheduler, Turn
from ragtenancy.app.steps import Steps, StepSequence
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    IsolationBreach,
    LeaseLostError,
    RagTenancyError,
    UnavailableError,
)
from ragtenancy.domain.ids import Namespace, TenantUid
from ragtenancy.domain.jobs import SUSPENSION_PATIENCE, Job
from ragtenancy.domain.metrics import ISOLATION_BREACHES, JOB_SECONDS, JOBS
from ragtenancy.domain.queueing import SIZE_CLASSES, Room
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import Holders, JobRepository
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.tracing import Attribute

log = structlog.get_logger(__name__)

IDLE = timedelta(milliseconds=200)
LOOK_EVERY = timedelta(seconds=5)


class Worker:
    """Starts jobs until cancelled; the tenant's scope comes only from the job's record.

    Started jobs take turns (`JobScheduler`), so that a large one delays no small one. A queue
    without a job for which there is room is polled after 200 ms, then with exponential backoff up
    to `max_idle`.

    Jobs of a suspended tenant wait: it is looked at again every 15 s, and at every renewal of a
    started job's lease.
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
        processors: int = 1,
        max_idle: timedelta = IDLE,
    ) -> None:
        self._jobs = jobs
        self._tenants = tenants
        self._ingestion = ingestion
        self._holders = holders
        self._clock = clock
        self._steps = steps
        self._processors = processors
        self._max_idle = max_idle
        self._suspended: dict[TenantUid, datetime] = {}  # until when they are left alone

    def notified(self, *, concurrency: int) -> NotifiedWorker:
        """Return a worker that works on notifications, up to `concurrency` jobs at a time."""
        return NotifiedWorker(self, concurrency=concurrency)

    def scheduler(self, concurrency: int) -> JobScheduler:
        """Return a scheduler of `concurrency` jobs at a time, to share among calls of `run_on`."""
        return JobScheduler(self._clock, slots=concurrency, parsers=self._processors + 1)

    async def run(self, *, concurrency: int = 1, until_idle: bool = False) -> None:
        """Work until cancelled or, with `until_idle`, until no job is due.

        Cancelled jobs are requeued at once. No error stops the worker: other jobs are waiting.
        """
        await self.run_on(self.scheduler(concurrency), until_idle=until_idle)

    async def run_on(
        self,
        scheduler: JobScheduler,
        *,
        until_idle: bool = False,
        first_idle: timedelta = IDLE,
    ) -> None:
        """Do the same on a scheduler that other calls may share.

        The first poll of an idle queue comes after `first_idle`.
        """
        tasks: set[asyncio.Task[None]] = set()
        idle = first_idle
        try:
            while True:
                task = await self._started(scheduler)
                if task is not None:
                    tasks.add(task)
                    idle = first_idle
                    continue
                if until_idle and not tasks:
                    return
                ended = await self._rested(tasks, None if until_idle else idle)
                tasks -= ended
                longest = max(first_idle, self._max_idle)
                idle = first_idle if ended else min(2 * idle, longest)
        finally:
            await _cancelled(tasks)

    async def _rested(
        self, tasks: Set[asyncio.Task[None]], idle: timedelta | None
    ) -> Set[asyncio.Task[None]]:
        """Wait until a job ends, or for as long as `idle`; return the tasks that have ended.

        Raises what ended a task that logs every `Exception`.
        """
        rest = [] if idle is None else [asyncio.ensure_future(self._clock.sleep(idle))]
        try:
            await asyncio.wait([*tasks, *rest], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(rest)
        ended = {task for task in tasks if task.done()}
        for task in ended:
            task.result()
        return ended

    async def _started(self, scheduler: JobScheduler) -> asyncio.Task[None] | None:
        """Take a job for which there is room, and start it; None if there was none."""
        with _logged_errors():
            async with scheduler.taking:
                job = await self._taken(scheduler.room().without(self._left_alone()))
                return None if job is None else self._task(job, scheduler)
        return None

    def _task(self, job: Job, scheduler: JobScheduler) -> asyncio.Task[None]:
        task = asyncio.create_task(self._worked(job, scheduler.start(job)), context=Context())
        task.add_done_callback(lambda _: scheduler.end(job))
        return task

    async def _taken(self, room: Room) -> Job | None:
        """Take a job; if cancelled while taking it, requeue it at once."""
        taken: list[Job | None] = []

        async def take() -> None:
            taken.append(await self._jobs.take(self._holders.me(), self._clock.now(), room))

        try:
            await uninterrupted(take())
        except asyncio.CancelledError:
            for job in filter(None, taken):
                await self._give_back(self._unplaced(job))
            raise
        return taken[0]

    async def _worked(self, job: Job, turn: Turn) -> None:
        """Attempt a job; log what the attempt itself does not handle, and leave it to its lease."""
        with _logged_errors():
            await self._work(job, turn)

    async def _work(self, job: Job, turn: Turn) -> None:
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
        if tenant.status is not TenantStatus.ACTIVE:
            await self._hold(job)
            return
        sequence = StepSequence(self._steps)
        lease = JobLease(
            self._jobs,
            self._clock,
            tenant.scope,
            job,
            entered=sequence.enter,
            turn=turn,
            permitted=lambda: self._permit(job.tenant_uid),
        )
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

    def _left_alone(self) -> Collection[TenantUid]:
        """Return the tenants that were suspended when a job of theirs was last taken."""
        now = self._clock.now()
        self._suspended = {uid: until for uid, until in self._suspended.items() if until > now}
        return self._suspended

    async def _hold(self, job: Job) -> None:
        """Requeue a job of a suspended tenant, and leave the tenant alone for a while."""
        log.info("tenant_suspended")
        self._suspended[job.tenant_uid] = self._clock.now() + SUSPENSION_PATIENCE
        try:
            await self._unplaced(job).write(lambda each: each.held(self._clock.now()))
        except LeaseLostError:
            log.info("job_overtaken")

    async def _permit(self, tenant_uid: TenantUid) -> None:
        """Raise `ClientSuspendedError` unless the tenant is active, if that can be read."""
        try:
            tenant = await self._tenants.find(tenant_uid)
        except UnavailableError:
            return  # the next renewal looks again
        if tenant is None:
            raise LeaseLostError("The client was deleted.")
        if tenant.status is not TenantStatus.ACTIVE:
            self._suspended[tenant_uid] = self._clock.now() + SUSPENSION_PATIENCE
            raise ClientSuspendedError

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


@contextmanager
def _logged_errors() -> Iterator[None]:
    """Log an error outside a job's attempt; it does not stop the worker."""
    try:
        yield
    except RagTenancyError as error:
        log.warning("queue_unavailable", code=error.reason)
    except Exception:
        log.exception("queue_failed")


async def _cancelled(tasks: Collection[asyncio.Future[None]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


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
    duplicate notification finds nothing to do; the next poll makes up for a lost one. `hints` is
    the number to handle at a time: a further one for each size class, which may find room beside
    the jobs that work.
    """

    def __init__(self, worker: Worker, *, concurrency: int) -> None:
        self.hints = concurrency + len(SIZE_CLASSES)
        self._worker = worker
        self._scheduler = worker.scheduler(concurrency)

    async def notify(self) -> None:
        """Work until no job is due for which there is room."""
        await self._worker.run_on(self._scheduler, until_idle=True)

    async def poll(self, every: timedelta = LOOK_EVERY) -> None:
        """Poll the queue at this interval, or the longest of an idle worker, until cancelled."""
        await self._worker.run_on(self._scheduler, first_idle=every)
