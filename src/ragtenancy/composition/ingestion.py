"""Composition of ingestion, its workers, reindexing and the sweeper."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.archives import ZipArchives
from ragtenancy.adapters.formats.fingerprint import readers_fingerprint
from ragtenancy.app.audit.acts import Audit
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.documents import Documents
from ragtenancy.app.ingestion.acceptance import Acceptance
from ragtenancy.app.ingestion.attachments import Attachments
from ragtenancy.app.ingestion.batches import Batches
from ragtenancy.app.ingestion.embeddings import CachedEmbeddings
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.idempotency import IdempotencyKeys
from ragtenancy.app.ingestion.image_descriptions import ImageDescriptions
from ragtenancy.app.ingestion.ingestion import Ingestion
from ragtenancy.app.ingestion.originals import OriginalReader
from ragtenancy.app.ingestion.pipeline import Pipeline
from ragtenancy.app.ingestion.uploads import Uploads
from ragtenancy.app.ingestion.worker import Worker
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.quota import JobQuota
from ragtenancy.app.maintenance.garbage import GarbageCollector
from ragtenancy.app.maintenance.inspection import Inspection
from ragtenancy.app.maintenance.reconciliation import Reconciliation
from ragtenancy.app.maintenance.sweeper import Expiry, Sweeper
from ragtenancy.app.reindexing.reembedding import Reembedding
from ragtenancy.app.reindexing.reindexing import Reindexing
from ragtenancy.app.reindexing.reparsing import Reparsing
from ragtenancy.app.revisions import Revisions
from ragtenancy.app.steps import Steps
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.composition.adapters import max_idle
from ragtenancy.composition.auditing import audited
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.images import ImageDescriber
from ragtenancy.ports.intents import DutyRoster, IntentLog
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import Holders, JobRepository
from ragtenancy.ports.parsing import DocumentParser, FileTypeDetector
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.ports.webhooks import WebhookRepository
from ragtenancy.settings import Settings
from ragtenancy.settings.tree import processors


def compose_revisions(
    document_repository: DocumentRepository,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    blobs: BlobStore,
) -> Revisions:
    """Compose the staging, listing and removal of revisions."""
    return Revisions(document_repository, chunks, vectors, blobs)


def compose_job_quota(configs: TenantConfigs, job_repository: JobRepository) -> JobQuota:
    """Compose the quota for jobs."""
    return JobQuota(configs, job_repository)


def compose_formats(
    parsers: Sequence[DocumentParser], file_types: FileTypeDetector, blobs: BlobStore
) -> Formats:
    """Compose the selection of a file's parser."""
    return Formats(parsers, file_types, blobs)


def compose_uploads(
    configs: TenantConfigs,
    formats: Formats,
    job_quota: JobQuota,
    document_repository: DocumentRepository,
    job_repository: JobRepository,
    blobs: BlobStore,
    idempotency: IdempotencyStore,
    job_signals: JobSignals,
    intents: Intents,
    ids: Ids,
    clock: Clock,
    holders: Holders,
) -> Uploads:
    """Compose the use cases of uploads."""
    acceptance = Acceptance(
        job_quota, document_repository, job_repository, blobs, job_signals, intents, ids, clock
    )
    keys = IdempotencyKeys(idempotency, clock, holders.me())
    return Uploads(configs, blobs, formats, acceptance, keys, intents, ids)


def compose_batches(uploads: Uploads) -> Batches:
    """Compose the submission of many files at once."""
    return Batches(uploads, ZipArchives())


def compose_image_descriptions(
    configs: TenantConfigs,
    image_describer: ImageDescriber,
    derived_cache: DerivedCache,
    accounts: Accounts,
    clock: Clock,
) -> ImageDescriptions:
    """Compose the description of documents' pictures."""
    return ImageDescriptions(configs, image_describer, derived_cache, accounts, clock)


def compose_embeddings(derived_cache: DerivedCache, clock: Clock) -> CachedEmbeddings:
    """Compose the embedding of a tenant's texts, cached by content."""
    return CachedEmbeddings(derived_cache, clock)


def compose_originals(
    blobs: BlobStore,
    formats: Formats,
    image_descriptions: ImageDescriptions,
    configs: TenantConfigs,
    token_counter: TokenCounter,
) -> OriginalReader:
    """Compose the reading of originals into chunks."""
    return OriginalReader(
        blobs, formats, image_descriptions, configs, token_counter, readers_fingerprint()
    )


def compose_attachments(
    uploads: Uploads, documents: Documents, document_repository: DocumentRepository
) -> Attachments:
    """Compose the making of documents from files inside files."""
    return Attachments(uploads, documents, document_repository)


