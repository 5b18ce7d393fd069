"""A full sweep compares the stores with the catalogue, and mends what it can."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from ragtenancy.app.maintenance.garbage import Difference, DifferenceKind, SweepReport
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
from tests.factories import ACME, job
from tests.unit.app.conftest import Installation

AT_ONCE = timedelta(seconds=-1)
VECTORS = np.ones((3, 64), np.float32)


async def full(installation: Installation) -> SweepReport:
    return await installation.container.sweeper().sweep_fully(grace=AT_ONCE)


async def active_revision(
    installation: Installation, scope: TenantScope, document_id: DocumentId
) -> Revision:
    document = await installation.container.documents().get(scope, document_id)
    assert document.active is not None
    return document.active.revision


@pytest.mark.parametrize("store", ["chunks", "vectors"])
async def test_a_document_that_a_store_lost_is_ingested_again(
    installation: Installation, store: str
) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    revision = await active_revision(installation, scope, document_id)
    before = await container.vectors().count(scope, document_id)
    await getattr(container, store)().delete(scope, document_id, revision)

    report = await full(installation)
    await container.worker().run(until_idle=True)

    kind = DifferenceKind.INCOMPLETE_DOCUMENT
    expected = Difference(kind=kind, client_id=scope.tenant_id, item_id=document_id, mended=True)
    assert report.differences == [expected]
    again = await active_revision(installation, scope, document_id)
    assert again != revision
    assert await container.vectors().count(scope, document_id) == before
    assert await full(installation) == SweepReport()


async def test_a_document_whose_original_is_gone_too_is_reported_each_time(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await container.vectors().delete(scope, document_id)
    await container.blobs().drop(scope)

    reports = [await full(installation), await full(installation)]

    assert [[d.mended for d in report.differences] for report in reports] == [[False], [False]]


async def test_a_young_document_is_not_counted(installation: Installation) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await container.vectors().delete(scope, document_id)

    report = await container.sweeper().sweep_fully()

    assert report.differences == []


async def test_data_that_came_after_a_deletion_is_removed(installation: Installation) -> None:
    container = installation.container
    scope = await installation.tenant()
    deletion = await container.tenant_deletions().delete(scope.tenant_id, requested_by="operator")
    await container.storage().create(scope)
    await container.vectors().stage(scope, DocumentId("late"), Revision("1-1"), VECTORS)

    report = await full(installation)

    kind = DifferenceKind.DELETED_CLIENT
    assert report.differences == [Difference(kind=kind, client_id=scope.tenant_id, mended=True)]
    assert scope.tenant_uid not in await container.storage().tenants()
    receipt = await container.tenant_deletions().get(deletion.deletion_id)
    assert (receipt.status, sum(receipt.remaining.values())) == (deletion.status, 0)
    assert (await full(installation)).differences == []


async def test_a_late_write_that_made_no_storage_is_found_by_the_recent_receipt(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    await container.tenant_deletions().delete(scope.tenant_id, requested_by="operator")
    await container.job_repository().add(scope, job(scope))

    report = await full(installation)

    assert [d.kind for d in report.differences] == [DifferenceKind.DELETED_CLIENT]
    assert await container.job_repository().count_pending(scope) == 0


async def test_data_without_a_record_or_a_receipt_is_left_alone(
    installation: Installation,
) -> None:
    container = installation.container
    await installation.tenant()
    await container.storage().create(ACME)

    report = await full(installation)

    kind = DifferenceKind.UNKNOWN_CLIENT
    assert report.differences == [Difference(kind=kind, client_id=ACME.tenant_uid, mended=False)]
    assert ACME.tenant_uid in await container.storage().tenants()


async def test_a_client_that_lost_its_storage_is_reported(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.container.storage().drop(scope)

    report = await full(installation)

    assert [d.kind for d in report.differences] == [DifferenceKind.LOST_CLIENT]


async def test_an_idle_installation_has_no_differences(installation: Installation) -> None:
    scope = await installation.tenant()
    replaced = await installation.ingest(scope)
    await installation.ingest(scope, "Refunds take 60 days.", document_id=replaced)
    await installation.ingest(scope, "<!-- no text -->", filename="empty.md")

    assert (await full(installation)).differences == []
