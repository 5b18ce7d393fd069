"""What every `PlanDocuments` does; in Cosmos DB they lie beside our own documents."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.plan_documents import CosmosPlanDocuments
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.adapters.memory.plan_documents import InMemoryPlanDocuments
from ragtenancy.domain.plan_documents import PlanDocument
from ragtenancy.ports.plan_documents import PlanDocuments
from tests.contract.backends import Backend, Tier, params
from tests.emulators.cosmos import cosmos_database
from tests.library import ACME, OTHER

PLAN = Path(__file__).parents[1] / "cloud" / "plan_document.json"
ODD = {
    "id": "doc_odd",
    "filename": "odd.docx",
    "version": 2,
    "uploaded_at": "yesterday",
    "status": None,
    "ingestion": {"total_chunks": "many"},
}
OLD = PlanDocument(
    record_id="doc_circular_ai_user_guide_001",
    filename="CircularAI_User_Guide.docx",
    version="1.0",
    uploaded_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    total_chunks=350,
    images_processed=15,
)


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[PlanDocuments]:
    """ACME has the plan's example and an odd record."""
    odd = PlanDocument(record_id="doc_odd", filename="odd.docx", version="2", status="None")
    yield InMemoryPlanDocuments({ACME.tenant_id: [odd, OLD]})


@asynccontextmanager
async def cosmos(_folder: Path) -> AsyncIterator[PlanDocuments]:
    async with cosmos_database() as database:
        storage = CosmosTenantStorage(database)
        for scope in (ACME, OTHER):
            await storage.create(scope)
        items = Items(database, "documents")
        example: Mapping[str, Any] = json.loads(PLAN.read_text(encoding="utf-8"))
        for item in (example, ODD):
            await items.upsert(ACME.tenant_id, dict(item))
        yield CosmosPlanDocuments(database)


BACKENDS = params(
    Backend[PlanDocuments](
        name="memory", tier=Tier.FAKE, adapter=InMemoryPlanDocuments, open=memory
    ),
    Backend[PlanDocuments](
        name="cosmos", tier=Tier.EMULATOR, adapter=CosmosPlanDocuments, open=cosmos
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def plan(backend: Backend[PlanDocuments], tmp_path: Path) -> AsyncIterator[PlanDocuments]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_a_clients_records_are_found_whatever_their_form(plan: PlanDocuments) -> None:
    old, odd = await plan.of(ACME)

    assert old == OLD
    assert (odd.filename, odd.version, odd.uploaded_at, odd.total_chunks) == (
        "odd.docx",
        "2",
        None,
        None,
    )


async def test_another_clients_records_are_not_found(plan: PlanDocuments) -> None:
    assert list(await plan.of(OTHER)) == []


async def test_removed_records_are_gone_and_the_client_remains(plan: PlanDocuments) -> None:
    removed = await plan.remove(ACME)

    assert removed == 2
    assert list(await plan.of(ACME)) == []
    assert await plan.remove(ACME) == 0
