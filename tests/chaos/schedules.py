"""Uploads, deletions and readings of one document, interleaved at random."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from dependency_injector import providers

from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.chaos.history import ABSENT, Operation, is_linearizable
from tests.doubles import in_memory_container

WRITERS = 3
DELETED = 0.4
LONGEST_PAUSE = 40
LONGEST_WAIT = 0.004  # seconds: what a file takes, so that threads change places too
FIRST = 1


class Dawdling:
    """A store whose calls let others go first, a random number of times."""

    def __init__(self, store: object, chance: random.Random, longest: float) -> None:
        self._store = store
        self._chance = chance
        self._longest = longest

    def __getattr__(self, name: str) -> object:
        attribute = getattr(self._store, name)
        if not asyncio.iscoroutinefunction(attribute):
            return attribute

        async def dawdling(*given: object, **options: object) -> object:
            for _ in range(self._chance.randrange(4)):
                await asyncio.sleep(0)
            if self._longest:
                await asyncio.sleep(self._chance.choice((0.0, 0.0, self._longest)))
            return await attribute(*given, **options)

        return dawdling


class Schedule:
    """One document, several clients, and what each saw when."""

    def __init__(self, container: Container, chance: random.Random, longest: float) -> None:
        self._container = container
        self._chance = chance
        self._moment = 0
        self._over = False
        self._numbers: list[int] = []
        self.history: list[Operation] = []
        for name in ("document_repository", "job_repository", "chunks", "vectors"):
            store = getattr(container, name)
            store.override(providers.Object(Dawdling(store(), chance, longest)))

    async def play(self) -> bool:
        """Tell whether the history of a random schedule is linearizable.

        Versions are numbered as they are accepted: none answers after a later one.
        """
        created = await self._container.tenants().create(TenantId("acme"), "Acme")
        scope = created.tenant.scope
        document_id = (await self._submit(scope, FIRST, None)).document_id
        await self._work()
        reader = asyncio.create_task(self._read(scope, document_id))
        async with asyncio.TaskGroup() as group:
            for version in range(FIRST + 1, FIRST + 1 + WRITERS):
                group.create_task(self._write(scope, document_id, version))
            if self._chance.random() < DELETED:
                group.create_task(self._delete(scope, document_id))
        self._over = True
        await reader
        self._note("read", await self._seen(scope, document_id), self._now())
        in_order = self._numbers == sorted(self._numbers)
        return in_order and is_linearizable(self.history, FIRST)

    async def _write(self, scope: TenantScope, document_id: DocumentId, version: int) -> None:
        """Upload a version and work until it answers or was overtaken."""
        await self._pause()
        start = self._now()
        try:
            accepted = await self._submit(scope, version, document_id)
        except (ConflictError, NotFoundError):
            return
        await self._work()
        job = await self._container.job_repository().get(scope, accepted.job_id)
        done = job is not None and job.status is JobStatus.SUCCEEDED
        self._note("write", version, start, answered=done)

    async def _delete(self, scope: TenantScope, document_id: DocumentId) -> None:
        await self._pause()
        start = self._now()
        with suppress(ConflictError, NotFoundError):
            receipt = await self._container.documents().delete(scope, document_id)
            self._note("write", ABSENT, start, answered=receipt.verified)

    async def _read(self, scope: TenantScope, document_id: DocumentId) -> None:
        """Look again and again; note what is seen when it is not what was seen before."""
        before = FIRST
        while not self._over:
            start = self._now()
            seen = await self._seen(scope, document_id)
            if seen != before:
                self._note("read", seen, start)
            before = seen

    async def _seen(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Return the version that answers, 0 for none."""
        document = await self._container.document_repository().get(scope, document_id)
        if document is None or document.deleting or document.active is None:
            return ABSENT
        self._numbers.append(document.active.upload.version)
        return int(document.active.upload.filename.removesuffix(".txt"))

    async def _submit(
        self, scope: TenantScope, version: int, document_id: DocumentId | None
    ) -> Accepted:
        body = _bytes(f"Version {version} of the text.")
        upload = NewUpload(filename=f"{version}.txt", body=body, document_id=document_id)
        return await self._container.uploads().submit(scope, upload)

    async def _work(self) -> None:
        await self._container.worker().run(until_idle=True)

    async def _pause(self) -> None:
        for _ in range(self._chance.randrange(LONGEST_PAUSE)):
            await asyncio.sleep(0)

    def _now(self) -> int:
        self._moment += 1
        return self._moment

    def _note(self, what: str, version: int, start: int, *, answered: bool = True) -> None:
        end = self._now() if answered else None
        self.history.append(
            Operation(
                what="read" if what == "read" else "write", version=version, start=start, end=end
            )
        )


async def _bytes(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def is_sound(seed: int, storage: str, folder: Path) -> bool:
    """Play one schedule."""
    settings = Settings(storage="sqlite" if storage == "sqlite" else "memory", data_dir=folder)
    container = in_memory_container(settings)
    async with container.closers():
        longest = LONGEST_WAIT if storage == "sqlite" else 0.0
        return await Schedule(container, random.Random(seed), longest).play()
