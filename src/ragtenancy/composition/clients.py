"""Composition of the use cases of clients: records, keys, configurations, deletion; and health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.app.admission import Admission
from ragtenancy.app.api_keys import ApiKeys, Authenticator, Peppers
from ragtenancy.app.audit.acts import Audit
from ragtenancy.app.audit.notes import AuditNotes
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.health import HealthChecks
from ragtenancy.app.intents import Intents
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions, TenantStores
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.app.tenants.views import TenantViews
from ragtenancy.app.usage.reports import UsageReports
from ragtenancy.composition.auditing import audited
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.prices import PriceList
from ragtenancy.domain.tenant_config import ConfigDefaults, ConfigRules
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.ports.health import Probe
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.ports.webhooks import WebhookRepository
from ragtenancy.settings import Settings


def compose_intents(intent_log: IntentLog, clock: Clock) -> Intents:
    """Compose the use cases of the intent log."""
    return Intents(intent_log, clock)


def compose_tenant_records(
    tenant_repository: TenantRepository, clock: Clock, audit: Audit
) -> TenantRecords:
    """Compose the use cases of tenant records."""
    return audited(TenantRecords(tenant_repository, clock), audit)


def compose_peppers(
    api_key_repository: ApiKeyRepository, pepper_store: PepperStore, audit: Audit
) -> Peppers:
    """Compose the peppers."""
    return audited(Peppers(api_key_repository, pepper_store), audit)


def compose_api_keys(
    tenant_records: TenantRecords,
    api_key_repository: ApiKeyRepository,
    peppers: Peppers,
    deletion_ledger: DeletionLedger,
    ids: Ids,
    clock: Clock,
    settings: Settings,
    audit: Audit,
) -> ApiKeys:
    """Compose the use cases of API keys."""
    return audited(
        ApiKeys(
            tenant_records,
            api_key_repository,
            peppers,
            deletion_ledger,
            ids,
            clock,
            environment=settings.environment,
        ),
        audit,
    )


def compose_authenticator(
    api_key_repository: ApiKeyRepository,
    peppers: Peppers,
    tenant_repository: TenantRepository,
    clock: Clock,
    admin_keys: Mapping[str, str],
    audit_notes: AuditNotes,
) -> Authenticator:
    """Compose the authenticator, which resolves credentials to principals."""
    return Authenticator(
        api_key_repository,
        peppers,
        tenant_repository,
        clock,
        admin_keys=admin_keys,
        noted=audit_notes.key_used,
    )


def compose_config_rules(settings: Settings, price_list: PriceList | None) -> ConfigRules:
    """Compose the rules for configurations, from the models that the installation offers."""
    return ConfigRules(
        allowed_models=settings.allowed_models,
        embedders=settings.backends.embeddings,
        default_model=settings.default_model,
        prices=price_list,
    )


def compose_configs(
    tenant_records: TenantRecords,
    tenant_config_repository: TenantConfigRepository,
    config_rules: ConfigRules,
    settings: Settings,
    clock: Clock,
    audit: Audit,
) -> TenantConfigs:
    """Compose the use cases of configurations; the first embedder listed is the default."""
    defaults = ConfigDefaults(
        limits=settings.default_limits, embedder=settings.backends.embeddings[0]
    )
    return audited(
        TenantConfigs(tenant_records, tenant_config_repository, config_rules, defaults, clock),
        audit,
    )


def compose_tenant_embedder(
    embedders: Embedders, configs: TenantConfigs, document_repository: DocumentRepository
) -> TenantEmbedder:
    """Compose the selection of a tenant's embedder."""
    return TenantEmbedder(embedders, configs, document_repository)


def compose_tenants(
    tenant_repository: TenantRepository,
    storage: TenantStorage,
    tenant_config_repository: TenantConfigRepository,
    deletions: DeletionRepository,
    api_keys: ApiKeys,
    config_rules: ConfigRules,
    intents: Intents,
    ids: Ids,
    clock: Clock,
    audit: Audit,
) -> Tenants:
    """Compose the use cases that create tenants."""
    return audited(
        Tenants(
            tenant_repository,
            storage,
            tenant_config_repository,
            deletions,
            api_keys,
            config_rules,
            intents,
            ids,
            clock,
        ),
        audit,
    )


def compose_tenant_views(
    tenant_records: TenantRecords,
    configs: TenantConfigs,
    document_repository: DocumentRepository,
    job_repository: JobRepository,
    manifests: Manifests,
    usage_reports: UsageReports,
) -> TenantViews:
    """Compose tenants' views of themselves."""
    return TenantViews(
        tenant_records, configs, document_repository, job_repository, manifests, usage_reports
    )


def compose_tenant_stores(
    storage: TenantStorage,
    api_key_repository: ApiKeyRepository,
    tenant_config_repository: TenantConfigRepository,
    job_repository: JobRepository,
    intent_log: IntentLog,
    webhook_repository: WebhookRepository,
    blobs: BlobStore,
    vectors: VectorIndex,
    lexical: LexicalIndex,
    manifests: Manifests,
    query_vectors: QueryVectors,
    lexicons: Lexicons,
    chat_model: ChatModel,
) -> TenantStores:
    """Compose the set of stores and caches that hold a tenant's data."""
    return TenantStores(
        storage,
        api_key_repository,
        tenant_config_repository,
        job_repository,
        intent_log,
        webhook_repository,
        blobs,
        vectors,
        lexical,
        manifests,
        query_vectors,
        lexicons,
        chat_model,
    )


def compose_tenant_deletions(
    tenant_records: TenantRecords,
    tenant_repository: TenantRepository,
    deletions: DeletionRepository,
    deletion_ledger: DeletionLedger,
    tenant_stores: TenantStores,
    ids: Ids,
    clock: Clock,
    audit: Audit,
) -> TenantDeletions:
    """Compose the use cases of tenant deletions."""
    return audited(
        TenantDeletions(
            tenant_records, tenant_repository, deletions, deletion_ledger, tenant_stores, ids, clock
        ),
        audit,
    )


def compose_admission(settings: Settings, clock: Clock, metrics: Metrics) -> Admission:
    """Compose the admission of requests by fair turns."""
    return Admission(settings.capacity, clock, metrics, weights=settings.weights)


def compose_health_checks(probes: Sequence[Probe], clock: Clock) -> HealthChecks:
    """Compose the health checks of every backend in use."""
    return HealthChecks(probes, clock)
