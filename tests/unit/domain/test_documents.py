"""A document's versions, fences and states."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from ragtenancy.domain.documents import (
    ORIGINAL_MISSING,
    ActiveVersion,
    Document,
    DocumentStatus,
    Metadata,
    Upload,
    manifest_entry,
)
from ragtenancy.domain.errors import ConflictError, LeaseLostError
from ragtenancy.domain.ids import (
    BlobName,
    ContentHash,
    DocumentId,
    Fingerprint,
    JobId,
    Revision,
    TenantUid,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def upload(version: int = 1, job: str = "job_1") -> Upload:
    return Upload(
        version=version,
        filename="guide.docx",
        media_type="text/plain",
        content_hash=ContentHash("0" * 64),
        size=10,
        blob=BlobName(f"blob_{version}"),
        uploaded_at=NOW,
        job_id=JobId(job),
    )


def active(of: Upload, revision: str = "1-1") -> ActiveVersion:
    return ActiveVersion(
        upload=of,
        revision=Revision(revision),
        total_chunks=3,
        embedding_fingerprint=Fingerprint("f"),
    )


def fresh() -> Document:
    return Document(
        tenant_uid=TenantUid("t" + "a" * 26),
        document_id=DocumentId("doc_1"),
        created_at=NOW,
        pending=upload(),
    )


def published() -> Document:
    claimed = fresh().claimed(JobId("job_1"), 1)
    return claimed.published(JobId("job_1"), 1, active(upload()))


def test_a_new_document_is_processing() -> None:
    assert fresh().status is DocumentStatus.PROCESSING


def test_a_failed_first_upload_makes_the_document_failed() -> None:
    assert fresh().failed(JobId("job_1"), "no_text").status is DocumentStatus.FAILED


def test_publishing_makes_the_revision_the_one_that_answers() -> None:
    assert published().active_revision == "1-1"


def test_publishing_with_an_older_fence_is_refused() -> None:
    claimed = fresh().claimed(JobId("job_1"), 2)

    with pytest.raises(LeaseLostError):
        claimed.published(JobId("job_1"), 1, active(upload()))


def test_claiming_with_an_older_fence_is_refused() -> None:
    claimed = fresh().claimed(JobId("job_1"), 2)

    with pytest.raises(LeaseLostError):
        claimed.claimed(JobId("job_1"), 1)


def test_an_overtaken_upload_cannot_be_published() -> None:
    overtaken = fresh().claimed(JobId("job_1"), 3).replaced_by(upload(2, "job_2"))

    with pytest.raises(LeaseLostError):
        overtaken.published(JobId("job_1"), 3, active(upload()))


def test_a_newer_upload_may_be_claimed_with_its_own_first_fence() -> None:
    overtaken = fresh().claimed(JobId("job_1"), 3).replaced_by(upload(2, "job_2"))

    assert overtaken.claimed(JobId("job_2"), 1).fence == 1


def test_a_replaced_document_answers_from_its_old_version_until_the_new_one_is_whole() -> None:
    replaced = published().replaced_by(upload(2, "job_2"))

    assert (replaced.status, replaced.active_revision) == (DocumentStatus.ACTIVE, "1-1")


def test_a_failed_replacement_leaves_the_document_active() -> None:
    replaced = published().replaced_by(upload(2, "job_2")).failed(JobId("job_2"), "no_text")

    assert replaced.status is DocumentStatus.ACTIVE


def test_a_failure_of_an_earlier_job_changes_nothing() -> None:
    replaced = published().replaced_by(upload(2, "job_2"))

    assert replaced.failed(JobId("job_1"), "no_text") == replaced


def test_a_deleted_document_answers_no_more() -> None:
    deleted = published().deleted()

    assert (deleted.active_revision, manifest_entry(deleted)) == (None, None)


def test_a_deleted_document_still_names_its_originals() -> None:
    deleted = published().replaced_by(upload(2, "job_2")).deleted()

    assert deleted.blobs == {"blob_1", "blob_2"}


def test_nothing_is_published_into_a_deleted_document() -> None:
    deleted = fresh().claimed(JobId("job_1"), 1).deleted()

    with pytest.raises(LeaseLostError):
        deleted.published(JobId("job_1"), 1, active(upload()))


def test_a_deleted_document_cannot_be_replaced() -> None:
    with pytest.raises(ConflictError):
        published().deleted().replaced_by(upload(2, "job_2"))


def test_versions_count_up_from_the_newest_upload() -> None:
    assert published().replaced_by(upload(2, "job_2")).next_version == 3


def test_the_staging_revision_of_a_claimed_upload_is_live() -> None:
    replaced = published().replaced_by(upload(2, "job_2")).claimed(JobId("job_2"), 4)

    assert replaced.live_revisions == {"1-1", "2-4"}


@pytest.mark.parametrize(
    ("filename", "digest", "metadata", "same"),
    [
        ("guide.docx", "0", None, True),
        ("guide.docx", "0", {}, False),
        ("guide.docx", "0", {"team": "a"}, True),
        ("guide.docx", "0", {"team": "b"}, False),
        ("guide.docx", "1", None, False),
        ("other.docx", "0", None, False),
    ],
)
def test_the_same_upload_has_the_same_name_bytes_and_metadata_if_any(
    filename: str, digest: str, metadata: Metadata | None, same: bool
) -> None:
    tagged = structs.replace(fresh(), pending=structs.replace(upload(), metadata={"team": "a"}))

    assert tagged.holds_upload(filename, ContentHash(digest * 64), metadata) is same


def test_an_upload_whose_original_was_lost_is_the_same_as_none() -> None:
    lost = fresh().failed(JobId("job_1"), ORIGINAL_MISSING)

    assert not lost.holds_upload("guide.docx", ContentHash("0" * 64), None)
