"""The durable job queue and its lease holders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import UNLIMITED, Backlog, Room
from ragtenancy.domain.tenants import TenantScope


class JobRepository(Protocol):
    """Jobs of every tenant; optimistic concurrency by `version` keeps a lost lease from writing."""

    @abstractmethod
    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        """Return a job of this tenant."""

    @abstractmethod
    async def add(self, scope: TenantScope, job: Job) -> None:
        """Store a new job durably. Raises `AlreadyExistsError`."""

    @abstractmethod
    async def save(self, scope: TenantScope, job: Job) -> Job:
        """Write a job if its `version` is the stored one; return it with the next version.

        If this write finishes the job, the same transaction adds it to the outbox. Raises
        `StaleWriteError`.
        """

    @abstractmethod
    async def outbox(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Job]:
        """Return every tenant's ends of jobs that are not yet announced, oldest first.

        Each is the job as written then, whatever became of it since; damaged ones are left out.
        """

    @abstractmethod
    async def clear_outbox(self, ends: Sequence[Job]) -> None:
        """Remove announced ends; idempotent. A crash of the machine may undo it."""

    @abstractmethod
    async def take(self, holder: str, now: datetime, room: Room = UNLIMITED) -> Job | None:
        """Lease the next due job that the room admits, in one transaction; None if there is none.

        The order is that of `domain.queueing`: round robin between tenants, shortest first with
        ageing within one. Expired leases, and those of holders known to be dead, are taken over.
        The holder is `host:pid:start`.
        """

    @abstractmethod
    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        """Return a queued job's place, None for any other job."""

    @abstractmethod
    async def count_pending(self, scope: TenantScope) -> int:
        """Count the tenant's jobs that are queued or running."""

    @abstractmethod
    async def backlog(self) -> Backlog:
        """Return the size and age of the queue of all tenants, by the jobs' recorded status."""

    @abstractmethod
    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Return the tenant's jobs, newest first."""

    @abstractmethod
    async def page_all(
        self,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Return every tenant's jobs, newest first: the operator's view."""

    async def relist(self) -> Sequence[Job]:
        """Make every open job findable by `take`; return those that were not.

        For a store whose queue is apart from the jobs, after the two got out of step.
        """
        return ()

    @abstractmethod
    async def drop(self, scope: TenantScope) -> int:
        """Remove every job and end of the tenant; return how many jobs there were."""


class Holders(Protocol):
    """Names of lease holders: `host:pid:start`."""

    @abstractmethod
    def me(self) -> str:
        """Return this process's name."""

    @abstractmethod
    def is_dead(self, holder: str) -> bool:
        """Return whether a holder is known to be dead; only possible for this machine's."""
