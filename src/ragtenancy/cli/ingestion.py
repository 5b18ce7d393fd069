"""Ingesting many files at once, each to an outcome of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from ragtenancy.cli.progress import Bar, Bars
from ragtenancy.domain.documents import MetadataValue
from ragtenancy.domain.errors import RagTenancyError, UnsupportedError
from ragtenancy.library.tenant import TenantHandle

AT_ONCE = 4


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one file; `skipped` when a folder held it and it is no document."""

    file: str
    status: str
    document_id: str | None = None
    job_id: str | None = None
    chunks: int | None = None
    code: str | None = None
    detail: str | None = None


class FileToIngest(Struct, frozen=True, kw_only=True):
    """A file, and whether it was named or found in a folder."""

    path: Path
    named: bool


def files_of(paths: Sequence[Path]) -> Iterator[FileToIngest]:
    """Yield the files named and those below the folders, hidden and lock files left out."""
    for path in paths:
        if path.is_dir():
            below = (each for each in sorted(path.rglob("*")) if _wanted(each, path))
            yield from (FileToIngest(path=each, named=False) for each in below)
        else:
            yield FileToIngest(path=path, named=True)


class IngestFiles:
    """Hands files in, a few at once, and watches their jobs."""

    def __init__(
        self,
        tenant: TenantHandle,
        bars: Bars,
        *,
        metadata: Mapping[str, MetadataValue],
        document_id: str | None,
    ) -> None:
        self._tenant = tenant
        self._bars = bars
        self._metadata = metadata
        self._document_id = document_id
        self._room = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, files: Sequence[FileToIngest]) -> list[Outcome]:
        """Return what became of each file, in their order."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._one(file)) for file in files]
        return [task.result() for task in tasks]

    async def _one(self, file: FileToIngest) -> Outcome:
        async with self._room:
            bar = self._bars(str(file.path))
            try:
                outcome = await self._ingested(file, bar)
            except RagTenancyError as error:
                outcome = _refused(file, error)
            except OSError as error:
                detail = error.strerror or "The file cannot be read."
                outcome = Outcome(
                    file=str(file.path), status="failed", code="unreadable", detail=detail
                )
            bar(1.0, outcome.status)
            return outcome

    async def _ingested(self, file: FileToIngest, bar: Bar) -> Outcome:
        job = await self._tenant.ingest(
            file.path,
            metadata=self._metadata,
            document_id=self._document_id,
            watch=lambda job: bar(job.progress, job.step or job.status),
        )
        return Outcome(
            file=str(file.path),
            status="active",
            document_id=job.document_id,
            job_id=job.job_id,
            chunks=job.counts.total_chunks,
        )


def _refused(file: FileToIngest, error: RagTenancyError) -> Outcome:
    skipped = isinstance(error, UnsupportedError) and not file.named
    return Outcome(
        file=str(file.path),
        status="skipped" if skipped else "failed",
        code=error.reason,
        detail=error.detail,
    )


def _wanted(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith((".", "~$")) for part in parts)
