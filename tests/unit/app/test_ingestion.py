"""Ingestion from upload to active document, and failures on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from dependency_injector import providers

from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.container import Container
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import (
    ConflictError,
    InvalidError,
    LimitError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import LEASE, MAX_ATTEMPTS, JobStatus
from ragtenancy.domain.tenant_config import Limits, TenantConfig
from ragtenancy.ports.embeddings import Vectors
from tests.doubles import FailingEmbedder
from tests.unit.app.conftest import Installation


class EndlessEmbedder(FailingEmbedder):
    async def embed(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002 - the port names it
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_upload_becomes_searchable(installation: Installation) -> None:
    scope = await installation.tenant()

    document_id = await installation.ingest(scope)

    found = await installation.search(scope, "refunds paid within days")
    assert found.hits[0].source.document_id == document_id


async def test_an_accepted_upload_waits_for_a_worker(installation: Installation) -> None:
    scope = await installation.tenant()

    accepted = await installation.submit(scope)

    view = await installation.job(scope, accepted)
    assert (view.job.status, view.place and view.place.position) == (JobStatus.QUEUED, 0)


async def test_a_finished_job_reports_its_counts(installation: Installation) -> None:
    scope = await installation.tenant()

    accepted = await installation.submit(scope)
    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.progress) == (JobStatus.SUCCEEDED, 1.0)
    assert job.counts.total_chunks > 0


async def test_the_same_file_again_is_the_same_document_and_job(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope)
    await installation.work()

    again = await installation.submit(scope)

    assert (again.document_id, again.job_id) == (first.document_id, first.job_id)


async def test_the_same_name_with_other_bytes_is_another_document(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope)

    other = await installation.submit(scope, "# Other\n\nWords.")

    assert other.document_id != first.document_id


async def test_a_replaced_document_answers_from_the_new_version_alone(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    await installation.submit(scope, "# Refunds\n\nNever.", document_id=document_id)
    await installation.work()

    found = await installation.search(scope, "refunds")
    assert [hit.source.text for hit in found.hits] == ["Never."]


async def test_a_document_answers_from_the_old_version_until_replaced(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    await installation.submit(scope, "# Refunds\n\nNever.", document_id=document_id)

    found = await installation.search(scope, "refunds paid within days")
    assert "30 days" in found.hits[0].source.text


async def test_replacing_leaves_one_original_and_one_revision(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    await installation.submit(scope, "# Refunds\n\nNever.", document_id=document_id)
    await installation.work()

    container = installation.container
    assert len(await container.blobs().names(scope)) == 1
    assert len(await container.chunks().revisions(scope)) == 1


async def test_a_foreign_document_cannot_be_replaced(installation: Installation) -> None:
    mine, theirs = await installation.tenant("mine"), await installation.tenant("theirs")
    foreign = await installation.ingest(theirs)

    with pytest.raises(NotFoundError):
        await installation.submit(mine, document_id=foreign)


async def test_a_refused_upload_leaves_nothing(installation: Installation) -> None:
    scope = await installation.tenant()

    with pytest.raises(NotFoundError):
        await installation.submit(scope, document_id=DocumentId("doc_none"))

    assert await installation.container.blobs().names(scope) == ()


async def test_bytes_that_no_parser_knows_are_refused(installation: Installation) -> None:
    scope = await installation.tenant()

    with pytest.raises(UnsupportedError):
        await installation.submit(scope, "\0\1\2\3" * 100, filename="x.bin")


async def test_a_document_without_text_fails_with_its_code(installation: Installation) -> None:
    scope = await installation.tenant()

    accepted = await installation.submit(scope, " \n\n ", filename="empty.md")
    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.error and job.error.code) == (JobStatus.FAILED, "no_text")
    document = await installation.container.documents().get(scope, accepted.document_id)
    assert document.status is DocumentStatus.FAILED


async def test_of_a_failed_document_the_original_alone_is_kept_until_it_is_deleted(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope, " ", filename="blank.md")
    await installation.work()
    documents = installation.container.documents()

    original = await documents.original(scope, accepted.document_id)
    kept = b"".join([piece async for piece in original.body])
    revisions = await installation.container.chunks().revisions(scope)
    await documents.delete(scope, accepted.document_id)

    assert (original.filename, kept, list(revisions)) == ("blank.md", b" ", [])
    assert await installation.container.blobs().names(scope) == ()


async def test_a_failed_replacement_keeps_the_old_version(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)

    await installation.submit(scope, " \n", filename="guide.md", document_id=document_id)
    await installation.work()

    document = await installation.container.documents().get(scope, document_id)
    assert document.status is DocumentStatus.ACTIVE
    assert (await installation.search(scope, "refunds paid within days")).hits


async def test_a_model_that_is_away_puts_the_job_back(container: Container) -> None:
    container.embedder.override(providers.Object(FailingEmbedder(failures=1)))
    installation = Installation(container)
    scope = await installation.tenant()

    accepted = await installation.submit(scope)
    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 1)
    assert job.not_before is not None


async def test_a_job_succeeds_once_the_model_is_back(container: Container) -> None:
    container.embedder.override(providers.Object(FailingEmbedder(failures=2)))
    installation = Installation(container)
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await installation.work_through(4)

    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


async def test_a_job_reports_exhausted_attempts(container: Container) -> None:
    container.embedder.override(providers.Object(FailingEmbedder(failures=MAX_ATTEMPTS)))
    installation = Installation(container)
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await installation.work_through(MAX_ATTEMPTS)

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.error and job.error.code) == (JobStatus.FAILED, "attempts_exhausted")


async def test_an_attempt_that_never_ends_fails_with_a_reason(container: Container) -> None:
    container.embedder.override(providers.Object(EndlessEmbedder()))
    container.ingestion().longest_attempt = 0.05
    installation = Installation(container)
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.error and job.error.code) == (JobStatus.FAILED, "job_timeout")


async def test_reading_a_job_with_an_expired_lease_requeues_it(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    clock = installation.container.clock()
    taken = await installation.container.job_repository().take(
        "elsewhere:1:1", clock.now() - 2 * LEASE
    )
    assert taken is not None

    view = await installation.job(scope, accepted)

    assert (view.job.status, view.job.attempts) == (JobStatus.QUEUED, 1)
    assert view.place is not None
    assert view.place.position == 0


async def test_a_limit_on_the_size_holds(installation: Installation) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=Limits(max_upload_bytes=50)))

    with pytest.raises(TooLargeError):
        await installation.submit(scope)


async def test_a_limit_on_pending_jobs_holds(installation: Installation) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=Limits(max_pending_jobs=1)))
    await installation.submit(scope)

    with pytest.raises(LimitError) as caught:
        await installation.submit(scope, "# Other\n\nWords.")

    assert (caught.value.reason, caught.value.retry_after is not None) == ("max_pending_jobs", True)


async def test_a_limit_on_documents_holds(installation: Installation) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=Limits(max_documents=1)))
    await installation.ingest(scope)

    with pytest.raises(LimitError) as caught:
        await installation.submit(scope, "# Other\n\nWords.")

    assert caught.value.reason == "max_documents"


async def test_a_repeated_request_gets_the_first_ones_reply(installation: Installation) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope, idempotency_key="k")
    await installation.work()

    again = await installation.submit(scope, idempotency_key="k")

    assert (again.job_id, again.replayed) == (first.job_id, True)


async def test_a_repeated_reply_has_the_first_ones_status(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    first = await installation.submit(scope, idempotency_key="k")

    again = await installation.submit(scope, idempotency_key="k")

    assert (first.status, again.status) == (JobStatus.SUCCEEDED, JobStatus.SUCCEEDED)


async def test_an_idempotency_key_with_another_body_is_refused(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.submit(scope, idempotency_key="k")

    with pytest.raises(InvalidError):
        await installation.submit(scope, "# Other\n\nWords.", idempotency_key="k")


async def test_an_idempotency_key_of_a_refused_request_is_free_again(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    with pytest.raises(NotFoundError):
        await installation.submit(scope, document_id=DocumentId("doc_x"), idempotency_key="k")

    accepted = await installation.submit(scope, idempotency_key="k")

    assert not accepted.replayed


async def test_a_cancelled_job_is_not_worked_on(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    await installation.container.jobs().cancel(scope, accepted.job_id)
    await installation.work()

    assert (await installation.job(scope, accepted)).job.status is JobStatus.CANCELLED


async def test_a_finished_job_cannot_be_cancelled(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.work()

    with pytest.raises(ConflictError) as caught:
        await installation.container.jobs().cancel(scope, accepted.job_id)

    assert caught.value.reason == "job_finished"


async def test_a_cancelled_job_can_be_retried(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.container.jobs().cancel(scope, accepted.job_id)

    await installation.container.jobs().retry(scope, accepted.job_id)
    await installation.work()

    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


async def test_uploading_a_cancelled_file_again_retries_it(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await installation.container.jobs().cancel(scope, accepted.job_id)

    again = await installation.submit(scope)
    await installation.work()

    assert again.job_id == accepted.job_id
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


async def test_a_newer_upload_cancels_a_pending_one(installation: Installation) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope)
    await installation.submit(scope, "# Other\n\nWords.", document_id=first.document_id)

    await installation.work()

    assert (await installation.job(scope, first)).job.status is JobStatus.CANCELLED
    found = await installation.search(scope, "words")
    assert [hit.source.text for hit in found.hits] == ["Words."]


async def test_the_same_file_from_concurrent_requests_is_stored_once(
    container: Container,
) -> None:
    container.clock.override(providers.Singleton(SystemClock))
    installation = Installation(container)
    scope = await installation.tenant()

    accepted = await asyncio.gather(*(installation.submit(scope) for _ in range(6)))

    assert len({each.document_id for each in accepted}) == 1
    assert await container.document_repository().count(scope) == 1
    assert len(await container.blobs().names(scope)) == 1


async def test_uploading_again_completes_an_upload_that_was_cut_short(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope)
    await installation.container.job_repository().drop(scope)

    again = await installation.submit(scope)
    await installation.work()

    assert again.document_id == first.document_id
    assert (await installation.job(scope, again)).job.status is JobStatus.SUCCEEDED


async def test_the_same_file_with_other_metadata_is_a_new_version_not_a_copy(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope, metadata={"product": "a"})
    await installation.work()

    again = await installation.submit(scope, metadata={"product": "b"})
    await installation.work()

    document = await installation.container.documents().get(scope, first.document_id)
    assert again.document_id == first.document_id
    assert (document.shown.version, dict(document.shown.metadata)) == (2, {"product": "b"})
