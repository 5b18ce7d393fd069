"""`clients.yaml` stands in for a Cosmos DB that is out of reach at start, and never otherwise."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragtenancy.container import Container
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    ConfigurationError,
    UnauthenticatedError,
    UnavailableError,
)
from ragtenancy.domain.health import HealthStatus
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.library.rag import RagTenancy
from ragtenancy.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "clients.yaml"
KEY = "a-key-for-the-example-and-nothing-else"
GUIDE = b"# Reports\n\nOpen the menu and choose Create report."


@pytest.fixture
def nowhere() -> str:
    """An address of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def somewhere() -> Iterator[str]:
    """An address at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def cloud(endpoint: str, clients: Path | str) -> Settings:
    return load_settings(
        {
            "COSMOS_ENDPOINT": endpoint,
            "COSMOS_KEY": "a2V5",
            "COSMOS_DATABASE": "rag",
            "PINECONE_API_KEY": "k",
            "PINECONE_INDEX_NAME": "i",
            "ADMIN_API_KEY": "0123456789abcdef" * 4,
            "RAGTENANCY_CLIENTS_FILE": str(clients),
        }
    )


def written(folder: Path, changes: tuple[str, str]) -> Path:
    path = folder / "clients.yaml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace(*changes), encoding="utf-8")
    return path


async def test_the_files_clients_authenticate_and_are_answered(nowhere: str) -> None:
    container = Container(settings=cloud(nowhere, EXAMPLE))
    async with RagTenancy.open(container=container) as rag:
        principal = await container.authenticator().tenant(KEY)
        circular_ai = rag.tenant("circular_ai")
        await circular_ai.ingest(GUIDE, filename="guide.md")
        reply = await circular_ai.ask("How do I create a report?")

        assert principal.scope.tenant_id == "circular_ai"
        assert (await circular_ai.config()).config.prompts.greeting == "Hello! I'm here to help..."
        assert "Create report" in reply.answer


async def test_another_key_is_refused(nowhere: str) -> None:
    container = Container(settings=cloud(nowhere, EXAMPLE))
    async with container.closers():
        with pytest.raises(UnauthenticatedError):
            await container.authenticator().tenant(f"{KEY}!")


async def test_a_suspended_client_of_the_file_is_suspended(nowhere: str, tmp_path: Path) -> None:
    path = written(tmp_path, ("status: active", "status: suspended"))
    container = Container(settings=cloud(nowhere, path))
    async with container.closers():
        with pytest.raises(ClientSuspendedError):
            await container.authenticator().tenant(KEY)


async def test_its_clients_can_be_read_only(nowhere: str) -> None:
    container = Container(settings=cloud(nowhere, EXAMPLE))
    async with RagTenancy.open(container=container, worker=False) as rag:
        with pytest.raises(UnavailableError, match="read-only"):
            await rag.create_tenant("another")
        with pytest.raises(UnavailableError, match="read-only"):
            await rag.suspend_tenant("circular_ai")
        with pytest.raises(UnavailableError, match="read-only"):
            await rag.tenant("circular_ai").set_config({})

        assert [t.tenant_id async for t in rag.tenants()] == ["circular_ai"]
        assert (await rag.get_tenant("circular_ai")).status is TenantStatus.ACTIVE


async def test_health_still_shows_the_store_that_is_away(nowhere: str) -> None:
    async with RagTenancy.open(cloud(nowhere, EXAMPLE), worker=False) as rag:
        health = await rag.health()

    assert health.services["cosmos"] == "unavailable"
    assert health.status is HealthStatus.UNHEALTHY


def test_it_does_not_stand_in_for_a_store_that_answers(somewhere: str) -> None:
    container = Container(settings=cloud(somewhere, EXAMPLE))

    assert container.within_reach().backends.records == "cosmos"


def test_nothing_stands_in_where_no_file_is_named(nowhere: str) -> None:
    container = Container(settings=cloud(nowhere, ""))

    assert container.within_reach().backends.records == "cosmos"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (("clients:", "customers:"), "customers"),
        (("name: CircularAI Platform", "name: ''"), "name"),
        (("semantic_weight: 0.7", "semantic_weight: 0.9"), "circular_ai: .*sum to 1"),
        (("temperature: 0.7", "model: another"), "circular_ai: .*model"),
    ],
)
def test_a_file_that_cannot_be_meant_stops_the_start(
    nowhere: str, tmp_path: Path, changes: tuple[str, str], told: str
) -> None:
    container = Container(settings=cloud(nowhere, written(tmp_path, changes)))

    with pytest.raises(ConfigurationError, match=told):
        container.stores()


def test_a_file_that_is_not_there_stops_the_start(nowhere: str, tmp_path: Path) -> None:
    container = Container(settings=cloud(nowhere, tmp_path / "away.yaml"))

    with pytest.raises(ConfigurationError, match=r"away\.yaml cannot be read"):
        container.stores()
