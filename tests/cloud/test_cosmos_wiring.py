"""Records in Cosmos DB, vectors in Pinecone: setting up, the plan's own records, a client's life."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, cast

import httpx
import pytest
from dependency_injector import providers

from ragtenancy.adapters.cosmos.backend import CosmosSettings
from ragtenancy.adapters.cosmos.client import open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError, UnauthenticatedError
from ragtenancy.http.app import create_app
from ragtenancy.library.rag import RagTenancy, set_up
from ragtenancy.settings import Settings, load_settings
from tests.emulators import cosmos, pinecone
from tests.scripted.clock import ScriptedClock

pytestmark = pytest.mark.emulator

KEY = "c2VjcmV0LW9mLXRoZS1wbGFuLXdpdGgtMzItYnl0ZXM="
HASH = sha256(KEY.encode()).hexdigest()
RECORD = Path(__file__).parent / "plan_client.json"
DOCUMENT = Path(__file__).parent / "plan_document.json"
GUIDE = b"# Reports\n\nOpen the menu and choose Create report."
Record = dict[str, Any]
CONNECTED = dict.fromkeys(("cosmos", "pinecone", "data_folder"), "connected")


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator() as running:
        yield running.endpoint


@pytest.fixture
def settings(emulator: str, tmp_path: Path) -> Iterator[Settings]:
    with cloud(emulator, tmp_path) as chosen:
        yield chosen


@contextmanager
def cloud(cosmos_endpoint: str, folder: Path) -> Iterator[Settings]:
    """Settings of a database and a project of their own."""
    server, key = pinecone.server(), uuid.uuid4().hex
    yield load_settings(
        {
            "COSMOS_ENDPOINT": cosmos_endpoint,
            "COSMOS_KEY": cosmos.KEY,
            "COSMOS_DATABASE": f"db-{key}",
            "PINECONE_API_KEY": key,
            "PINECONE_INDEX_NAME": "guides",
            "RAGTENANCY_PINECONE_CLOUD": "aws",
            "RAGTENANCY_PINECONE_REGION": "us-east-1",
            "RAGTENANCY_PINECONE_CONTROLLER": server.url,
            "RAGTENANCY_PINECONE_HOST": server.url,
            "RAGTENANCY_DATA_DIR": str(folder / "data"),
            "ADMIN_API_KEY": "0123456789abcdef" * 4,
        }
    )
    server.projects.pop(key, None)


@pytest.fixture
async def clients(settings: Settings) -> AsyncIterator[Items]:
    """The container of clients, set up and empty."""
    await set_up(settings)
    opened = open_cosmos(
        settings.section(CosmosSettings).endpoint or "",
        cosmos.KEY,
        settings.section(CosmosSettings).database or "",
    )
    yield Items(opened, "clients")
    await opened.close()


def plan_record(**changes: Any) -> Record:
    """Return the plan's record, word for word but for what changes."""
    record: Record = json.loads(RECORD.read_text(encoding="utf-8")) | changes
    return record


def about_clients(lines: Any) -> list[str]:
    return [line for line in lines if "client" in line and "container" not in line]


async def test_a_dry_run_makes_nothing(settings: Settings) -> None:
    planned = await set_up(settings, dry_run=True)

    assert await set_up(settings, dry_run=True) == planned
    assert len([line for line in planned if line.startswith("make container")]) == 11


async def test_setting_up_twice_makes_nothing_more(settings: Settings) -> None:
    await set_up(settings)

    assert not [line for line in await set_up(settings) if line.startswith(("make", "create"))]


async def test_the_plans_record_word_for_word_becomes_a_client(
    settings: Settings, clients: Items
) -> None:
    await clients.upsert("circular_ai", plan_record())

    lines = await set_up(settings)

    assert about_clients(lines) == ["adopt client circular_ai without a key: there is no hash"]
    assert about_clients(await set_up(settings)) == []
    async with RagTenancy.open(settings, worker=False) as rag:
        config = (await rag.tenant("circular_ai").config()).config
        assert config.prompts.system_prompt == "You are a helpful AI assistant..."
        assert config.search_settings.similarity_threshold == 0.5


async def test_its_key_authenticates_its_questions_are_answered_and_nothing_stays(
    settings: Settings, clients: Items
) -> None:
    await clients.upsert("circular_ai", plan_record(api_key_hash=HASH))
    await set_up(settings)
    container = Container(settings=settings)
    async with RagTenancy.open(container=container) as rag:
        principal = await container.authenticator().tenant(KEY)
        circular_ai = rag.tenant("circular_ai")
        await circular_ai.ingest(GUIDE, filename="guide.md")
        reply = await circular_ai.ask("How do I create a report?")
        health = await rag.health()
        deletion = await rag.delete_tenant("circular_ai")
        with pytest.raises(UnauthenticatedError):
            await container.authenticator().tenant(KEY)

    assert (principal.scope.tenant_id, principal.scope.namespace) == ("circular_ai",) * 2
    assert "Create report" in reply.answer
    assert health.services == CONNECTED
    assert (deletion.status, sum(deletion.remaining.values())) == ("verified", 0)
    assert await clients.query_everywhere("VALUE c.id", "true") == []


