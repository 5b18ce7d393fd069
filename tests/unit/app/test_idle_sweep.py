"""A sweep with nothing to do reads no client's data."""

from __future__ import annotations

from pathlib import Path

from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation

CLIENTS = 5


async def test_an_idle_sweep_opens_no_tenants_file(tmp_path: Path) -> None:
    settings = Settings(storage="sqlite", data_dir=tmp_path)
    await _furnish(settings)
    container = in_memory_container(settings)

    async with container.closers():
        await container.sweeper().sweep()
        opened = _open_files(tmp_path)

    assert [name for name in opened if name != "control.db"] == []


async def _furnish(settings: Settings) -> None:
    """Create clients, each with a replaced document, a deleted one and a failed one."""
    container = in_memory_container(settings)
    installation = Installation(container)
    async with container.closers():
        for number in range(CLIENTS):
            scope = await installation.tenant(f"client-{number}")
            replaced = await installation.ingest(scope)
            await installation.ingest(scope, "Refunds take 60 days.", document_id=replaced)
            deleted = await installation.ingest(scope, "To be deleted.", filename="gone.md")
            await container.documents().delete(scope, deleted)
            await installation.ingest(scope, "<!-- no text -->", filename="empty.md")


def _open_files(folder: Path) -> list[str]:
    """Return the files below a folder that this process holds open, except logs."""
    links = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    targets = {path.resolve() for path in links}
    inside = [target for target in targets if folder in target.parents]
    return sorted(target.name for target in inside if not target.name.endswith(("-wal", "-shm")))