def compose_ingestion(
    document_repository: DocumentRepository,
    originals: OriginalReader,
    attachments: Attachments,
    embeddings: CachedEmbeddings,
    revisions: Revisions,
    tenant_embedder: TenantEmbedder,
    intents: Intents,
    ids: Ids,
    clock: Clock,
) -> Ingestion:
    """Compose the ingestion, which runs a leased job to its end."""
    pipeline = Pipeline(originals, embeddings, revisions, intents)
    return Ingestion(
        document_repository,
        tenant_embedder,
        pipeline,
        originals,
        attachments,
        revisions,
        intents,
        ids,
        clock,
    )


def compose_worker(
    job_repository: JobRepository,
    tenant_repository: TenantRepository,
    ingestion: Ingestion,
    holders: Holders,
    clock: Clock,
    steps: Steps,
    settings: Settings,
) -> Worker:
    """Compose the worker; each of its runs has a scheduler of its own."""
    return Worker(
        job_repository,
        tenant_repository,
        ingestion,
        holders,
        clock,
        steps,
        processors=processors(),
        max_idle=max_idle(settings),
    )


def compose_reindexing(
    document_repository: DocumentRepository,
    chunks: ChunkRepository,
    revisions: Revisions,
    embeddings: CachedEmbeddings,
    token_counter: TokenCounter,
    tenant_embedder: TenantEmbedder,
    intents: Intents,
    clock: Clock,
    audit: Audit,
) -> Reindexing:
    """Compose reindexing, which moves a tenant's documents to another embedding model."""
    reembedding = Reembedding(
        document_repository, chunks, revisions, embeddings, token_counter, clock
    )
    return audited(
        Reindexing(document_repository, reembedding, revisions, tenant_embedder, intents), audit
    )


def compose_reparsing(
    document_repository: DocumentRepository,
    chunks: ChunkRepository,
    originals: OriginalReader,
    attachments: Attachments,
    formats: Formats,
    revisions: Revisions,
    embeddings: CachedEmbeddings,
    tenant_embedder: TenantEmbedder,
    intents: Intents,
    clock: Clock,
    audit: Audit,
) -> Reparsing:
    """Compose the reading of stored originals by the present readers."""
    return audited(
        Reparsing(
            document_repository,
            chunks,
            originals,
            attachments,
            formats,
            revisions,
            embeddings,
            tenant_embedder,
            intents,
            clock,
        ),
        audit,
    )


def compose_reconciliation(
    document_repository: DocumentRepository,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    blobs: BlobStore,
    job_repository: JobRepository,
    deletions: DeletionRepository,
    tenant_deletions: TenantDeletions,
    ids: Ids,
    clock: Clock,
) -> Reconciliation:
    """Compose the comparison of the stores with the catalogue."""
    return Reconciliation(
        document_repository,
        chunks,
        vectors,
        blobs,
        job_repository,
        deletions,
        tenant_deletions,
        ids,
        clock,
    )


def compose_inspection(
    tenant_repository: TenantRepository,
    document_repository: DocumentRepository,
    revisions: Revisions,
    blobs: BlobStore,
    storage: TenantStorage,
    intent_log: IntentLog,
    deletions: DeletionRepository,
    reconciliation: Reconciliation,
    clock: Clock,
) -> Inspection:
    """Compose the comparison that changes nothing."""
    return Inspection(
        tenant_repository,
        document_repository,
        revisions,
        blobs,
        storage,
        intent_log,
        deletions,
        reconciliation,
        clock,
    )


def compose_sweeper(
    tenant_repository: TenantRepository,
    deletions: DeletionRepository,
    intent_log: IntentLog,
    storage: TenantStorage,
    tenant_config_repository: TenantConfigRepository,
    duties: DutyRoster,
    document_repository: DocumentRepository,
    job_repository: JobRepository,
    blobs: BlobStore,
    derived_cache: DerivedCache,
    idempotency: IdempotencyStore,
    revisions: Revisions,
    documents: Documents,
    reconciliation: Reconciliation,
    tenant_deletions: TenantDeletions,
    webhook_repository: WebhookRepository,
    clock: Clock,
    settings: Settings,
) -> Sweeper:
    """Compose the sweeper."""
    garbage = GarbageCollector(
        document_repository,
        job_repository,
        blobs,
        intent_log,
        revisions,
        documents,
        clock,
    )
    expiry = Expiry(tenant_repository, derived_cache, idempotency, clock)
    return Sweeper(
        tenant_repository,
        deletions,
        intent_log,
        storage,
        tenant_config_repository,
        duties,
        garbage,
        reconciliation,
        expiry,
        tenant_deletions,
        webhook_repository,
        clock,
        full_sweep_at=settings.full_sweep_at,
    )
