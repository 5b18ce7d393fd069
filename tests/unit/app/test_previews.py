"""A preview leaves nothing behind: no record, no index of its language, no vector."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import apsw
import pytest
from msgspec import Struct

from ragtenancy import RagTenancy, Settings
from ragtenancy.container import Container
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.tenant import TenantHandle
from tests.doubles import FailingEmbedder, in_memory_container

QUESTION = "Wie lange dauert die Erstattung der Häuser?"
GUIDE = "# Erstattung\n\nDie Erstattung dauert 30 Tage.\n\n# Häuser\n\nDie Häuser sind offen."
GERMAN = TenantConfig(search_settings=SearchSettings(language="german"))


class World(Struct, frozen=True):
    """A tenant with a document, in a data folder."""

    container: Container
    folder: Path
    acme: TenantHandle

    @property
    def embedder(self) -> FailingEmbedder:
        return cast("FailingEmbedder", self.container.embedder())

    async def scope(self) -> TenantScope:
        return (await self.container.tenant_records().find(TenantId("acme"))).scope

    async def manifest(self) -> Manifest:
        return await self.container.manifests().read(await self.scope())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    container = in_memory_container(Settings(data_dir=tmp_path))
    container.clock.reset_override()
    async with RagTenancy.open(container=container) as rag:
        await rag.create_tenant("acme")
        await rag.tenant("acme").ingest(GUIDE.encode(), filename="guide.md")
        yield World(container, tmp_path, rag.tenant("acme"))


WRITTEN_ANYWAY = {"audit", "job_ends", "usage"}


def contents(folder: Path) -> dict[str, list[object]]:
    """Return the rows of every table of every database."""
    found: dict[str, list[object]] = {}
    for path in sorted(folder.rglob("*.db")):
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - names of our own tables
            if table not in WRITTEN_ANYWAY:
                found[f"{path.relative_to(folder)} {table}"] = sorted(rows, key=repr)
        database.close()
    return found


async def test_no_table_changes_but_usage_and_audit_log(world: World) -> None:
    before = contents(world.folder)

    found = await world.acme.preview_config(GERMAN, QUESTION)

    assert found.passages
    assert contents(world.folder) == before


async def test_another_language_is_searched_and_not_kept(world: World) -> None:
    lexical, scope, manifest = (
        world.container.lexical(),
        await world.scope(),
        await world.manifest(),
    )
    await world.acme.search("Erstattung")

    found = await world.acme.preview_config(GERMAN, "Haus")

    assert found.passages[0].scores.bm25 > 0
    assert await lexical.all_scores(scope, manifest, "Tage", language="english") is not None
    assert await lexical.all_scores(scope, manifest, "Tage", language="german") is None


async def test_the_question_is_embedded_anew_by_the_next_who_asks(world: World) -> None:
    await world.acme.preview_config(TenantConfig(), QUESTION)
    embedded = world.embedder.texts.count(QUESTION)

    await world.acme.search(QUESTION)

    assert world.embedder.texts.count(QUESTION) == embedded + 1
