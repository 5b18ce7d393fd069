"""Keeping a client's documents in sync with a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from ragtenancy.cli.folder import Folder, Look, Stamp, content_hash
from ragtenancy.cli.ingestion import FileToIngest
from ragtenancy.cli.kept_files import Kept, KeptFiles
from ragtenancy.cli.outcomes import Outcome
from ragtenancy.domain.documents import MetadataValue
from ragtenancy.domain.errors import NotFoundError, RagTenancyError, UnavailableError
from ragtenancy.library.tenant import TenantHandle

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_UNTIL_AGAIN = 30.0
LARGEST_SHARE = 0.05
Ingest = Callable[[Sequence[FileToIngest]], Awaitable[Sequence[Outcome]]]
Report = Callable[[Outcome], None]


class Plan(Struct, frozen=True, kw_only=True):
    """A file to ingest, as it was when read."""

    path: Path
    stamp: Stamp
    content_hash: str
    file: FileToIngest


class Mirror:
    """Ingests new and changed files; with `delete`, deletes the documents of deleted files.

    A changed file replaces its document, whose old version stays active until then. A moved file
    keeps its document. Transient failures are retried later.
    """

    def __init__(
        self,
        tenant: TenantHandle,
        folder: Path,
        ingest: Ingest,
        report: Report,
        *,
        metadata: Mapping[str, MetadataValue],
        delete: bool,
    ) -> None:
        self._tenant = tenant
        self._folder = Folder(folder)
        self._ingest = ingest
        self._report = report
        self._metadata = metadata
        self._delete = delete
        self._kept = KeptFiles(folder.resolve().name)
        self._done: dict[Path, Stamp] = {}
        self._not_before: dict[Path, float] = {}
        self._left: set[Path] = set()

    async def run(self) -> None:
        """Follow the folder until cancelled; wait for unreachable backends and disks."""
        await self._kept.recall(self._tenant.documents())
        while True:
            started = time.monotonic()
            try:
                await self.step()
            except (UnavailableError, OSError) as error:
                self._report(_trouble(self._folder.path, error))
                await asyncio.sleep(SECONDS_UNTIL_AGAIN)
            took = time.monotonic() - started
            await asyncio.sleep(max(SECONDS_BETWEEN_LOOKS, took / LARGEST_SHARE))

    async def step(self) -> None:
        """Look at the folder once and act on the changes."""
        look = await asyncio.to_thread(self._folder.look, self._kept.paths() - self._left)
        plans = await self._planned(look)
        if plans:
            outcomes = await self._ingest([plan.file for plan in plans])
            for plan, outcome in zip(plans, outcomes, strict=True):
                await self._note(plan, outcome)
        for path in sorted(look.gone):
            await self._gone(path)

    async def _planned(self, look: Look) -> Sequence[Plan]:
        """Return the files to ingest; of two new twins, one waits for the next look."""
        plans: dict[tuple[str, str], Plan] = {}
        now = time.monotonic()
        for path, stamp in sorted(look.settled.items()):
            if self._done.get(path) != stamp and self._not_before.get(path, 0.0) <= now:
                plan = await self._plan(path, stamp)
                if plan is not None:
                    plans.setdefault((path.name, plan.content_hash), plan)
        return list(plans.values())

    async def _plan(self, path: Path, stamp: Stamp) -> Plan | None:
        """Return the plan for a file, None if it is in sync or vanished."""
        whole_path = self._folder.path / path
        try:
            digest = await asyncio.to_thread(content_hash, whole_path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._done[path] = stamp
            self._report(_trouble(whole_path, error))
            return None
        if self._in_step(path, digest):
            self._done[path] = stamp
            return None
        file = FileToIngest(
            path=whole_path,
            size=stamp.size,
            metadata={**self._metadata, **self._kept.metadata(path)},
            document_id=self._replaced(path, digest),
        )
        return Plan(path=path, stamp=stamp, content_hash=digest, file=file)

    def _in_step(self, path: Path, digest: str) -> bool:
        """Return whether a file's content is a document already, its own or an existing twin's."""
        kept = self._kept.get(path)
        if kept is not None:
            return kept.whole and kept.content_hash == digest
        twin = self._kept.twin(path, digest)
        same = None if twin is None or not self._folder.holds(twin) else self._kept.get(twin)
        if same is None or not same.whole:
            return False
        self._kept.keep(path, same)
        return True

    def _replaced(self, path: Path, digest: str) -> str | None:
        """Return the document that a file replaces: its own, or that of its former path."""
        at = path if self._kept.get(path) else self._kept.twin(path, digest)
        if at is None or self._kept.sharing(at) or (at != path and self._folder.holds(at)):
            return None
        kept = self._kept.get(at)
        return None if kept is None else kept.document_id

    async def _note(self, plan: Plan, outcome: Outcome) -> None:
        """Record a file's outcome; schedule a retry of a transient failure."""
        if outcome.retryable:
            self._not_before[plan.path] = time.monotonic() + SECONDS_UNTIL_AGAIN
            return
        if outcome.code == NotFoundError.code:  # the document or the client was deleted
            self._kept.forget(plan.path)
            await self._tenant.view()
            return
        self._done[plan.path] = plan.stamp
        if outcome.document_id is not None:
            kept = Kept(
                document_id=outcome.document_id,
                content_hash=plan.content_hash,
                whole=not outcome.failed,
            )
            self._keep(plan.path, kept)

    def _keep(self, path: Path, kept: Kept) -> None:
        """Register a file's document; if it changed, have twins on the former one ingested again."""
        before = self._kept.get(path)
        twins = self._kept.sharing(path)
        self._kept.keep(path, kept)
        self._left.discard(path)
        if before is not None and before.document_id != kept.document_id:
            for twin in twins:
                self._kept.doubt(twin)
                self._done.pop(twin, None)

    async def _gone(self, path: Path) -> None:
        """Delete a deleted file's document, unless another file shares it."""
        kept = self._kept.get(path)
        shared = bool(self._kept.sharing(path))
        if kept is None or not (self._delete or shared):
            self._left.add(path)
            return
        if not shared:
            with suppress(NotFoundError):
                await self._tenant.delete(kept.document_id)
            name = str(self._folder.path / path)
            self._report(Outcome(file=name, status="deleted", document_id=kept.document_id))
        self._kept.forget(path)
        self._done.pop(path, None)


def _trouble(path: Path, error: RagTenancyError | OSError) -> Outcome:
    if isinstance(error, RagTenancyError):
        code, detail = error.reason, error.detail
    else:
        code, detail = "unreadable", error.strerror or "The file cannot be read."
    return Outcome(file=str(path), status="failed", code=code, detail=detail, retryable=True)