async def test_both_records_of_the_plan_serve_a_chat(settings: Settings, clients: Items) -> None:
    await clients.upsert("circular_ai", plan_record(api_key_hash=HASH))
    documents = open_cosmos(
        settings.section(CosmosSettings).endpoint or "",
        cosmos.KEY,
        settings.section(CosmosSettings).database or "",
    )
    old = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    await Items(documents, "documents").upsert("circular_ai", old)
    await set_up(settings)
    async with RagTenancy.open(settings) as rag:
        circular_ai = rag.tenant("circular_ai")
        job = await circular_ai.ingest(GUIDE, filename="guide.md")
        reply = await circular_ai.ask("How do I create a report?")
        listed = [document.document_id async for document in circular_ai.documents()]
        kept = await Items(documents, "documents").read("circular_ai", old["id"])
        deletion = await rag.delete_tenant("circular_ai")
    left = await Items(documents, "documents").query_everywhere("VALUE c.id", "true")
    await documents.close()

    assert "Create report" in reply.answer
    assert listed == [job.document_id]  # the old one has no original and no vectors of ours
    assert kept is not None
    assert (deletion.status, left) == ("verified", [])


async def test_a_setup_that_broke_off_goes_on(settings: Settings, clients: Items) -> None:
    copy = plan_record(api_key_hash=HASH) | {"id": "plan~circular_ai"}
    await clients.upsert("circular_ai", copy)

    lines = await set_up(settings)

    assert about_clients(lines) == ["adopt client circular_ai with its key"]
    assert await clients.read("circular_ai", "plan~circular_ai") is None


async def test_a_record_that_cannot_be_taken_over_is_named_and_stays(
    settings: Settings, clients: Items
) -> None:
    await clients.upsert("circular_ai", plan_record(api_key_hash=HASH))
    await set_up(settings)
    taken = {"id": "client_thief", "client_id": "thief", "api_key_hash": HASH}
    await clients.upsert("thief", plan_record(**taken))
    await clients.upsert("odd", plan_record(id="client_odd", client_id="odd", surplus=1))

    lines = about_clients(await set_up(settings))

    assert [line.partition(": ")[0] for line in sorted(lines)] == [
        "skip client record client_odd",
        "skip client record client_thief",
    ]
    assert await clients.read("thief", "client_thief") is not None
    assert await clients.read("thief", "plan~thief") is None


async def test_a_store_that_stops_shows_in_health_within_five_seconds(tmp_path: Path) -> None:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator() as running, cloud(running.endpoint, tmp_path) as settings:
        await set_up(settings)
        container = Container(settings=settings)
        clock = ScriptedClock()
        container.clock.override(providers.Object(clock))
        transport = httpx.ASGITransport(app=cast("Any", create_app(container, workers=0)))
        async with container.closers(), httpx.AsyncClient(transport=transport) as http:
            before = (await http.get("http://test/health")).json()
            running.stop()
            clock.advance(timedelta(seconds=2))
            stopped = monotonic()
            after = (await http.get("http://test/health")).json()
            took = monotonic() - stopped
            living = await http.get("http://test/livez")

    assert before["services"] == CONNECTED
    assert after["services"] == {**CONNECTED, "cosmos": "unavailable"}
    assert took + 2 < 5
    assert living.status_code == 200


async def test_no_start_is_made_without_the_pepper_of_the_keys(
    settings: Settings, clients: Items
) -> None:
    async with RagTenancy.open(settings, worker=False) as rag:
        await rag.create_tenant("acme")
    peppers = Items(clients._cosmos, "peppers")
    await peppers.delete("=peppers", "pepper~1")

    with pytest.raises(ConfigurationError, match="the container peppers of the Cosmos DB database"):
        async with RagTenancy.open(settings, worker=False):
            pass

    assert await peppers.query("=peppers", "VALUE c.id", "true") == []


@pytest.mark.parametrize("secret", ["", "no hex", "00ff"])
async def test_no_start_is_made_with_a_damaged_pepper(
    settings: Settings, clients: Items, secret: str
) -> None:
    peppers = Items(clients._cosmos, "peppers")
    await peppers.upsert("=peppers", {"id": "pepper~1", "version": 1, "bytes": secret})

    with pytest.raises(ConfigurationError, match="the container peppers of the Cosmos DB database"):
        async with RagTenancy.open(settings, worker=False):
            pass


async def test_a_stored_configuration_out_of_its_bounds_heals_and_can_be_replaced(
    settings: Settings, clients: Items
) -> None:
    async with RagTenancy.open(settings, worker=False) as rag:
        await rag.create_tenant("acme")
        configs = Items(clients._cosmos, "configs")
        [item] = [
            i for i in await configs.query("acme", "*", "true") if i["id"].endswith("current")
        ]
        item["record"]["config"]["search_settings"]["top_k"] = -1
        await configs.upsert("acme", item)

        healed = await rag.tenant("acme").config()
        put = await rag.tenant("acme").set_config({"search_settings": {"top_k": 7}})
        in_force = await rag.tenant("acme").config()

    assert (healed.version, healed.config.search_settings.top_k) == (1, 5)
    assert (put.version, in_force.config.search_settings.top_k) == (2, 7)


@pytest.mark.parametrize(
    "search", [{"top_k": -1}, {"language": "klingon"}, {"semantic_weight": 0.9, "bm25_weight": 0.9}]
)
async def test_a_record_of_the_plan_out_of_its_bounds_is_skipped_and_named(
    settings: Settings, clients: Items, search: dict[str, object]
) -> None:
    await clients.upsert("circular_ai", plan_record(config={"search_settings": search}))

    lines = await set_up(settings)

    assert [line.partition(":")[0] for line in about_clients(lines)] == [
        "skip client record client_circular_ai"
    ]
