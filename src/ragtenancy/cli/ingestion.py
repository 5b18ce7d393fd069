"""Ingesting many files concurrently, each with its own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, field

from ragtenancy.cli.ingest_report import Report
from ragtenancy.cli.outcomes import Outcome
from ragtenancy.domain.documents import Document, MetadataValue
from ragtenancy.domain.errors import (
    LimitError,
    NotFoundError,
    RagTenancyError,
    UnavailableError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.library.tenant import TenantHandle

AT_ONCE = 4


class FileToIngest(Struct, frozen=True, kw_only=True):
    """A file to ingest; `named` if given by name, not found in a folder."""

    path: Path
    named: bool = False
    size: int = 0
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    document_id: str | None = None


def files_of(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield named files (True) and files below folders (False), except hidden and lock files."""
    for path in paths:
        if path.is_dir():
            yield from ((each, False) for each in sorted(path.rglob("*")) if wanted(each, path))
        else:
            yield path, True


def wanted(path: Path, folder: Path) -> bool:
    """Return whether a path below a folder is a file to ingest."""
    parts = path.relative_to(folder).parts
    return not any(part.startswith((".", "~$")) for part in parts) and path.is_file()


def size_of(path: Path) -> int:
    """Return a file's size in bytes, 0 if it is inaccessible."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class IngestFiles:
    """Uploads files, a few at a time, watches their jobs and reports each."""

    def __init__(self, tenant: TenantHandle, report: Report) -> None:
        self._tenant = tenant
        self._report = report

    async def __call__(self, files: Sequence[FileToIngest]) -> list[Outcome]:
        """Ingest the files; return their outcomes in order."""
        waiting = iter(enumerate(files))
        outcomes: dict[int, Outcome] = {}

        async def ingest_waiting() -> None:
            for number, file in waiting:
                outcomes[number] = await self._one(file)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(ingest_waiting())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [outcomes[number] for number in range(len(files))]

    async def _one(self, file: FileToIngest) -> Outcome:
        name = str(file.path)
        self._report.move(name, file.size, 0.0, "reading")
        try:
            outcome = await self._ingested(file)
        except RagTenancyError as error:
            outcome = _refused(file, error)
        except OSError as error:
            detail = error.strerror or "The file cannot be read."
            outcome = Outcome(file=name, status="failed", code="unreadable", detail=detail)
        self._report.end(outcome, file.size)
        return outcome

    async def _ingested(self, file: FileToIngest) -> Outcome:
        started = datetime.now(UTC)
        name = str(file.path)
        job = await self._tenant.ingest(
            file.path,
            metadata=file.metadata,
            document_id=file.document_id,
            watch=lambda job: self._report.move(
                name, file.size, job.progress, job.step or job.status
            ),
        )
        attached = await self._attached(job.document_id)
        return Outcome(
            file=name,
            status="active",
            document_id=job.document_id,
            job_id=job.job_id,
            chunks=job.counts.total_chunks,
            attached=sum(each.active is not None for each in attached),
            warnings=[
                *job.counts.warnings,
                *(
                    f"{each.shown.filename} was not read ({each.pending_error})."
                    for each in attached
                    if each.active is None
                ),
            ],
            unchanged=job.updated_at < started,
        )

    async def _attached(self, document_id: DocumentId) -> list[Document]:
        """Return the documents made of files inside a document."""
        attached = []
        with suppress(NotFoundError):
            parent = await self._tenant.document(document_id)
            for each in parent.attachments:
                with suppress(NotFoundError):
                    attached.append(await self._tenant.document(each))
        return attached


def _refused(file: FileToIngest, error: RagTenancyError) -> Outcome:
    skipped = isinstance(error, UnsupportedError) and not file.named
    document_id = error.context.get("document_id")
    return Outcome(
        file=str(file.path),
        status="skipped" if skipped else "failed",
        document_id=None if document_id is None else str(document_id),
        code=error.reason,
        detail=error.detail,
        retryable=isinstance(error, UnavailableError | LimitError),
    )
