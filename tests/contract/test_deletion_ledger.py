"""What every `DeletionLedger` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.deletion_ledger import CosmosDeletionLedger
from ragtenancy.adapters.files.deletion_ledger import FileDeletionLedger
from ragtenancy.adapters.memory.deletion_ledger import InMemoryDeletionLedger
from ragtenancy.adapters.sqlite.deletion_ledger import SqliteDeletionLedger
from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.domain.deletion_ledger import (
    LedgerEntry,
    LedgerKind,
    document_entry,
    key_entry,
    session_entry,
)
from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.errors import IsolationBreach
from ragtenancy.domain.ids import ApiKeyId, DocumentId, SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.deletion_ledger import DeletionLedger
from tests.contract.backends import Backend, Tier, params
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses, memory_house
from tests.factories import ACME, GLOBEX, NOW, SECOND


@asynccontextmanager
async def file_house(folder: Path) -> AsyncIterator[House]:
    async with memory_house(folder) as house:
        path = folder / "ledger.jsonl"
        ledger = FileDeletionLedger(house.deletion_ledger, path, SystemClock())
        yield structs.replace(house, deletion_ledger=ledger)


BACKENDS = [
    *in_houses(InMemoryDeletionLedger, SqliteDeletionLedger),
    *params(
        Backend[House](name="file", tier=Tier.EMBEDDED, adapter=FileDeletionLedger, open=file_house)
    ),
    *on_cosmos(CosmosDeletionLedger),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

UNVERIFIED = DocumentReceipt(
    document_id=DocumentId("doc/1 #~é"),
    deleted_at=NOW,
    removed=RemovedCounts(vectors=2, lexical=2, chunks=2),
    verified=False,
)
VERIFIED = structs.replace(
    UNVERIFIED, deleted_at=NOW + SECOND, removed=RemovedCounts(blobs=1), verified=True
)
KEY = key_entry(ACME, ApiKeyId("keykeykey01"), NOW)


@pytest.fixture
def ledger(house: House) -> DeletionLedger:
    return house.deletion_ledger


async def recorded(ledger: DeletionLedger, *entries: LedgerEntry) -> None:
    for entry in entries:
        await ledger.record(ACME, entry)


async def objects(ledger: DeletionLedger, owner: TenantScope) -> list[str]:
    return [entry.object_id for entry in (await ledger.page(owner)).items]


async def test_an_entry_comes_out_as_it_went_in(ledger: DeletionLedger) -> None:
    entry = document_entry(ACME, UNVERIFIED)

    await ledger.record(ACME, entry)

    assert await ledger.get(ACME, LedgerKind.DOCUMENT, UNVERIFIED.document_id) == entry


async def test_an_entry_is_of_one_kind_and_one_tenant(ledger: DeletionLedger) -> None:
    await ledger.record(ACME, KEY)

    assert await ledger.get(ACME, LedgerKind.DOCUMENT, KEY.object_id) is None
    assert await ledger.get(GLOBEX, LedgerKind.KEY, KEY.object_id) is None


async def test_a_later_receipt_continues_the_earlier_one(ledger: DeletionLedger) -> None:
    await recorded(ledger, document_entry(ACME, UNVERIFIED), document_entry(ACME, VERIFIED))

    found = await ledger.get(ACME, LedgerKind.DOCUMENT, UNVERIFIED.document_id)
    assert found is not None
    assert found.receipt == structs.replace(
        VERIFIED, removed=RemovedCounts(vectors=2, lexical=2, chunks=2, blobs=1)
    )


async def test_a_key_keeps_the_earlier_of_its_ends(ledger: DeletionLedger) -> None:
    overlapping = structs.replace(KEY, ends_at=NOW + 60 * SECOND)

    await recorded(ledger, overlapping, structs.replace(KEY, at=NOW + SECOND))

    found = await ledger.get(ACME, LedgerKind.KEY, KEY.object_id)
    assert found is not None
    assert found.ends == NOW + SECOND


async def test_pages_come_latest_first_and_hold_one_tenants_entries(
    ledger: DeletionLedger,
) -> None:
    sessions = [session_entry(ACME, SessionId(f"s{n}"), NOW) for n in range(3)]
    await recorded(ledger, *sessions)
    await ledger.record(GLOBEX, key_entry(GLOBEX, ApiKeyId("keykeykey02"), NOW))

    first = await ledger.page(ACME, limit=2)
    rest = await ledger.page(ACME, limit=2, after=first.next)

    assert [*first.items, *rest.items] == sessions[::-1]
    assert rest.next is None


async def test_what_is_recorded_again_comes_first(ledger: DeletionLedger) -> None:
    session = session_entry(ACME, SessionId("s"), NOW)

    await recorded(ledger, session, KEY, structs.replace(session, at=NOW + SECOND))

    assert await objects(ledger, ACME) == [session.object_id, KEY.object_id]


async def test_a_page_of_one_kind_leaves_out_the_others(ledger: DeletionLedger) -> None:
    document = document_entry(ACME, VERIFIED)
    await recorded(ledger, document, KEY)

    page = await ledger.page(ACME, kind=LedgerKind.DOCUMENT)

    assert page.items == (document,)


async def test_another_tenants_entry_is_refused(ledger: DeletionLedger) -> None:
    with pytest.raises(IsolationBreach):
        await ledger.record(GLOBEX, KEY)


async def test_entries_outlive_their_tenant_and_are_none_of_its_data(house: House) -> None:
    before = await house.storage.census(ACME)
    await house.deletion_ledger.record(ACME, KEY)

    assert await house.storage.census(ACME) == before
    await house.storage.drop(ACME)
    await house.intent_log.drop(ACME)
    assert await objects(house.deletion_ledger, ACME) == [KEY.object_id]


async def test_the_origin_stays(ledger: DeletionLedger) -> None:
    first = await ledger.origin()

    assert first.installation_id
    assert await ledger.origin() == first
