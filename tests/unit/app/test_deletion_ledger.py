"""What deletions and revocations leave in the ledger."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from msgspec import structs

from ragtenancy.domain.deletion_ledger import (
    LedgerEntry,
    LedgerKind,
    session_object,
    user_object,
)
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletion_ledger import DeletionLedger
from tests.unit.app.conftest import Installation

OLGA = UserId("olga@example.com")


async def entry(
    installation: Installation, scope: TenantScope, kind: LedgerKind, object_id: str
) -> LedgerEntry | None:
    ledger: DeletionLedger = installation.container.deletion_ledger()
    return await ledger.get(scope, kind, object_id)


async def test_a_deleted_document_is_in_the_ledger_with_its_receipt(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    receipt = await installation.container.documents().delete(scope, document_id)

    found = await entry(installation, scope, LedgerKind.DOCUMENT, document_id)
    assert found is not None
    assert found.receipt == receipt


async def test_a_deletion_that_cannot_be_recorded_is_not_acknowledged(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    async def unreachable(*_: object) -> None:
        raise UnavailableError("The store cannot be reached.")

    with monkeypatch.context() as broken:
        broken.setattr(container.deletion_ledger(), "record", unreachable)
        with pytest.raises(UnavailableError):
            await container.documents().delete(scope, document_id)
    assert (await installation.search(scope, "refunds")).hits == []

    await container.sweeper().sweep(grace=timedelta(0))

    found = await entry(installation, scope, LedgerKind.DOCUMENT, document_id)
    assert found is not None
    assert found.receipt is not None
    assert found.receipt.verified


async def test_the_ledger_holds_no_filename(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope, filename="merger-plans.md")

    await installation.container.documents().delete(scope, document_id)

    found = await entry(installation, scope, LedgerKind.DOCUMENT, document_id)
    assert found is not None
    assert "merger" not in json.dumps(RecordCodec(LedgerEntry).as_json(found))


async def test_deleted_sessions_and_users_are_recorded_by_digest(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    conversations = installation.container.conversations()

    await conversations.erase(scope, SessionId("about-the-merger"))
    await conversations.erase_user(scope, OLGA)

    page = await installation.container.deletion_ledger().page(scope)
    assert [(each.kind, each.object_id) for each in page.items] == [
        (LedgerKind.USER, user_object(scope.tenant_uid, OLGA)),
        (LedgerKind.SESSION, session_object(scope.tenant_uid, SessionId("about-the-merger"))),
    ]
    assert OLGA not in str(page.items)


async def test_a_digest_differs_by_client(installation: Installation) -> None:
    one, other = await installation.tenant("one"), await installation.tenant("other")

    assert user_object(one.tenant_uid, OLGA) != user_object(other.tenant_uid, OLGA)


async def test_a_revoked_key_is_in_the_ledger(installation: Installation) -> None:
    container = installation.container
    scope = await installation.tenant()
    issued = await container.api_keys().issue(scope.tenant_id)

    await container.api_keys().revoke(scope.tenant_id, issued.record.key_id)

    assert await entry(installation, scope, LedgerKind.KEY, issued.record.key_id) is not None


async def test_a_rotated_key_is_in_the_ledger_with_the_end_of_its_overlap(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    issued = await container.api_keys().issue(scope.tenant_id)

    await container.api_keys().rotate(
        scope.tenant_id, issued.record.key_id, overlap=timedelta(hours=2)
    )

    found = await entry(installation, scope, LedgerKind.KEY, issued.record.key_id)
    assert found is not None
    assert found.ends - found.at == timedelta(hours=2)


async def test_a_deleted_client_is_in_the_ledger_with_what_it_deleted_before(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await container.documents().delete(scope, document_id)

    deletion = await container.tenant_deletions().delete(scope.tenant_id, requested_by="olga")

    page = await container.deletion_ledger().page(scope)
    assert [each.object_id for each in page.items] == [deletion.deletion_id, document_id]
    assert structs.asdict(deletion)["status"] == "verified"
