"""The whole installation: ports chosen by the settings, and the use cases made from them.

HTTP, CLI, worker, package and tests take every adapter from here.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from ragtenancy.app.api_keys.adopt import AdoptPlanKey
from ragtenancy.app.api_keys.authenticate import AuthenticateOperator, AuthenticateTenant
from ragtenancy.app.api_keys.issue import IssueApiKey
from ragtenancy.app.api_keys.manage import ListApiKeys, RevokeApiKey
from ragtenancy.app.api_keys.peppers import Peppers
from ragtenancy.app.chat.session_lock import HoldSession
from ragtenancy.app.chat.take_turn import TakeTurn
from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.app.config.manage import GetConfig, ListConfigVersions, PutConfig
from ragtenancy.app.config.rules import ConfigRules
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.conversations.sessions import EraseSessions, ListSessions, ListTurns
from ragtenancy.app.documents.delete import DeleteDocument, DocumentStores
from ragtenancy.app.documents.read import GetDocument, ListChunks, ListDocuments, ReadOriginal
from ragtenancy.app.health.check import CheckHealth
from ragtenancy.app.intents import Intents
from ragtenancy.app.search.describe import DescribeHits
from ragtenancy.app.search.every_chunk import RankEveryChunk
from ragtenancy.app.search.evidence import WeighEvidence
from ragtenancy.app.search.glossing import GlossReadings
from ragtenancy.app.search.legs import Deadlines, SearchLegs
from ragtenancy.app.search.listed import RankListed
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.overviews import FindOverview
from ragtenancy.app.search.passages import FindPassages
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.app.search.search import SearchDocuments
from ragtenancy.app.search.why import ExplainAbsence
from ragtenancy.app.tenant_records.change import ChangeTenant
from ragtenancy.app.tenant_records.find import FindTenant, ListTenants
from ragtenancy.app.tenants.adopt import AdoptPlanClient
from ragtenancy.app.tenants.create import CreateTenant
from ragtenancy.app.tenants.delete import DeleteTenant, GetDeletion
from ragtenancy.app.tenants.describe import DescribeOwnTenant
from ragtenancy.app.tenants.residents import Residents
from ragtenancy.app.tenants.usage import MeasureUsage
from ragtenancy.composition import adapters, migration, models
from ragtenancy.composition.backends import (
    compose_installed_backends,
    compose_probes,
    compose_resources,
)
from ragtenancy.composition.by_name import by_name
from ragtenancy.composition.documents import compose_jobs
from ragtenancy.composition.ingestion import (
    compose_embeddings,
    compose_formats,
    compose_image_descriptions,
    compose_ingestion,
    compose_job_quota,
    compose_reindexing,
    compose_revisions,
    compose_sweeper,
    compose_uploads,
    compose_worker,
)
from ragtenancy.composition.operating import (
    compose_bundles,
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
from ragtenancy.settings import Settings


class Container(containers.DeclarativeContainer):
    """Every port and use case, each a singleton that is made when it is first asked for."""

    settings = providers.Dependency(instance_of=Settings)
    closers: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)

    # -- ports: the world
    clock = providers.Singleton(adapters.clock)
    ids = providers.Singleton(adapters.ids)
    holders = providers.Singleton(adapters.holders)
    metrics = providers.Singleton(adapters.metrics)

    # -- ports: records and bytes
    stand_in = by_name(find_stand_in, locals())
    within_reach = by_name(find_within_reach, locals())
    resources = by_name(compose_resources, locals())
    stores = by_name(compose_stores, locals())
    tenant_repository = stores.provided.tenants
    tenant_configs = stores.provided.tenant_configs
    api_key_repository = stores.provided.api_keys
    pepper_store = stores.provided.peppers
    job_repository = stores.provided.jobs
    deletions = stores.provided.deletions
    intent_log = stores.provided.intent_log
    duties = stores.provided.duties
    document_repository = stores.provided.documents
    chunks = stores.provided.chunks
    conversation_repository = stores.provided.conversations
    session_locks = stores.provided.session_locks
    idempotency = stores.provided.idempotency
    derived_cache = stores.provided.derived_cache
    blobs = stores.provided.blobs
    storage = stores.provided.storage
    vectors = stores.provided.vectors

    # -- ports: hints of waiting jobs
    job_signals = by_name(adapters.compose_job_signals, locals())

    # -- ports: language
    analyzer = providers.Singleton(adapters.analyzer)
    lexicons = providers.Singleton(adapters.lexicons, analyzer)
    glossaries = providers.Singleton(adapters.glossaries, analyzer)
    embedder = by_name(models.compose_embedder, locals())
    embedders = by_name(models.compose_embedders, locals())
    query_vectors = providers.Singleton(QueryVectors, embedders)
    token_counter = by_name(models.compose_token_counter, locals())
    lexical = by_name(adapters.compose_lexical, locals())
    chat_model = by_name(models.compose_chat_model, locals())
    image_describer = by_name(models.compose_image_describer, locals())
    parsers = providers.Singleton(adapters.parsers)
    ports = providers.Callable(
        ports_among, **{k: v for k, v in locals().items() if isinstance(v, providers.Provider)}
    )
    probes = by_name(compose_probes, locals())
    job_listener = by_name(adapters.compose_job_listener, locals())
    admin_keys = providers.Singleton(adapters.admin_keys, settings, ids)

    # -- search
    manifests = providers.Singleton(Manifests, document_repository)
    deadlines = providers.Singleton(
        Deadlines,
        semantic=settings.provided.semantic_timeout,
        bm25=settings.provided.bm25_timeout,
    )
    search_legs = providers.Singleton(SearchLegs, query_vectors, vectors, lexical, deadlines)
    rank_every_chunk = providers.Singleton(RankEveryChunk, vectors, lexical)
    rank_listed = providers.Singleton(RankListed, search_legs, vectors, lexical)
    retrieve = providers.Singleton(
        Retriever, manifests, search_legs, rank_every_chunk, rank_listed, chunks
    )
    weigh_evidence = providers.Singleton(WeighEvidence, lexical, lexicons)
    gloss_readings = providers.Singleton(GlossReadings, lexical, lexicons, glossaries)
    find_passages = providers.Singleton(
        FindPassages,
        retrieve,
        chunks,
        weigh_evidence,
        gloss_readings,
        remote=settings.provided.cloud,
    )

    find_overview = providers.Singleton(FindOverview, manifests, chunks, lexicons)

    # -- tenant_repository, keys, configuration
    intents = providers.Singleton(Intents, intent_log, clock)
    find_tenant = providers.Singleton(FindTenant, tenant_repository)
    list_tenants = providers.Singleton(ListTenants, tenant_repository)
    config_rules = providers.Singleton(
        ConfigRules, settings.provided.allowed_models, settings.provided.backends.embeddings
    )
    read_config = providers.Singleton(
        ReadConfig,
        tenant_configs,
        settings.provided.default_limits,
        settings.provided.backends.embeddings[0],
    )
    tenant_embedder = providers.Singleton(
        TenantEmbedder, embedders, read_config, document_repository
    )
    peppers = providers.Singleton(Peppers, api_key_repository, pepper_store)
    issue_api_key = providers.Singleton(
        IssueApiKey,
        find_tenant,
        api_key_repository,
        peppers,
        ids,
        clock,
        settings.provided.environment,
    )
    adopt_plan_key = providers.Singleton(AdoptPlanKey, api_key_repository, peppers, clock)
    list_api_keys = providers.Singleton(ListApiKeys, find_tenant, api_key_repository)
    revoke_api_key = providers.Singleton(RevokeApiKey, find_tenant, api_key_repository, clock)
    authenticate_tenant = providers.Singleton(
        AuthenticateTenant, api_key_repository, peppers, tenant_repository, clock
    )
    authenticate_operator = providers.Singleton(AuthenticateOperator, admin_keys)
    get_config = providers.Singleton(GetConfig, find_tenant, read_config)
    put_config = providers.Singleton(PutConfig, find_tenant, tenant_configs, config_rules, clock)
    list_config_versions = providers.Singleton(ListConfigVersions, find_tenant, tenant_configs)
    create_tenant = providers.Singleton(
        CreateTenant,
        tenant_repository,
        storage,
        tenant_configs,
        deletions,
        issue_api_key,
        config_rules,
        intents,
        ids,
        clock,
    )
    adopt_plan_client = providers.Singleton(
        AdoptPlanClient,
        tenant_repository,
        storage,
        tenant_configs,
        adopt_plan_key,
        config_rules,
        intents,
        ids,
        clock,
    )
    change_tenant = providers.Singleton(ChangeTenant, find_tenant, tenant_repository, clock)
    measure_usage = providers.Singleton(
        MeasureUsage, document_repository, job_repository, manifests
    )
    describe_own_tenant = providers.Singleton(
        DescribeOwnTenant, find_tenant, read_config, measure_usage
    )
    residents = providers.Singleton(
        Residents,
        storage,
        api_key_repository,
        tenant_configs,
        job_repository,
        intent_log,
        blobs,
        vectors,
        lexical,
        manifests,
        query_vectors,
        lexicons,
        chat_model,
    )
    delete_tenant = providers.Singleton(
        DeleteTenant, find_tenant, tenant_repository, deletions, residents, ids, clock
    )
    get_deletion = providers.Singleton(GetDeletion, deletions)

    # -- documents and jobs
    get_document = providers.Singleton(GetDocument, document_repository)
    list_documents = providers.Singleton(ListDocuments, document_repository)
    list_chunks = providers.Singleton(ListChunks, get_document, chunks)
    read_original = providers.Singleton(ReadOriginal, get_document, blobs)
    document_stores = providers.Singleton(
        DocumentStores, chunks=chunks, vectors=vectors, lexical=lexical, blobs=blobs
    )
    delete_document = providers.Singleton(
        DeleteDocument,
        get_document,
        document_repository,
        job_repository,
        document_stores,
        intents,
        clock,
    )
    job_quota = by_name(compose_job_quota, locals())
    jobs = by_name(compose_jobs, locals())

    # -- ingestion and maintenance
    revisions = by_name(compose_revisions, locals())
    formats = by_name(compose_formats, locals())
    uploads = by_name(compose_uploads, locals())
    image_descriptions = by_name(compose_image_descriptions, locals())
    embeddings = by_name(compose_embeddings, locals())
    ingestion = by_name(compose_ingestion, locals())
    worker = by_name(compose_worker, locals())
    reindexing = by_name(compose_reindexing, locals())
    sweeper = by_name(compose_sweeper, locals())

    # -- search and chat
    describe_hits = providers.Singleton(
        DescribeHits, lexical, weigh_evidence, providers.Callable(models.bar, chat_model)
    )
    explain_absence = providers.Singleton(
        ExplainAbsence, retrieve, document_repository, describe_hits
    )
    search_documents = providers.Singleton(
        SearchDocuments, read_config, retrieve, describe_hits, explain_absence, clock
    )
    chat_nodes = providers.Singleton(
        adapters.chat_nodes,
        chat_model,
        find_passages,
        find_overview,
        manifests,
        lexicons,
        token_counter,
        ask_again=settings.provided.ask_again,
    )
    chat_graph = providers.Singleton(adapters.chat_graph, chat_nodes)
    hold_session = providers.Singleton(HoldSession, session_locks, ids, clock)
    take_turn = providers.Singleton(
        TakeTurn,
        read_config,
        chat_graph.provider,
        conversation_repository,
        hold_session,
        ids,
        clock,
        seconds=settings.provided.chat_timeout,
    )
    list_sessions = providers.Singleton(ListSessions, conversation_repository)
    list_turns = providers.Singleton(ListTurns, conversation_repository, manifests)
    erase_sessions = providers.Singleton(EraseSessions, conversation_repository)

    # -- moving clients
    bundles = by_name(compose_bundles, locals())
    foreign_namespaces = by_name(migration.foreign_namespaces, locals())
    migration_states = providers.Singleton(migration.migration_states, settings)
    namespace_migration = by_name(compose_namespace_migration, locals())
    prompt_migration = by_name(compose_prompt_migration, locals())

    # -- evaluation
    corpus_loader = by_name(compose_corpus_loader, locals())
    question_rankings = by_name(compose_question_rankings, locals())
    search_evaluation = by_name(compose_search_evaluation, locals())

    # -- operations
    embedders_on_demand = embedders.provider
    peppers_on_demand = peppers.provider
    installed_backends = by_name(compose_installed_backends, locals())
    check_health = providers.Singleton(CheckHealth, probes, clock)
