"""Deleting documents and clients, and sweeping."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.container import Container
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError, UnauthenticatedError
from ragtenancy.domain.ids import DocumentId, JobId, Revision, TenantId
from ragtenancy.domain.jobs import JobStatus, new_job
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.domain.tenants import TenantScope
from tests.scripted.embeddings import DIMENSION
from tests.unit.app.conftest import Installation

AT_ONCE = timedelta(seconds=-1)


def files_with(folder: Path, text: bytes) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if text in path.read_bytes()]


async def test_a_deleted_document_is_no_longer_found(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    receipt = await installation.container.documents().delete(scope, document_id)

    assert receipt.verified
    assert (await installation.search(scope, "refunds")).hits == []


async def test_a_receipt_counts_the_removed_items(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.work()
    chunks = (await installation.job(scope, accepted)).job.counts.total_chunks

    receipt = await installation.container.documents().delete(scope, accepted.document_id)

    removed = receipt.removed
    assert (removed.vectors, removed.lexical, removed.chunks) == (chunks, chunks, chunks)
    assert removed.blobs == 1


async def test_a_deleted_document_is_in_no_file(installation: Installation, tmp_path: Path) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope, "# Kept\n\nThe office opens at nine.", filename="kept.md")
    secret = "# Secret\n\nThe canary sings at dawn."
    document_id = await installation.ingest(scope, secret, filename="secret.md")
    await installation.search(scope, "canary")

    await installation.container.documents().delete(scope, document_id)

    assert files_with(tmp_path, b"canary sings") == []


async def test_a_sweep_finds_vectors_without_chunks(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    vectors = installation.container.vectors()
    before = await vectors.count(scope, document_id)
    await vectors.stage(scope, document_id, Revision("1-9"), np.ones((3, DIMENSION), np.float32))

    await installation.container.sweeper().sweep_fully(grace=AT_ONCE)

    assert await vectors.count(scope, document_id) == before


async def test_a_verified_deletion_cannot_be_repeated(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await installation.container.documents().delete(scope, document_id)

    with pytest.raises(NotFoundError):
        await installation.container.documents().delete(scope, document_id)


async def test_deleting_a_document_cancels_its_job(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await installation.container.documents().delete(scope, accepted.document_id)

    assert (await installation.job(scope, accepted)).job.status is JobStatus.CANCELLED


async def test_a_foreign_document_cannot_be_deleted(installation: Installation) -> None:
    mine, theirs = await installation.tenant("mine"), await installation.tenant("theirs")
    foreign = await installation.ingest(theirs)

    with pytest.raises(NotFoundError):
        await installation.container.documents().delete(mine, foreign)

    assert (await installation.search(theirs, "refunds")).hits


async def test_a_deleted_client_leaves_nothing(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    deletion = await installation.container.tenant_deletions().delete(
        TenantId("acme"), requested_by="operator"
    )

    assert deletion.status is DeletionStatus.VERIFIED
    assert not any(deletion.remaining.values())
    assert sum(deletion.removed.values()) > 0


async def test_a_deleted_clients_keys_stop_working(installation: Installation) -> None:
    created = await installation.container.tenants().create("acme", "Acme")
    await installation.container.tenant_deletions().delete(
        TenantId("acme"), requested_by="operator"
    )

    with pytest.raises(UnauthenticatedError):
        await installation.container.authenticator().tenant(created.api_key)


async def test_a_successor_of_the_same_id_starts_empty(installation: Installation) -> None:
    first = await installation.tenant()
    await installation.ingest(first)
    await installation.container.tenant_deletions().delete(
        TenantId("acme"), requested_by="operator"
    )

    second = await installation.tenant()

    assert second.tenant_uid != first.tenant_uid
    assert (await installation.search(second, "refunds")).hits == []


async def test_a_late_write_for_a_deleted_client_is_refused(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.container.tenant_deletions().delete(
        TenantId("acme"), requested_by="operator"
    )

    with pytest.raises(NotFoundError):
        await installation.submit(scope)


async def test_an_id_in_use_cannot_be_taken(installation: Installation) -> None:
    await installation.tenant()

    with pytest.raises(AlreadyExistsError):
        await installation.tenant()


async def test_a_namespace_in_use_cannot_be_taken(installation: Installation) -> None:
    await installation.tenant()

    with pytest.raises(AlreadyExistsError):
        await installation.container.tenants().create("other", "Other", namespace="acme")


async def test_a_sweep_keeps_live_data(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    report = await installation.container.sweeper().sweep_fully(grace=AT_ONCE)

    assert (report.blobs, report.revisions, report.uploads) == (0, 0, 0)
    assert (await installation.search(scope, "refunds")).hits


async def test_a_sweep_undoes_an_upload_that_was_never_acknowledged(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.container.job_repository().drop(scope)

    report = await installation.container.sweeper().sweep_fully(grace=AT_ONCE)

    assert (report.uploads, report.blobs) == (1, 1)
    with pytest.raises(NotFoundError):
        await installation.container.documents().get(scope, accepted.document_id)


async def test_a_sweep_spares_requests_in_progress(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.container.job_repository().drop(scope)

    await installation.container.sweeper().sweep_fully()

    document = await installation.container.documents().get(scope, accepted.document_id)
    assert document.document_id == accepted.document_id


async def test_a_sweep_resumes_a_deletion(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    documents = installation.container.document_repository()
    document = await documents.get(scope, document_id)
    assert document is not None
    await documents.save(scope, document.deleted())

    report = await installation.container.sweeper().sweep_fully(grace=AT_ONCE)

    assert report.documents == 1
    with pytest.raises(NotFoundError):
        await installation.container.documents().get(scope, document_id)


async def test_a_sweep_gives_an_unacknowledged_replacement_its_job(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await installation.submit(scope, "# Refunds\n\nNever.", document_id=document_id)
    await installation.container.job_repository().drop(scope)

    report = await installation.container.sweeper().sweep_fully(grace=AT_ONCE)
    await installation.work()

    assert report.uploads == 1
    found = await installation.search(scope, "refunds")
    assert [hit.source.text for hit in found.hits] == ["Never."]


async def test_a_client_deleted_twice_at_once_is_gone_and_its_id_free(
    container: Container,
) -> None:
    container.clock.override(providers.Singleton(SystemClock))
    installation = Installation(container)
    await installation.ingest(await installation.tenant())
    delete = container.tenant_deletions().delete

    replies = await asyncio.gather(
        *(delete(TenantId("acme"), requested_by="olga") for _ in range(3)), return_exceptions=True
    )

    codes = [getattr(reply, "reason", "deleted") for reply in replies]
    assert sorted(codes) == ["deleted", "not_found", "not_found"]
    assert await container.deletions().unfinished() == ()
    await installation.tenant()


async def test_a_client_deleted_by_two_processes_at_once_is_deleted_for_both(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = installation.container
    scope = await installation.tenant()
    one, other = container.tenant_deletions(), _of_another(container)
    tenant_stores = container.tenant_stores()
    replies: list[TenantDeletion] = []

    async def dropped_meanwhile(gone: TenantScope) -> None:
        monkeypatch.undo()
        replies.append(await other.delete(scope.tenant_id, requested_by="otto"))
        await tenant_stores.drop(gone)

    monkeypatch.setattr(tenant_stores, "drop", dropped_meanwhile)
    replies.append(await one.delete(scope.tenant_id, requested_by="olga"))

    assert replies[0] == replies[1]
    assert replies[0].status is DeletionStatus.VERIFIED


def _of_another(container: Container) -> TenantDeletions:
    """Return the use case of another process on the same stores."""
    return TenantDeletions(
        container.tenant_records(),
        container.tenant_repository(),
        container.deletions(),
        container.deletion_ledger(),
        container.tenant_stores(),
        container.ids(),
        container.clock(),
    )


async def test_a_deletion_verified_by_another_process_is_left_alone(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    done = await installation.container.tenant_deletions().delete(
        scope.tenant_id, requested_by="olga"
    )

    again = await installation.container.tenant_deletions().resume(
        structs.replace(done, status=DeletionStatus.RUNNING)
    )

    assert again == done


async def test_a_job_written_during_its_clients_deletion_is_removed(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    await container.tenant_deletions().delete(scope.tenant_id, requested_by="olga")
    late = new_job(scope, DocumentId("doc_1"), JobId("job_1"), container.clock().now(), size=1)
    await container.job_repository().add(scope, late)

    await installation.work()

    assert (await container.job_repository().page_all()).items == ()


async def test_a_sweep_finishes_the_creation_of_a_client(installation: Installation) -> None:
    container = installation.container
    scope = await installation.tenant()
    await container.storage().drop(scope)
    await container.tenant_config_repository().drop(scope)

    await container.sweeper().sweep_fully(grace=AT_ONCE)

    await container.configs().put(scope.tenant_id, TenantConfig(), created_by="olga")
    await installation.ingest(scope)
    assert (await installation.search(scope, "refunds")).hits


async def test_a_sweep_never_replaces_storage_that_is_lost(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    await installation.container.storage().drop(scope)

    await installation.container.sweeper().sweep_fully(grace=AT_ONCE)

    assert scope.tenant_uid not in await installation.container.storage().tenants()


async def test_a_sweep_spares_a_creation_in_progress(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.container.storage().drop(scope)

    await installation.container.sweeper().sweep_fully()

    assert scope.tenant_uid not in await installation.container.storage().tenants()
