"""Documents and their ingestion jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.wire.fields import ClientId, Moment
from ragtenancy.wire.pages import PageQuery

DocumentStatus = Literal["processing", "active", "failed", "cancelled", "deleting"]
JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
JobStep = Literal["parse", "describe", "chunk", "embed", "index", "publish"]
Fraction = Annotated[float, Meta(ge=0, le=1)]


class DocumentsQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of documents."""

    status: DocumentStatus | None = None


class JobsQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of jobs."""

    status: JobStatus | None = None


class AllJobsQuery(JobsQuery, frozen=True, kw_only=True):
    """The query parameters for a list of all clients' jobs."""

    client_id: ClientId | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """The job that ingests an upload, which is stored durably."""

    job_id: str
    document_id: str
    status: JobStatus


class IngestionCounts(Struct, frozen=True, kw_only=True):
    """An ingestion's counts; `images_processed` counts described images."""

    total_chunks: int
    images_processed: int


class Document(Struct, frozen=True, kw_only=True):
    """A document; once it has an active version, it stays `active` whatever later jobs do."""

    document_id: str
    client_id: str
    filename: str
    version: str
    uploaded_at: Moment
    status: DocumentStatus
    metadata: Mapping[str, str | int | float | bool]
    ingestion: IngestionCounts


class Chunk(Struct, frozen=True, kw_only=True):
    """A chunk of a document's active version; `ordinal` counts from 0.

    The document's stored text is its chunks' texts in order, separated by line ends. `range` is the
    chunk's range in it, in characters (Unicode code points), end exclusive; null for documents
    stored before ranges were.
    """

    chunk_id: str
    document_id: str
    ordinal: int
    section: Sequence[str]
    text: str
    token_count: int
    page: int | None = None
    range: tuple[int, int] | None = None


class Removed(Struct, frozen=True, kw_only=True):
    """The numbers of items that a deletion removed."""

    vectors: int
    lexical: int
    chunks: int
    blobs: int


class Receipt(Struct, frozen=True, kw_only=True):
    """A document deletion's receipt; verified once every store counts zero."""

    document_id: str
    deleted_at: Moment
    removed: Removed
    verified: bool


class QueuePlace(Struct, frozen=True, kw_only=True):
    """The number of jobs ahead of a waiting one, 0 for the next, and why it waits."""

    position: int
    reason: str


class JobError(Struct, frozen=True, kw_only=True):
    """The reason for a job's failure."""

    code: str
    detail: str


class JobCounts(IngestionCounts, frozen=True, kw_only=True):
    """A job's counts and warnings."""

    warnings: Sequence[str]


class Job(Struct, frozen=True, kw_only=True):
    """An ingestion job."""

    job_id: str
    document_id: str
    client_id: str
    status: JobStatus
    step: JobStep | None
    progress: Fraction
    attempts: int
    queue: QueuePlace | None
    error: JobError | None
    created_at: Moment
    updated_at: Moment
    ingestion: JobCounts
