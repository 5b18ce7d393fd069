"""Documents and their ingestion jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.wire.fields import ClientId, Moment, about
from ragtenancy.wire.pages import PageQuery

DocumentStatus = Literal["processing", "active", "failed", "cancelled", "deleting"]
JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
JobStep = Literal["parse", "describe", "chunk", "embed", "index", "publish"]
Fraction = Annotated[float, Meta(ge=0, le=1)]


class DocumentsQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of documents."""

    status: Annotated[DocumentStatus | None, about("Only documents with this status.")] = None


class JobsQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of jobs."""

    status: Annotated[JobStatus | None, about("Only jobs with this status.")] = None


class AllJobsQuery(JobsQuery, frozen=True, kw_only=True):
    """The query parameters for a list of all clients' jobs."""

    client_id: Annotated[ClientId | None, about("Only this client's jobs.")] = None


class DocumentText(Struct, frozen=True, kw_only=True):
    """The text of a document's active version, in which sources count their `range`."""

    document_id: Annotated[str, about("The document's id.")]
    filename: Annotated[str, about("The document's filename.")]
    version: Annotated[str, about("The version that the text is of.")]
    text: Annotated[str, about("The chunks' texts in order, separated by line ends.")]


class Accepted(Struct, frozen=True, kw_only=True):
    """The job that ingests an upload, which is stored durably."""

    job_id: Annotated[
        str, about("The ingestion job; follow it at `/api/v1/ingest/status/{job_id}`.")
    ]
    document_id: Annotated[
        str, about("The document's id; send it with an upload to replace the document.")
    ]
    status: Annotated[JobStatus, about("The job's status; `queued` for a new upload.")]


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a file of a batch is refused."""

    code: Annotated[str, about("A documented code, as a single upload would be refused with.")]
    detail: Annotated[str, about("The reason in a sentence.")]


class BatchItem(Struct, frozen=True, kw_only=True):
    """What became of a file of a batch: its job, or why it is refused."""

    filename: Annotated[
        str | None, about("The name under which it is stored; null if it has no usable one.")
    ]
    job_id: Annotated[str | None, about("The ingestion job; null if the file is refused.")]
    document_id: Annotated[str | None, about("The document; null if the file is refused.")]
    status: Annotated[JobStatus | None, about("The job's status; null if the file is refused.")]
    error: Annotated[Refusal | None, about("Why the file is refused; null if it is accepted.")]


class Batch(Struct, frozen=True, kw_only=True):
    """The files of a batch in the order of the request or of the zip file."""

    items: Annotated[list[BatchItem], about("One for each file.")]


class IngestionCounts(Struct, frozen=True, kw_only=True):
    """An ingestion's counts; `images_processed` counts described images."""

    total_chunks: Annotated[int, about("The number of chunks.")]
    images_processed: Annotated[int, about("The number of pictures that were described.")]


class Document(Struct, frozen=True, kw_only=True):
    """A document; once it has an active version, it stays `active` whatever later jobs do."""

    document_id: Annotated[str, about("The document's id.")]
    client_id: Annotated[str, about("The client that owns the document.")]
    filename: Annotated[str, about("The name of the uploaded file.")]
    version: Annotated[
        str,
        about("The number of the version shown: the active one, or the newest if none is active."),
    ]
    uploaded_at: Annotated[Moment, about("When the version shown was uploaded.")]
    status: Annotated[
        DocumentStatus, about("`active`: searchable, even while a newer version is processed.")
    ]
    metadata: Annotated[
        Mapping[str, str | int | float | bool],
        about("The metadata sent with the upload; searches can filter by it."),
    ]
    ingestion: Annotated[IngestionCounts, about("The counts of the active version.")]
    attached_to: Annotated[
        str | None,
        about("The document whose file contains this one, such as a mail; null for an upload."),
    ] = None


class Chunk(Struct, frozen=True, kw_only=True):
    """A chunk of a document's active version; `ordinal` counts from 0.

    The document's stored text is its chunks' texts in order, separated by line ends. `range` is the
    chunk's range in it, in characters (Unicode code points), end exclusive; null for documents
    stored before ranges were.
    """

    chunk_id: Annotated[str, about("The chunk's id, as in sources.")]
    document_id: Annotated[str, about("The document that the chunk belongs to.")]
    ordinal: Annotated[int, about("The chunk's position in the document, from 0.")]
    section: Annotated[Sequence[str], about("The headings above the chunk, outermost first.")]
    text: Annotated[str, about("The chunk's text.")]
    token_count: Annotated[int, about("The chunk's length in tokens.")]
    page: Annotated[
        int | None,
        about("The page or slide on which the chunk begins, from 1; null if the format has none."),
    ] = None
    range: Annotated[
        tuple[int, int] | None,
        about(
            "The chunk's first character in the document's stored text, and the one after its last."
        ),
    ] = None


class Removed(Struct, frozen=True, kw_only=True):
    """The numbers of items that a deletion removed."""

    vectors: Annotated[int, about("Vectors.")]
    lexical: Annotated[int, about("Entries in the lexical index.")]
    chunks: Annotated[int, about("Chunks.")]
    blobs: Annotated[int, about("Original files.")]


class Receipt(Struct, frozen=True, kw_only=True):
    """A document deletion's receipt; verified once every store counts zero."""

    document_id: Annotated[str, about("The deleted document.")]
    deleted_at: Annotated[Moment, about("When the document was deleted.")]
    removed: Annotated[Removed, about("The number of items removed, by store.")]
    verified: Annotated[bool, about("Whether every store has confirmed that nothing is left.")]


class QueuePlace(Struct, frozen=True, kw_only=True):
    """The number of jobs ahead of a waiting one, 0 for the next, and why it waits."""

    position: Annotated[int, about("The number of jobs ahead of this one.")]
    reason: Annotated[str, about("Why the job waits.")]


class JobError(Struct, frozen=True, kw_only=True):
    """The reason for a job's failure."""

    code: Annotated[str, about("A stable code; see docs/errors.md.")]
    detail: Annotated[str, about("The cause in a sentence.")]


class JobCounts(IngestionCounts, frozen=True, kw_only=True):
    """A job's counts and warnings."""

    warnings: Annotated[Sequence[str], about("Parts of the file that were skipped or repaired.")]


class Job(Struct, frozen=True, kw_only=True):
    """An ingestion job."""

    job_id: Annotated[str, about("The job's id.")]
    document_id: Annotated[str, about("The document that the job ingests.")]
    client_id: Annotated[str, about("The client that owns the document.")]
    status: Annotated[
        JobStatus,
        about(
            "Where the job stands; the last three are final, except that a failed or cancelled job can be retried."
        ),
    ]
    step: Annotated[JobStep | None, about("The step in progress; null unless the job is running.")]
    progress: Annotated[Fraction, about("The completed share of the job, 0 to 1.")]
    attempts: Annotated[int, about("The number of attempts so far.")]
    queue: Annotated[QueuePlace | None, about("The place in the queue; null unless the job waits.")]
    error: Annotated[
        JobError | None, about("The cause of the last failure; null if there was none.")
    ]
    created_at: Annotated[Moment, about("When the upload was accepted.")]
    updated_at: Annotated[Moment, about("When the job's record last changed.")]
    ingestion: Annotated[JobCounts, about("What has been counted so far.")]
