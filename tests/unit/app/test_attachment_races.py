"""Attached files while their document is replaced, deleted or read again by other processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from dependency_injector import providers

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.container import Container
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.tenant_config import Features, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation
from tests.unit.app.test_attachments import (
    MAIL,
    TWO,
    documents,
    found,
    mail,
    with_mails,
)
from tests.unit.app.test_reindexing_crashes import KilledError

PLAIN = "Nothing is attached any more."
PRICES = "offer.txt › prices.txt"
Act = Callable[[], Awaitable[object]]


@pytest.fixture
def installation(container: Container) -> Installation:
    return with_mails(container)


@pytest.fixture
def other(container: Container) -> Installation:
    """Another process on the same stores."""
    process = in_memory_container(container.settings())
    process.stores.override(providers.Object(container.stores()))
    process.clock.override(providers.Object(container.clock()))
    process.embedder.override(providers.Object(container.embedder()))
    return with_mails(process)


class Interruption:
    """Acts once, before or after the next attached file is submitted."""

    def __init__(self, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.before: Act | None = None
        self.after: Act | None = None
        uploads = installation.container.uploads()
        submit = uploads.submit

        async def interrupted(scope: TenantScope, upload: NewUpload) -> object:
            if upload.attached_to is None:
                return await submit(scope, upload)
            before, self.before = self.before, None
            after, self.after = self.after, None
            if before is not None:
                await before()
            accepted = await submit(scope, upload)
            if after is not None:
                await after()
            return accepted

        monkeypatch.setattr(uploads, "submit", interrupted)


@pytest.fixture
def interruption(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Interruption:
    return Interruption(installation, monkeypatch)


async def dies() -> None:
    raise KilledError


async def replaced(by: Installation, scope: TenantScope, parent: DocumentId, text: str) -> None:
    await by.submit(scope, text, filename="offer.txt", document_id=parent)
    await by.work()


async def test_a_newer_version_published_meanwhile_keeps_its_chunks(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope, MAIL, filename="offer.txt")
    interruption.before = lambda: replaced(other, scope, accepted.document_id, PLAIN)

    await installation.work()

    assert await found(installation, scope, "nothing attached") == [PLAIN]


async def test_a_newer_version_without_a_file_published_meanwhile_leaves_none(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope, MAIL, filename="offer.txt")
    interruption.before = lambda: replaced(other, scope, accepted.document_id, PLAIN)

    await installation.work()

    assert list(await documents(installation, scope)) == ["offer.txt"]


async def test_a_file_that_comes_back_meanwhile_is_kept(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)
    hours = "The offer is here.\n--- hours.txt\nWe open at nine."
    await installation.submit(scope, hours, filename="offer.txt", document_id=parent)
    interruption.after = lambda: replaced(other, scope, parent, MAIL)

    await installation.work()

    assert sorted(await documents(installation, scope)) == ["offer.txt", PRICES]
    assert "The valve costs 80 EUR." in await found(installation, scope, "valve costs")


async def test_a_worker_that_dies_after_the_deletion_leaves_nothing(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope, MAIL, filename="offer.txt")
    interruption.before = lambda: other.container.documents().delete(scope, accepted.document_id)
    interruption.after = dies
    with pytest.raises((KilledError, BaseExceptionGroup)):
        await installation.work()

    await other.work_through(2)

    assert await found(other, scope, "valve costs") == []
    assert await documents(other, scope) == {}


async def test_a_file_that_is_being_deleted_does_not_end_the_job_of_its_parent(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)
    attached = (await documents(installation, scope))[PRICES]
    repository = installation.container.document_repository()
    await repository.save(scope, attached.deleted())

    accepted = await installation.submit(
        scope, f"{MAIL}\n--- terms.txt\nPaid late.", filename="offer.txt", document_id=parent
    )
    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert job.status is JobStatus.SUCCEEDED
    assert [PRICES in warning for warning in job.counts.warnings] == [True]
    assert await found(installation, scope, "paid late") != []


async def test_metadata_that_a_newer_version_drops_is_dropped_from_its_files(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(
        scope, MAIL, filename="offer.txt", metadata={"team": "sales"}
    )
    await installation.work()

    await replaced(installation, scope, accepted.document_id, f"Again. {MAIL}")

    stored = await documents(installation, scope)
    assert [dict(each.shown.metadata) for each in stored.values()] == [{}, {}]


async def test_metadata_of_a_newer_version_published_meanwhile_stays(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(
        scope, TWO, filename="offer.txt", metadata={"team": "sales"}
    )
    interruption.after = lambda: replaced(other, scope, accepted.document_id, f"Again. {TWO}")

    await installation.work()

    stored = await documents(installation, scope)
    assert [dict(each.shown.metadata) for each in stored.values()] == [{}, {}, {}]


async def test_a_newer_version_of_an_attached_file_is_a_document_of_its_own(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)
    attached = (await documents(installation, scope))[PRICES]
    await installation.submit(
        scope, "The valve costs 99 EUR.", filename="p.txt", document_id=attached.document_id
    )
    await installation.work()

    await replaced(installation, scope, parent, f"Again. {MAIL}")
    await installation.container.documents().delete(scope, parent)

    assert await found(installation, scope, "valve costs") == ["The valve costs 99 EUR."]
    assert (await documents(installation, scope))["p.txt"].attached_to is None


class Reread:
    """A mail whose attachments no reader has read before."""

    def __init__(self, installation: Installation, scope: TenantScope, parent: DocumentId) -> None:
        self._installation = installation
        self._scope = scope
        self.parent = parent

    async def __call__(self) -> None:
        reparsing = self._installation.container.reparsing()
        await reparsing.reparse(self._scope, lambda _done, _all: None)


async def without_files(installation: Installation) -> tuple[TenantScope, Reread]:
    scope = await installation.tenant(config=TenantConfig(features=Features(attachments=False)))
    parent = await mail(installation, scope)
    await installation.container.configs().put(scope.tenant_id, TenantConfig(), created_by="test")
    return scope, Reread(installation, scope, parent)


async def test_a_reparse_that_dies_leaves_no_file_of_a_document_deleted_then(
    installation: Installation, other: Installation, interruption: Interruption
) -> None:
    scope, reread = await without_files(installation)
    interruption.after = dies
    with pytest.raises((KilledError, BaseExceptionGroup)):
        await reread()
    await other.work()

    await other.container.documents().delete(scope, reread.parent)

    assert await documents(other, scope) == {}


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_reparse_that_died_attaches_next_time(
    installation: Installation, interruption: Interruption, moment: str
) -> None:
    scope, reread = await without_files(installation)
    setattr(interruption, moment, dies)
    with pytest.raises((KilledError, BaseExceptionGroup)):
        await reread()

    await reread()
    await installation.work()

    assert sorted(await documents(installation, scope)) == ["offer.txt", PRICES]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_reparse_overtaken_by_a_version_without_files_leaves_none(
    installation: Installation, other: Installation, interruption: Interruption, moment: str
) -> None:
    scope, reread = await without_files(installation)
    setattr(interruption, moment, lambda: replaced(other, scope, reread.parent, PLAIN))

    await reread()
    await installation.work()

    assert list(await documents(installation, scope)) == ["offer.txt"]
    assert await found(installation, scope, "nothing attached") == [PLAIN]
