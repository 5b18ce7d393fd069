"""Files inside files as documents of their own, from the upload to the deletion."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.container import Container
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.parsed import Attachment, Paragraph, ParsedDocument
from ragtenancy.domain.tenant_config import Features, Limits, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.parsing import DocumentParser
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation
from tests.unit.app.test_reindexing_crashes import KilledError, Life, Mortal

NO_GRACE = timedelta(0)
CRASH_EVERY = 15  # calls to a store; with 1, every crash is tried (some minutes)
MAIL = "The offer is attached.\n--- prices.txt\nThe valve costs 80 EUR."
TWO = f"{MAIL}\n--- terms.txt\nPayment is due in 45 days."
NESTED = "The offer is attached.\n--- inner.txt\nSee the attachment.\n+++ deep.txt\nA secret."


class MailReader(DocumentParser):
    """Reads text; each line `--- name` begins an attached file, in which `+++` begins one."""

    media_types = ("text/plain",)

    def recognises(self, head: bytes, filename: str) -> str | None:
        return "text/plain" if filename.endswith(".txt") and b"\0" not in head else None

    async def parse(
        self,
        path: Path,
        *,
        charset: str | None = None,  # noqa: ARG002 - as the port
    ) -> ParsedDocument:
        text = await asyncio.to_thread(path.read_text)
        marker = "\n--- " if "\n--- " in text else "\n+++ "
        body, *files = text.split(marker)
        attachments = [
            Attachment(filename=name, data=content.encode(), charset=name.removesuffix(".txt"))
            for name, _, content in (file.partition("\n") for file in files)
        ]
        return ParsedDocument(blocks=[Paragraph(text=body)], attachments=attachments)


@pytest.fixture
def installation(container: Container) -> Installation:
    return with_mails(container)


def with_mails(container: Container) -> Installation:
    container.parsers.override(providers.Object([MailReader()]))
    return Installation(container)


def doomed(container: Container, life: Life) -> Installation:
    """A process on the same stores, which ends at one of its calls to them."""
    names = ("documents", "jobs", "chunks", "vectors", "blobs")
    mortal = {name: Mortal(getattr(container.stores(), name), life) for name in names}
    process = in_memory_container(container.settings())
    process.stores.override(providers.Object(structs.replace(container.stores(), **mortal)))
    process.clock.override(providers.Object(container.clock()))
    process.embedder.override(providers.Object(container.embedder()))
    return with_mails(process)


async def mail(installation: Installation, scope: TenantScope, text: str = MAIL) -> DocumentId:
    return await installation.ingest(scope, text, filename="offer.txt")


async def found(installation: Installation, scope: TenantScope, query: str) -> Sequence[str]:
    reply = await installation.search(scope, query)
    return [hit.source.text for hit in reply.hits]


async def documents(installation: Installation, scope: TenantScope) -> dict[str, Document]:
    page = await installation.container.documents().page(scope)
    return {document.shown.filename: document for document in page.items}


async def test_an_attachment_answers_as_a_document_of_its_own(installation: Installation) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)

    reply = await installation.search(scope, "valve costs")

    source = reply.hits[0].source
    assert (source.text, source.filename) == (
        "The valve costs 80 EUR.",
        "offer.txt › prices.txt",
    )
    stored = await documents(installation, scope)
    assert stored[source.filename].attached_to == parent


async def test_it_has_the_metadata_of_its_parent(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.submit(scope, MAIL, filename="offer.txt", metadata={"team": "sales"})
    await installation.work()

    stored = await documents(installation, scope)

    assert [dict(each.shown.metadata) for each in stored.values()] == [{"team": "sales"}] * 2


async def test_an_encoding_that_its_parent_has_no_room_for_is_detected(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    full: dict[str, str | int | float | bool] = {f"key-{number}": number for number in range(64)}
    accepted = await installation.submit(
        scope, "Offer.\n--- windows-1252.txt\nThe valve.", filename="offer.txt", metadata=full
    )
    await installation.work()

    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED
    stored = await documents(installation, scope)
    assert [dict(each.shown.metadata) for each in stored.values()] == [full, full]


async def test_what_is_attached_to_an_attachment_is_named_and_not_read(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await mail(installation, scope, NESTED)

    stored = await documents(installation, scope)

    assert list(stored) == ["offer.txt", "offer.txt › inner.txt"]
    inner = stored["offer.txt › inner.txt"].active
    assert inner is not None
    assert list(inner.warnings) == ["Attached or embedded files were not read: deep.txt."]


async def test_a_client_may_switch_it_off(installation: Installation) -> None:
    scope = await installation.tenant(config=TenantConfig(features=Features(attachments=False)))
    parent = await mail(installation, scope)

    stored = await documents(installation, scope)

    active = stored["offer.txt"].active
    assert (list(stored), stored["offer.txt"].document_id) == (["offer.txt"], parent)
    assert active is not None
    assert list(active.warnings) == ["Attached or embedded files were not read: prices.txt."]


@pytest.mark.parametrize(
    ("name", "limits", "why"),
    [
        ("logo.bin", Limits(), "This file type is not supported"),
        ("prices.txt", Limits(max_documents=1), "limit"),
        ("prices.txt", Limits(max_upload_bytes=100), "too large"),
    ],
)
async def test_a_refused_attachment_is_a_warning_of_the_job(
    installation: Installation, name: str, limits: Limits, why: str
) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=limits))
    accepted = await installation.submit(scope, f"Hello.\n--- {name}\nA", filename="offer.txt")
    await installation.work()

    job = (await installation.container.jobs().get(scope, accepted.job_id)).job

    assert job.status is JobStatus.SUCCEEDED
    assert len(job.counts.warnings) == (why != "too large")
    assert all(why in warning and name in warning for warning in job.counts.warnings)


async def test_a_document_may_hold_more_files_than_jobs_may_be_pending(
    installation: Installation,
) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=Limits(max_pending_jobs=1)))
    many = "".join(f"\n--- {number}.txt\nThe valve {number}." for number in range(5))

    await mail(installation, scope, f"Offer.{many}")

    assert len(await documents(installation, scope)) == 6


async def test_deleting_the_parent_deletes_what_is_attached(installation: Installation) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope, TWO)

    receipt = await installation.container.documents().delete(scope, parent)

    assert (receipt.verified, receipt.removed.chunks, receipt.removed.blobs) == (True, 3, 3)
    assert await found(installation, scope, "valve payment offer") == []
    assert await documents(installation, scope) == {}


async def test_deleting_all_at_once_leaves_nothing(installation: Installation) -> None:
    scope = await installation.tenant()
    await mail(installation, scope, TWO)
    stored = await documents(installation, scope)
    deletions = installation.container.documents()

    async with asyncio.TaskGroup() as group:
        parent, *attached = stored.values()
        group.create_task(deletions.delete(scope, parent.document_id))
        await asyncio.sleep(0)
        for each in attached:
            group.create_task(gone(installation, scope, each.document_id))

    assert await documents(installation, scope) == {}


async def gone(installation: Installation, scope: TenantScope, document_id: DocumentId) -> None:
    with contextlib.suppress(NotFoundError):
        await installation.container.documents().delete(scope, document_id)


async def test_a_newer_version_keeps_adds_and_removes(installation: Installation) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope, TWO)
    before = await documents(installation, scope)
    newer = MAIL + "\n--- hours.txt\nWe open at nine."

    await installation.submit(scope, newer, filename="offer.txt", document_id=parent)
    await installation.work()

    after = await documents(installation, scope)
    kept = "offer.txt › prices.txt"
    assert sorted(after) == ["offer.txt", "offer.txt › hours.txt", kept]
    assert after[kept].active == before[kept].active
    assert await found(installation, scope, "payment due") != ["Payment is due in 45 days."]
    assert len(after["offer.txt"].attachments) == 2


async def test_an_upload_of_the_same_file_is_another_document(installation: Installation) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)
    name = "offer.txt › prices.txt"
    own = await installation.ingest(scope, "The valve costs 80 EUR.", filename=name)

    await installation.container.documents().delete(scope, parent)

    assert await found(installation, scope, "valve costs") == ["The valve costs 80 EUR."]
    assert [d.document_id for d in (await documents(installation, scope)).values()] == [own]


async def test_a_deleted_attachment_is_not_brought_back_by_reading_again(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await mail(installation, scope, TWO)
    stored = await documents(installation, scope)
    await installation.container.documents().delete(
        scope,
        stored["offer.txt › prices.txt"].document_id,
    )
    installation.container.originals()._readers = "later"

    await installation.container.reparsing().reparse(scope, lambda _done, _all: None)
    await installation.work()

    assert sorted(await documents(installation, scope)) == [
        "offer.txt",
        "offer.txt › terms.txt",
    ]


async def test_reading_again_attaches_what_earlier_readers_left(
    installation: Installation,
) -> None:
    off = TenantConfig(features=Features(attachments=False))
    scope = await installation.tenant(config=off)
    await mail(installation, scope)
    await installation.container.configs().put(scope.tenant_id, TenantConfig(), created_by="test")

    done = await installation.container.reparsing().reparse(scope, lambda _done, _all: None)
    await installation.work()

    assert [(each.outcome, each.attached) for each in done] == [("unchanged", 1)]
    assert await found(installation, scope, "valve costs") == [
        "The valve costs 80 EUR.",
        "The offer is attached.",
    ]


async def test_a_hostile_name_becomes_a_plain_one(installation: Installation) -> None:
    scope = await installation.tenant()
    name = "../../etc/\u202epass\x01wd" + "x" * 300 + ".txt"
    await mail(installation, scope, f"Hello.\n--- {name}\nThe valve.")

    attached = [each for each in await documents(installation, scope) if each != "offer.txt"]

    assert len(attached) == 1
    assert attached[0].startswith("offer.txt › passwdxxx")
    assert attached[0].endswith(".txt")
    assert len(attached[0]) <= 255


async def test_a_deletion_while_the_files_are_submitted_leaves_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = await installation.tenant()
    uploads = installation.container.uploads()
    submit = uploads.submit

    async def deleting_first(scope: TenantScope, upload: NewUpload) -> object:
        if upload.attached_to is not None:
            await installation.container.documents().delete(scope, upload.attached_to)
        return await submit(scope, upload)

    monkeypatch.setattr(uploads, "submit", deleting_first)
    await installation.submit(scope, MAIL, filename="offer.txt")
    await installation.work()

    assert await documents(installation, scope) == {}
    assert list(await installation.container.chunks().revisions(scope)) == []


async def test_after_a_crash_the_next_attempt_attaches(installation: Installation) -> None:
    crashes = 0
    for call in itertools.count(1, CRASH_EVERY):
        scope = await installation.tenant(f"client-{call}")
        parent = await mail(installation, scope, TWO)
        newer = MAIL + "\n--- hours.txt\nWe open at nine."
        await installation.submit(scope, newer, filename="offer.txt", document_id=parent)
        life = Life(call, "before" if call % 2 else "after")
        try:
            await doomed(installation.container, life).work()
        except (KilledError, BaseExceptionGroup):
            crashes += 1
        if life.left > 0:
            break
        await installation.work_through(2)
        await installation.container.sweeper().sweep(grace=NO_GRACE)
        after = await documents(installation, scope)
        assert sorted(after) == [
            "offer.txt",
            "offer.txt › hours.txt",
            "offer.txt › prices.txt",
        ]
        assert all(each.active and not each.pending for each in after.values())
        await installation.container.documents().delete(scope, parent)
        assert await documents(installation, scope) == {}
        assert list(await installation.container.blobs().names(scope)) == []
    assert crashes * CRASH_EVERY > 60


async def test_a_full_sweep_removes_files_of_documents_that_are_gone(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    parent = await mail(installation, scope)
    await installation.container.document_repository().remove(scope, parent)

    await installation.container.sweeper().sweep_fully(grace=NO_GRACE)

    with pytest.raises(NotFoundError):
        await installation.container.documents().get(scope, parent)
    assert await documents(installation, scope) == {}
