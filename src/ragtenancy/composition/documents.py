"""Composition of the use cases of documents and jobs."""

from __future__ import annotations

from ragtenancy.app.documents import Documents
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.app.jobs.quota import JobQuota
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.webhooks.announcing import Announcements
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex


def compose_documents(
    document_repository: DocumentRepository,
    job_repository: JobRepository,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    lexical: LexicalIndex,
    blobs: BlobStore,
    deletion_ledger: DeletionLedger,
    intents: Intents,
    announcements: Announcements,
    clock: Clock,
) -> Documents:
    """Compose the use cases of documents."""
    return Documents(
        document_repository,
        job_repository,
        chunks,
        vectors,
        lexical,
        blobs,
        deletion_ledger,
        intents,
        announcements,
        clock,
    )


def compose_jobs(
    job_repository: JobRepository,
    document_repository: DocumentRepository,
    tenant_records: TenantRecords,
    job_quota: JobQuota,
    job_signals: JobSignals,
    clock: Clock,
) -> Jobs:
    """Compose the use cases of jobs."""
    return Jobs(
        job_repository,
        document_repository,
        tenant_records,
        job_quota,
        job_signals,
        clock,
    )
