"""Jobs of all clients, without those that are damaged: one client's must not stop everybody's."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import SEPARATOR, OwnedItems
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.jobs import Job

log = structlog.get_logger(__name__)

MOST_TOLD = 1_000


class SoundJobs:
    """Reads items that nobody's scope asked for; each that is left out is logged once."""

    def __init__(self, jobs: OwnedItems[Job]) -> None:
        self._jobs = jobs
        self._told: set[str] = set()

    def __call__(self, items: Iterable[Item]) -> list[tuple[Item, Job]]:
        """Return items with their jobs, but for damaged, misfiled and forged ones."""
        read = [(item, self._job(item)) for item in items]
        return [(item, job) for item, job in read if job is not None]

    def _job(self, item: Item) -> Job | None:
        try:
            job = self._jobs.decoded(item)
        except UnavailableError:
            self._tell(item, "unreadable")
            return None
        if _is_of(item, job):
            return job
        self._tell(item, "misfiled")
        return None

    def _tell(self, item: Item, why: str) -> None:
        if item["id"] in self._told or len(self._told) == MOST_TOLD:
            return
        self._told.add(item["id"])
        log.error("job_left_out", item_id=item["id"], why=why)


def _is_of(item: Item, job: Job) -> bool:
    """Tell whether an item lies where its job belongs, and has a place in the queue."""
    return (
        item.get("client_id") == job.tenant_id
        and item.get("tenant_uid") == job.tenant_uid
        and item["id"] == SEPARATOR.join((job.tenant_uid, "job", job.job_id))
        and isinstance(item.get("sequence"), int | float)
    )
