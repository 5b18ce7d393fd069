"""The whole installation: the ports that the settings select, and the use cases built on them.

HTTP, CLI, worker, package and tests take every adapter from here.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from ragtenancy.app.chat.chat import SessionHolder
from ragtenancy.app.embedding import TextEmbedding
from ragtenancy.app.monitoring import Monitoring
from ragtenancy.app.request_limits import RequestLimits
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.overviews import OverviewFinder
from ragtenancy.app.search.passages import EvidenceWeigher
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.steps import Steps
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.app.usage.reports import UsageReports
from ragtenancy.composition import adapters, auditing, clients, migration, models
from ragtenancy.composition import webhooks as webhooks_of
from ragtenancy.composition.answering import (
    compose_chat,
    compose_chat_graph,
    compose_chat_nodes,
    compose_conversations,
    compose_feedback,
    compose_passages,
    compose_previews,
    compose_relevance_scales,
    compose_retriever,
    compose_search,
    compose_throwaway,
    compose_vector_stores,
)
from ragtenancy.composition.backends import (
    compose_installed_backends,
    compose_probes,
    compose_resources,
)
from ragtenancy.composition.backups import compose_ledger_replay
from ragtenancy.composition.by_name import by_name
from ragtenancy.composition.documents import compose_documents, compose_jobs
from ragtenancy.composition.evidence import compose_signing_key, compose_statements
from ragtenancy.composition.ingestion import (
    compose_attachments,
    compose_batches,
    compose_embeddings,
    compose_formats,
    compose_image_descriptions,
    compose_ingestion,
    compose_inspection,
    compose_job_quota,
    compose_originals,
    compose_reconciliation,
    compose_reindexing,
    compose_reparsing,
    compose_revisions,
    compose_sweeper,
    compose_uploads,
    compose_worker,
)
from ragtenancy.composition.operating import (
    compose_bundles,
    compose_calibration,
    compose_corpus_loader,
    compose_namespace_migration,
    compose_prompt_migration,
    compose_question_rankings,
    compose_search_evaluation,
)
from ragtenancy.composition.ports import ports_among
from ragtenancy.composition.stand_in import find_stand_in
from ragtenancy.composition.stand_in import within_reach as find_within_reach
from ragtenancy.composition.stores import compose_stores
from ragtenancy.composition.usage import compose_price_list, compose_search_tally
from ragtenancy.domain.usage import UsageTally
from ragtenancy.settings import Settings


class Container(containers.DeclarativeContainer):
    """Every port and use case, each a singleton created on first use."""

    settings = providers.Dependency(instance_of=Settings)
    closers: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)

    # -- ports: the world
    clock = providers.Singleton(adapters.clock)
    ids = providers.Singleton(adapters.ids)
    holders = providers.Singleton(adapters.holders)
    usage_tally = providers.Singleton(UsageTally)
    metrics = by_name(adapters.metrics, locals())
    tracer = by_name(adapters.compose_tracer, locals())
    steps = by_name(Steps, locals())

    # -- ports: records and bytes
    stand_in = by_name(find_stand_in, locals())
    within_reach = by_name(find_within_reach, locals())
    resources = by_name(compose_resources, locals())
    stores = by_name(compose_stores, locals())
    tenant_repository = stores.provided.tenants
    tenant_config_repository = stores.provided.tenant_configs
    api_key_repository = stores.provided.api_keys
    pepper_store = stores.provided.peppers
    deletions = stores.provided.deletions
    deletion_ledger = stores.provided.deletion_ledger
    intent_log = stores.provided.intent_log
    duties = stores.provided.duties
    job_repository = stores.provided.jobs
    webhook_repository = stores.provided.webhooks
    webhook_sender = by_name(webhooks_of.compose_webhook_sender, locals())
    document_repository = stores.provided.documents
    chunks = stores.provided.chunks
    conversation_repository = stores.provided.conversations
    session_locks = stores.provided.session_locks
    usage_repository = stores.provided.usage
    audit_log = stores.provided.audit
    idempotency = stores.provided.idempotency
    derived_cache = by_name(adapters.compose_derived_cache, locals())
    blobs = stores.provided.blobs
    storage = stores.provided.storage
    vectors = stores.provided.vectors
    audit = by_name(auditing.compose_audit, locals())
    audit_notes = by_name(auditing.compose_audit_notes, locals())
    audit_reports = by_name(auditing.compose_audit_reports, locals())
    intents = by_name(clients.compose_intents, locals())
    announcements = by_name(webhooks_of.compose_announcements, locals())

    # -- ports: hints of waiting jobs
    job_signals = by_name(adapters.compose_job_signals, locals())

    # -- ports: language
    analyzer = providers.Singleton(adapters.analyzer)
    lexicons = providers.Singleton(adapters.lexicons, analyzer)
    glossaries = providers.Singleton(adapters.glossaries, analyzer)
    embedder = by_name(models.compose_embedder, locals())
    embedders = by_name(models.compose_embedders, locals())
    token_counter = by_name(models.compose_token_counter, locals())
    query_vectors = by_name(QueryVectors, locals())
    lexical = by_name(adapters.compose_lexical, locals())
    chat_model = by_name(models.compose_chat_model, locals())
    measured_chat_model = by_name(models.compose_measured_chat_model, locals())
    vision_model = by_name(models.compose_vision_model, locals())
    image_describer = by_name(models.compose_image_describer, locals())
    parsers = providers.Singleton(adapters.parsers)
    file_types = providers.Singleton(adapters.file_types, settings)
    ports = providers.Callable(
        ports_among, **{k: v for k, v in locals().items() if isinstance(v, providers.Provider)}
    )
    job_listener = by_name(adapters.compose_job_listener, locals())
    admin_keys = providers.Singleton(adapters.admin_keys, settings, ids)

    # -- search
    manifests = providers.Singleton(Manifests, document_repository)
    retriever = by_name(compose_retriever, locals())
    relevance_scales = by_name(compose_relevance_scales, locals())
    evidence = by_name(EvidenceWeigher, locals())
    passages = by_name(compose_passages, locals())
    overviews = by_name(OverviewFinder, locals())

    # -- clients
    tenant_records = by_name(clients.compose_tenant_records, locals())
    price_list = by_name(compose_price_list, locals())
    config_rules = by_name(clients.compose_config_rules, locals())
    configs = by_name(clients.compose_configs, locals())
    tenant_embedder = by_name(clients.compose_tenant_embedder, locals())
    peppers = by_name(clients.compose_peppers, locals())
    api_keys = by_name(clients.compose_api_keys, locals())
    authenticator = by_name(clients.compose_authenticator, locals())
    admission = by_name(clients.compose_admission, locals())
    request_limits = by_name(RequestLimits, locals())
    tenants = by_name(clients.compose_tenants, locals())
    search_tally = by_name(compose_search_tally, locals())
    usage_reports = by_name(UsageReports, locals())
    accounts = by_name(Accounts, locals())
    tenant_views = by_name(clients.compose_tenant_views, locals())
    tenant_stores = by_name(clients.compose_tenant_stores, locals())
    tenant_deletions = by_name(clients.compose_tenant_deletions, locals())

    # -- documents and jobs
    documents = by_name(compose_documents, locals())
    job_quota = by_name(compose_job_quota, locals())
    jobs = by_name(compose_jobs, locals())

    # -- webhooks
    webhooks = by_name(webhooks_of.compose_webhooks, locals())
    deliverer = by_name(webhooks_of.compose_deliverer, locals())

    # -- ingestion and maintenance
    revisions = by_name(compose_revisions, locals())
    formats = by_name(compose_formats, locals())
    uploads = by_name(compose_uploads, locals())
    batches = by_name(compose_batches, locals())
    image_descriptions = by_name(compose_image_descriptions, locals())
    embeddings = by_name(compose_embeddings, locals())
    originals = by_name(compose_originals, locals())
    attachments = by_name(compose_attachments, locals())
    ingestion = by_name(compose_ingestion, locals())
    worker = by_name(compose_worker, locals())
    reindexing = by_name(compose_reindexing, locals())
    reparsing = by_name(compose_reparsing, locals())
    reconciliation = by_name(compose_reconciliation, locals())
    inspection = by_name(compose_inspection, locals())
    sweeper = by_name(compose_sweeper, locals())
    ledger_replay = by_name(compose_ledger_replay, locals())
    signing_key = by_name(compose_signing_key, locals())
    statements = by_name(compose_statements, locals())

    # -- search and chat
    search = by_name(compose_search, locals())
    vector_stores = by_name(compose_vector_stores, locals())
    text_embedding = by_name(TextEmbedding, locals())
    chat_nodes = by_name(compose_chat_nodes, locals())
    chat_graph = by_name(compose_chat_graph, locals())
    session_holder = by_name(SessionHolder, locals())
    chat = by_name(compose_chat, locals())
    throwaway = by_name(compose_throwaway, locals())
    previews = by_name(compose_previews, locals())
    conversations = by_name(compose_conversations, locals())
    turn_feedback = by_name(compose_feedback, locals())

    # -- moving clients
    bundles = by_name(compose_bundles, locals())
    foreign_namespaces = by_name(migration.foreign_namespaces, locals())
    plan_documents = by_name(migration.plan_documents, locals())
    migration_states = providers.Singleton(migration.migration_states, settings)
    namespace_migration = by_name(compose_namespace_migration, locals())
    prompt_migration = by_name(compose_prompt_migration, locals())

    # -- evaluation
    corpus_loader = by_name(compose_corpus_loader, locals())
    question_rankings = by_name(compose_question_rankings, locals())
    search_evaluation = by_name(compose_search_evaluation, locals())
    calibration = by_name(compose_calibration, locals())

    # -- operations
    embedders_on_demand = embedders.provider
    peppers_on_demand = peppers.provider
    relevance_scales_on_demand = relevance_scales.provider
    installed_backends = by_name(compose_installed_backends, locals())
    model_standings = by_name(models.compose_model_standings, locals())
    model_trials = by_name(models.compose_model_trials, locals())
    probes = by_name(compose_probes, locals())
    health_checks = by_name(clients.compose_health_checks, locals())
    monitoring = by_name(Monitoring, locals())
