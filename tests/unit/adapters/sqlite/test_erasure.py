"""What is left of a deleted client on the disk."""

from __future__ import annotations

from pathlib import Path

from ragtenancy.domain.tenant_config import Prompts, TenantConfig
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container

SECRET = "heron-lantern-quartz"


def holding(folder: Path, words: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if words.encode() in path.read_bytes()]


async def test_the_words_of_a_deleted_clients_prompt_are_in_no_file(tmp_path: Path) -> None:
    container = in_memory_container(Settings(storage="sqlite", data_dir=tmp_path))
    config = TenantConfig(prompts=Prompts(system_prompt=SECRET))
    async with container.closers():
        await container.tenants().create("stays", "Stays")
        created = await container.tenants().create("acme", "Acme", config=config)

        await container.tenant_deletions().delete(created.tenant.tenant_id, requested_by="olga")

        assert holding(tmp_path, SECRET) == []
