"""One of several processes that use a data folder at the same time: `crowd.py TASK FOLDER NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ragtenancy.adapters.sqlite.audit import SqliteAuditLog
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.audit import AuditAction, AuditEvent, AuditOutcome
from ragtenancy.domain.jobs import IngestionCounts
from tests.factories import ACME, GLOBEX, NOW, active_document

DOCUMENTS = 25
ENTRIES = 20


async def take_all(folder: Path) -> None:
    """Take every job and end it; print the id of each that this process got."""
    control, holders = ControlFile(folder / "control.db"), SystemHolders()
    jobs = SqliteJobRepository(control, holders)
    while (job := await jobs.take(holders.me(), NOW)) is not None:
        sys.stdout.write(f"{job.job_id}\n")
        owner = ACME if job.tenant_uid == ACME.tenant_uid else GLOBEX
        await jobs.save(owner, job.succeeded(IngestionCounts(), NOW))
    await control.close()


async def write_audit(folder: Path, name: str) -> None:
    """Append entries to the audit log."""
    control = ControlFile(folder / "control.db")
    event = AuditEvent(at=NOW, actor=name, action=AuditAction.KEY_CREATE, outcome=AuditOutcome.DONE)
    for _ in range(ENTRIES):
        await SqliteAuditLog(control).append([event, event])
    await control.close()


async def take_one(folder: Path) -> None:
    """Take a job and end without a word."""
    control, holders = ControlFile(folder / "control.db"), SystemHolders()
    await SqliteJobRepository(control, holders).take(holders.me(), NOW)
    await control.close()


async def write_documents(folder: Path, name: str) -> None:
    """Create the tenant's folder, whoever comes first, and add documents to it."""
    files = TenantFiles(folder / "tenants")
    await files.create(ACME)
    documents = SqliteDocumentRepository(files)
    for number in range(DOCUMENTS):
        document = active_document(document_id=f"{name}-{number}")
        await documents.add(ACME, document)
        await documents.save(ACME, document)
    await files.close()


if __name__ == "__main__":
    task, folder, name = sys.argv[1:]
    if task == "write":
        asyncio.run(write_documents(Path(folder), name))
    elif task == "write_audit":
        asyncio.run(write_audit(Path(folder), name))
    else:
        asyncio.run(take_all(Path(folder)) if task == "take" else take_one(Path(folder)))
