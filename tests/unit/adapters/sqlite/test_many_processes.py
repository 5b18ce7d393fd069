"""Several processes on one data folder."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.jobs import LEASE
from tests.factories import ACME, GLOBEX, NOW, job
from tests.unit.adapters.sqlite.crowd import DOCUMENTS

PROCESSES = 4
JOBS = 60


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def run(task: str, folder: Path, name: str) -> list[str]:
    """Run one process to its end; return the lines that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.unit.adapters.sqlite.crowd",
        task,
        str(folder),
        name,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await process.communicate()
    assert complaints.decode() == ""
    return printed.decode().split()


async def run_together(task: str, folder: Path) -> list[str]:
    names = [f"process{number}" for number in range(PROCESSES)]
    lines = await asyncio.gather(*(run(task, folder, name) for name in names))
    return [line for printed in lines for line in printed]


async def test_each_job_is_leased_exactly_once(tmp_path: Path) -> None:
    control = ControlFile(tmp_path / "control.db")
    jobs = SqliteJobRepository(control, SystemHolders())
    for number in range(JOBS):
        owner = (ACME, GLOBEX)[number % 2]
        await jobs.add(owner, job(owner, f"job_{number}"))

    taken = await run_together("take", tmp_path)

    assert sorted(taken) == sorted(f"job_{number}" for number in range(JOBS))
    await control.close()


async def test_documents_written_by_many_are_all_there(tmp_path: Path) -> None:
    await run_together("write", tmp_path)

    files = TenantFiles(tmp_path / "tenants")
    documents = SqliteDocumentRepository(files)
    assert await documents.count(ACME) == PROCESSES * DOCUMENTS
    assert (await documents.manifest(ACME)).generation == PROCESSES * DOCUMENTS
    await files.close()


async def test_the_control_file_is_made_once_by_all(tmp_path: Path) -> None:
    taken = await run_together("take", tmp_path)

    assert taken == []
    assert names(tmp_path) == ["control.db"]


async def test_what_a_dead_process_held_is_taken_at_once(tmp_path: Path) -> None:
    control = ControlFile(tmp_path / "control.db")
    jobs = SqliteJobRepository(control, SystemHolders())
    await jobs.add(ACME, job())
    await run("die", tmp_path, "dies")

    again = await jobs.take(SystemHolders().me(), NOW + LEASE / 2)

    assert again is not None
    assert again.attempts == 2
    await control.close()
