"""The composition root of what serves clients: it names the parts and joins them.

`container.Container`, from which everybody takes every adapter, adds to it.
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
from ragtenancy.app.ingestion.acceptance import AcceptUpload
from ragtenancy.app.ingestion.describe import DescribeImages
from ragtenancy.app.ingestion.embedding import EmbedTexts
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.idempotency import Idempotency
from ragtenancy.app.ingestion.ingest import IngestDocument
from ragtenancy.app.ingestion.outcome import MarkFailed
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.app.ingestion.room import RoomForJob
from ragtenancy.app.ingestion.steps import IngestionSteps
from ragtenancy.app.ingestion.submit import SubmitUpload, UploadLimit
from ragtenancy.app.ingestion.told_worker import ToldWorker
from ragtenancy.app.ingestion.worker import Worker
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.jobs import CancelJob, GetJob, ListAllJobs, ListJobs, RetryJob
from ragtenancy.app.maintenance.full_sweep import FullSweep, NightlySweep
from ragtenancy.app.maintenance.leftovers import Leftovers
from ragtenancy.app.maintenance.sweep import PurgeExpired, Sweep
from ragtenancy.app.reindexing.reindex import ReindexDocuments
from ragtenancy.app.reindexing.successors import StageSuccessor
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
from ragtenancy.settings import Settings
from ragtenancy.wiring import models
from ragtenancy.wiring import parts as wiring
from ragtenancy.wiring import signals as wiring_signals
from ragtenancy.wiring.clients_file import within_reach as find_within_reach
from ragtenancy.wiring.model_clients import ModelClients
from ragtenancy.wiring.services import services as open_services
from ragtenancy.wiring.stores import stores as make_stores


class ServingContainer(containers.DeclarativeContainer):
    """Ports are singletons chosen by settings; use cases are made from them."""

    settings = providers.Dependency(instance_of=Settings)
    closers: providers.Singleton[AsyncExitStack] = providers.Singleton(AsyncExitStack)

    # -- ports: the world
    clock = providers.Singleton(wiring.clock)
    ids = providers.Singleton(wiring.ids)
    holders = providers.Singleton(wiring.holders)
    metrics = providers.Singleton(wiring.metrics)

    # -- ports: records and bytes
    within_reach = providers.Singleton(find_within_reach, settings)
    services = providers.Singleton(open_services, within_reach, metrics, closers)
    stores = providers.Singleton(make_stores, within_reach, services, holders, clock, closers)
    tenants = stores.provided.tenants
    tenant_configs = stores.provided.tenant_configs
    api_keys = stores.provided.api_keys
    pepper_store = stores.provided.peppers
    jobs = stores.provided.jobs
    deletions = stores.provided.deletions
    intent_log = stores.provided.intent_log
    duties = stores.provided.duties
    documents = stores.provided.documents
    chunks = stores.provided.chunks
    conversations = stores.provided.conversations
    session_locks = stores.provided.session_locks
    idempotency = stores.provided.idempotency
    derived_cache = stores.provided.derived_cache
    blobs = stores.provided.blobs
    storage = stores.provided.storage
    vectors = stores.provided.vectors

    # -- ports: hints of waiting jobs
    job_signals = providers.Singleton(wiring_signals.job_signals, settings, closers)
    job_listener = providers.Singleton(wiring_signals.job_listener, settings)

    # -- ports: language
    analyzer = providers.Singleton(wiring.analyzer)
    lexicons = providers.Singleton(wiring.lexicons, analyzer)
    glossaries = providers.Singleton(wiring.glossaries, analyzer)
    model_clients = providers.Singleton(ModelClients, settings, closers)
    embedder = providers.Singleton(models.embedder, settings, model_clients, closers)
    embedders = providers.Singleton(models.embedders, settings, embedder, model_clients, closers)
    query_vectors = providers.Singleton(QueryVectors, embedders)
    token_counter = providers.Singleton(models.token_counter, settings)
    lexical = providers.Singleton(wiring.lexical, within_reach, chunks, analyzer, closers)
    chat_model = providers.Singleton(
        models.chat_model,
        settings,
        embedders,
        query_vectors,
        lexicons,
        token_counter,
        model_clients,
        stores.provided.sentence_vectors,
    )
    image_describer = providers.Singleton(models.image_describer, settings, model_clients, closers)
    parsers = providers.Singleton(wiring.parsers)
    probes = providers.Singleton(wiring.probes, settings, stores, model_clients)
    admin_keys = providers.Singleton(wiring.admin_keys, settings, ids)

    # -- search
    manifests = providers.Singleton(Manifests, documents)
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
        remote=settings.provided.backends.cloud,
    )

    find_overview = providers.Singleton(FindOverview, manifests, chunks, lexicons)

    # -- tenants, keys, configuration
    intents = providers.Singleton(Intents, intent_log, clock)
    find_tenant = providers.Singleton(FindTenant, tenants)
    list_tenants = providers.Singleton(ListTenants, tenants)
    config_rules = providers.Singleton(
        ConfigRules, settings.provided.allowed_models, settings.provided.backends.embeddings
    )
    read_config = providers.Singleton(
        ReadConfig,
        tenant_configs,
        settings.provided.default_limits,
        settings.provided.backends.embeddings[0],
    )
    tenant_embedder = providers.Singleton(TenantEmbedder, embedders, read_config, documents)
    peppers = providers.Singleton(Peppers, api_keys, pepper_store)
    issue_api_key = providers.Singleton(
        IssueApiKey, find_tenant, api_keys, peppers, ids, clock, settings.provided.environment
    )
    adopt_plan_key = providers.Singleton(AdoptPlanKey, api_keys, peppers, clock)
    list_api_keys = providers.Singleton(ListApiKeys, find_tenant, api_keys)
    revoke_api_key = providers.Singleton(RevokeApiKey, find_tenant, api_keys, clock)
    authenticate_tenant = providers.Singleton(AuthenticateTenant, api_keys, peppers, tenants, clock)
    authenticate_operator = providers.Singleton(AuthenticateOperator, admin_keys)
    get_config = providers.Singleton(GetConfig, find_tenant, read_config)
    put_config = providers.Singleton(PutConfig, find_tenant, tenant_configs, config_rules, clock)
    list_config_versions = providers.Singleton(ListConfigVersions, find_tenant, tenant_configs)
    create_tenant = providers.Singleton(
        CreateTenant,
        tenants,
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
        tenants,
        storage,
        tenant_configs,
        adopt_plan_key,
        config_rules,
        intents,
        ids,
        clock,
    )
    change_tenant = providers.Singleton(ChangeTenant, find_tenant, tenants, clock)
    measure_usage = providers.Singleton(MeasureUsage, documents, jobs, manifests)
    describe_own_tenant = providers.Singleton(
        DescribeOwnTenant, find_tenant, read_config, measure_usage
    )
    residents = providers.Singleton(
        Residents,
        storage,
        api_keys,
        tenant_configs,
        jobs,
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
        DeleteTenant, find_tenant, tenants, deletions, residents, ids, clock
    )
    get_deletion = providers.Singleton(GetDeletion, deletions)

    # -- documents and jobs
    get_document = providers.Singleton(GetDocument, documents)
    list_documents = providers.Singleton(ListDocuments, documents)
    list_chunks = providers.Singleton(ListChunks, get_document, chunks)
    read_original = providers.Singleton(ReadOriginal, get_document, blobs)
    document_stores = providers.Singleton(
        DocumentStores, chunks=chunks, vectors=vectors, lexical=lexical, blobs=blobs
    )
    delete_document = providers.Singleton(
        DeleteDocument, get_document, documents, jobs, document_stores, intents, clock
    )
    mark_failed = providers.Singleton(MarkFailed, documents)
    get_job = providers.Singleton(GetJob, jobs, mark_failed, clock)
    list_jobs = providers.Singleton(ListJobs, jobs)
    list_all_jobs = providers.Singleton(ListAllJobs, find_tenant, jobs)
    cancel_job = providers.Singleton(CancelJob, jobs, mark_failed, clock)
    room_for_job = providers.Singleton(RoomForJob, read_config, documents, jobs)
    retry_job = providers.Singleton(RetryJob, room_for_job, jobs, documents, job_signals, clock)

    # -- ingestion
    formats = providers.Singleton(Formats, parsers, blobs)
    upload_limit = providers.Singleton(UploadLimit, read_config)
    accept_upload = providers.Singleton(
        AcceptUpload, room_for_job, documents, jobs, blobs, job_signals, intents, ids, clock
    )
    idempotency_keys = providers.Singleton(Idempotency, idempotency, clock)
    submit_upload = providers.Singleton(
        SubmitUpload, read_config, blobs, formats, accept_upload, idempotency_keys, intents, ids
    )
    retire = providers.Singleton(RetireRevisions, chunks, vectors, blobs)
    describe_images = providers.Singleton(
        DescribeImages, read_config, image_describer, derived_cache, clock
    )
    embed_texts = providers.Singleton(EmbedTexts, derived_cache, clock)
    ingestion_steps = providers.Singleton(
        IngestionSteps,
        blobs,
        formats,
        describe_images,
        read_config,
        token_counter,
        embed_texts,
        chunks,
        vectors,
        intents,
    )
    ingest_document = providers.Singleton(
        IngestDocument,
        documents,
        tenant_embedder,
        ingestion_steps,
        retire,
        intents,
        mark_failed,
        ids,
        clock,
    )
    worker = providers.Factory(
        Worker,
        jobs,
        tenants,
        ingest_document,
        holders,
        clock,
        most_idle=providers.Callable(wiring_signals.most_idle, settings),
    )
    told_worker = providers.Factory(ToldWorker, worker, clock)
    stage_successor = providers.Singleton(
        StageSuccessor, documents, chunks, vectors, retire, embed_texts, token_counter
    )
    reindex_documents = providers.Singleton(
        ReindexDocuments, documents, stage_successor, retire, tenant_embedder, intents
    )

    # -- maintenance
    leftovers = providers.Singleton(
        Leftovers, documents, jobs, blobs, intent_log, retire, delete_document, clock
    )
    purge_expired = providers.Singleton(PurgeExpired, tenants, derived_cache, idempotency, clock)
    sweep = providers.Singleton(
        Sweep,
        tenants,
        deletions,
        intent_log,
        storage,
        tenant_configs,
        purge_expired,
        leftovers,
        delete_tenant,
        clock,
    )
    full_sweep = providers.Singleton(
        FullSweep, tenants, storage, documents, blobs, sweep, leftovers, purge_expired, clock
    )
    nightly_sweep = providers.Singleton(
        NightlySweep,
        full_sweep,
        duties,
        clock,
        at=settings.provided.full_sweep_at,
    )

    # -- search and chat
    describe_hits = providers.Singleton(
        DescribeHits, lexical, weigh_evidence, providers.Callable(models.bar, chat_model)
    )
    explain_absence = providers.Singleton(ExplainAbsence, retrieve, documents, describe_hits)
    search_documents = providers.Singleton(
        SearchDocuments, read_config, retrieve, describe_hits, explain_absence, clock
    )
    chat_nodes = providers.Singleton(
        wiring.chat_nodes,
        chat_model,
        find_passages,
        find_overview,
        manifests,
        lexicons,
        token_counter,
        ask_again=settings.provided.ask_again,
    )
    chat_graph = providers.Singleton(wiring.chat_graph, chat_nodes)
    hold_session = providers.Singleton(HoldSession, session_locks, ids, clock)
    take_turn = providers.Singleton(
        TakeTurn,
        read_config,
        chat_graph.provider,
        conversations,
        hold_session,
        ids,
        clock,
        seconds=settings.provided.chat_timeout,
    )
    list_sessions = providers.Singleton(ListSessions, conversations)
    list_turns = providers.Singleton(ListTurns, conversations, manifests)
    erase_sessions = providers.Singleton(EraseSessions, conversations)
