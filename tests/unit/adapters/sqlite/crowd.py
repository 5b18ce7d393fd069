"""One of several processes that use a data folder at the same time: `crowd.py TASK FOLDER NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.system.holders import SystemHolders
from tests.factories import ACME, NOW, active_document

DOCUMENTS = 25


async def take_all(folder: Path) -> None:
    """Print the id of every job that this process gets."""
    control, holders = ControlFile(folder / "control.db"), SystemHolders()
    jobs = SqliteJobRepository(control, holders)
    while (job := await jobs.take(holders.me(), NOW)) is not None:
        sys.stdout.write(f"{job.job_id}\n")
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
    work = take_all(Path(folder)) if task == "take" else write_documents(Path(folder), name)
    asyncio.run(work)
