"""Every store of records and bytes, under its port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
    from ragtenancy.ports.audit import AuditLog
    from ragtenancy.ports.blobs import BlobStore
    from ragtenancy.ports.chunks import ChunkRepository
    from ragtenancy.ports.conversations import ConversationRepository
    from ragtenancy.ports.deletion_ledger import DeletionLedger
    from ragtenancy.ports.deletions import DeletionRepository
    from ragtenancy.ports.derived_cache import DerivedCache
    from ragtenancy.ports.documents import DocumentRepository
    from ragtenancy.ports.idempotency import IdempotencyStore
    from ragtenancy.ports.intents import DutyRoster, IntentLog
    from ragtenancy.ports.jobs import JobRepository
    from ragtenancy.ports.sentence_vectors import SentenceVectorCache
    from ragtenancy.ports.session_locks import SessionLocks
    from ragtenancy.ports.tenant_configs import TenantConfigRepository
    from ragtenancy.ports.tenant_storage import TenantStorage
    from ragtenancy.ports.tenants import TenantRepository
    from ragtenancy.ports.usage import UsageRepository
    from ragtenancy.ports.vectors import VectorIndex
    from ragtenancy.ports.webhooks import WebhookRepository


class Stores(Struct, frozen=True, kw_only=True):
    """Every store of records and bytes.

    Only embedded records store sentence vectors.
    """

    tenants: TenantRepository
    tenant_configs: TenantConfigRepository
    api_keys: ApiKeyRepository
    peppers: PepperStore
    jobs: JobRepository
    deletions: DeletionRepository
    deletion_ledger: DeletionLedger
    audit: AuditLog
    intent_log: IntentLog
    duties: DutyRoster
    webhooks: WebhookRepository
    documents: DocumentRepository
    chunks: ChunkRepository
    conversations: ConversationRepository
    session_locks: SessionLocks
    usage: UsageRepository
    idempotency: IdempotencyStore
    derived_cache: DerivedCache
    blobs: BlobStore
    storage: TenantStorage
    vectors: VectorIndex
    sentence_vectors: SentenceVectorCache | None = None
