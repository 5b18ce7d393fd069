"""A backend is its own module and one line: a vector index by pgvector, say, made here alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from dependency_injector import providers
from msgspec import Meta, Struct

from ragtenancy.adapters.memory.backend import open_memory
from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.vectors import InMemoryVectorIndex
from ragtenancy.adapters.system.joined import JoinedTenantStorage
from ragtenancy.backend.offers import Backend, Backends, OpenedVectors, VectorsOffer
from ragtenancy.backend.resources import Preparing, Resources
from ragtenancy.backend.sections import Chosen, Secret, absent
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.library.rag import RagTenancy
from ragtenancy.ports.health import Probe
from ragtenancy.settings import backends, load_settings
from ragtenancy.settings.catalogue import catalogue
from tests.factories import ACME
from tests.scripted.embeddings import ScriptedEmbedder
from tests.scripted.token_counters import ScriptedTokenCounter

URL = "postgresql://ragtenancy@localhost/vectors"


class PgvectorSettings(
    Struct, frozen=True, kw_only=True, rename={"url": "PGVECTOR_URL", "table": "PGVECTOR_TABLE"}
):
    """pgvector: vectors, a row per chunk."""

    url: Annotated[Secret | None, Meta(description="The database's address.")] = None
    table: Annotated[str, Meta(description="The table.", max_length=63)] = "vectors"


class PgvectorIndex(InMemoryVectorIndex):
    """Stands for the adapter."""


class PgvectorProbe(Probe):
    """Stands for the adapter's probe."""

    @property
    def name(self) -> str:
        return "pgvector"

    async def check(self) -> ProbeResult:
        return ProbeResult(name=self.name, connected=True)


def _open(resources: Resources) -> OpenedVectors:
    database = resources.once(open_memory)
    return OpenedVectors(index=PgvectorIndex(database), storage=InMemoryTenantStorage(database))


async def _set_up(resources: Resources, preparing: Preparing) -> Sequence[str]:
    verb = "would create" if preparing.dry_run else "create"
    return [f"{verb} table {resources.section(PgvectorSettings).table}"]


async def _preflight(resources: Resources, preparing: Preparing) -> None:  # noqa: ARG001
    if resources.section(PgvectorSettings).table == "missing":
        raise ConfigurationError("There is no such table.")


def _faults(chosen: Chosen, chosen_backends: Backends) -> Iterator[str]:
    if chosen_backends.vectors == "pgvector":
        yield from absent(chosen.section(PgvectorSettings), "vectors in pgvector", "url")


PGVECTOR = Backend(
    name="pgvector",
    section=PgvectorSettings,
    vectors=VectorsOffer(
        name="pgvector",
        implied=lambda chosen: chosen.section(PgvectorSettings).url is not None,
        open=_open,
    ),
    faults=_faults,
    probe=lambda _: PgvectorProbe(),
    set_up=_set_up,
    preflight=_preflight,
)


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the line."""
    monkeypatch.setattr(backends, "BACKENDS", (*backends.BACKENDS, PGVECTOR))


def installation(folder: Path, **environ: str) -> Container:
    given = {
        "RAGTENANCY_DATA_DIR": str(folder),
        "ADMIN_API_KEY": "0123456789abcdef" * 4,
        "PGVECTOR_URL": URL,
    }
    container = Container(settings=load_settings(given | environ))
    container.embedder.override(providers.Singleton(ScriptedEmbedder))
    container.token_counter.override(providers.Singleton(ScriptedTokenCounter))
    return container


@pytest.mark.parametrize("named", ["auto", "pgvector"])
async def test_it_is_chosen_by_its_variables_or_its_name(tmp_path: Path, named: str) -> None:
    container = installation(tmp_path, RAGTENANCY_VECTORS=named)
    async with container.closers():
        assert container.settings().backends.vectors == "pgvector"
        assert isinstance(container.vectors(), PgvectorIndex)


async def test_another_choice_overrules_it(tmp_path: Path) -> None:
    container = installation(tmp_path, RAGTENANCY_STORAGE="sqlite")
    async with container.closers():
        assert not isinstance(container.vectors(), PgvectorIndex)


async def test_its_containers_are_made_with_the_others(tmp_path: Path) -> None:
    container = installation(tmp_path)
    async with container.closers():
        await container.tenant_repository().page(limit=1)
        await container.storage().create(ACME)
        vectors = np.eye(2, dtype=np.float32)
        await container.vectors().stage(ACME, DocumentId("doc_a"), Revision("1-1"), vectors)

        assert isinstance(container.storage(), JoinedTenantStorage)
        assert (await container.storage().census(ACME))["vectors"] == 2


async def test_clients_are_served_from_it(tmp_path: Path) -> None:
    container = installation(tmp_path)
    async with RagTenancy.open(container=container) as rag:
        await rag.create_tenant("acme")
        await rag.tenant("acme").ingest(b"Refunds take 30 days.", filename="refunds.txt")
        reply = await rag.tenant("acme").search("How long do refunds take?")

        assert [hit.source.filename for hit in reply.hits] == ["refunds.txt"]
        assert (await rag.health()).services["pgvector"] == "connected"


async def test_it_is_set_up_and_checked(tmp_path: Path) -> None:
    container = installation(tmp_path, PGVECTOR_TABLE="missing")
    async with container.closers():
        steps = await container.installed_backends().set_up(dry_run=True)

        assert "would create table missing" in steps
        with pytest.raises(ConfigurationError, match="no such table"):
            await container.installed_backends().preflight()


def test_its_faults_are_told_with_all_others() -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(
            {
                "RAGTENANCY_VECTORS": "pgvector",
                "RAGTENANCY_PORT": "many",
                "PGVECTOR_TABLE": "t" * 64,
            }
        )

    assert "RAGTENANCY_PORT" in refused.value.detail
    assert "PGVECTOR_TABLE must be " in refused.value.detail
    assert "PGVECTOR_URL is missing; it is needed for vectors in pgvector." in refused.value.detail


def test_its_variables_and_its_name_are_documented() -> None:
    variables = {v.name: v for group in catalogue() for v in group.variables}

    assert variables["PGVECTOR_URL"].secret
    assert "`pgvector`" in variables["RAGTENANCY_VECTORS"].values
