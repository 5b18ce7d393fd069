"""Uploads during which a store fails half-way."""

from __future__ import annotations

import pytest
from dependency_injector import providers

from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.jobs import InMemoryIdempotencyStore
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.tenants import TenantScope
from tests.unit.app.conftest import Installation


class FullIdempotencyStore(InMemoryIdempotencyStore):
    """A store that takes claims, but has no room for replies."""

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:  # noqa: ARG002 - the port's
        raise UnavailableError("The store's disk is full.", code="storage_full")


async def test_an_upload_whose_reply_cannot_be_stored_keeps_its_original(
    installation: Installation,
) -> None:
    container = installation.container
    memory = Memory()
    container.idempotency.override(
        providers.Object(FullIdempotencyStore(memory, container.holders()))
    )
    scope = await installation.tenant()
    await InMemoryTenantStorage(memory).create(scope)

    with pytest.raises(UnavailableError):
        await installation.submit(scope, idempotency_key="k")
    await installation.work()

    [document] = (await container.documents().page(scope)).items
    assert document.status is DocumentStatus.ACTIVE


async def test_uploading_again_replaces_a_lost_original(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope)
    [blob] = await installation.container.blobs().names(scope)
    await installation.container.blobs().delete(scope, blob)
    await installation.work()

    again = await installation.submit(scope)
    await installation.work()

    assert again.document_id == first.document_id
    assert (await installation.job(scope, again)).job.status is JobStatus.SUCCEEDED
