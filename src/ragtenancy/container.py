"""The whole installation: ports chosen by the settings, and the use cases made from them.

HTTP, CLI, worker, package and tests take every adapter from here.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from ragtenancy.app.chat.session_lock import HoldSession
from ragtenancy.app.chat.take_turn import TakeTurn
from ragtenancy.app.conversations.sessions import EraseSessions, ListSessions, ListTurns
from ragtenancy.app.evaluation.evaluate import Evaluate
from ragtenancy.app.evaluation.load_texts import LoadTexts
from ragtenancy.app.evaluation.rankings import RankQuestions
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
from ragtenancy.app.maintenance.full_sweep import FullSweep, NightlySweep
from ragtenancy.app.maintenance.leftovers import Leftovers
from ragtenancy.app.maintenance.sweep import PurgeExpired, Sweep
from ragtenancy.app.migration.copy_namespace import CopyNamespace
from ragtenancy.app.migration.document_of_records import MakeDocument
from ragtenancy.app.migration.export_client import ClientStores, ExportClient
from ragtenancy.app.migration.import_client import ImportClient
from ragtenancy.app.migration.migrate_namespace import MigrateNamespace
from ragtenancy.app.migration.migrate_prompts import MigratePrompts
from ragtenancy.app.migration.overlap import AnswersAlike
from ragtenancy.app.migration.verify_copy import VerifyCopy
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
from ragtenancy.composition import adapters, clients, migration, models, signals
from ragtenancy.composition.by_name import by_name
from ragtenancy.composition.clients_file import within_reach as find_within_reach
from ragtenancy.composition.documents import compose_documents, compose_jobs
from ragtenancy.composition.model_clients import ModelClients
from ragtenancy.composition.preflight import Preflight
from ragtenancy.composition.services import services as open_services
from ragtenancy.composition.set_up import SetUp
from ragtenancy.composition.stores import stores as make_stores
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
    within_reach = providers.Singleton(find_within_reach, settings)
    services = providers.Singleton(open_services, within_reach, metrics, closers)
    stores = providers.Singleton(make_stores, within_reach, services, holders, clock, closers)
    tenant_repository = stores.provided.tenants
    tenant_config_repository = stores.provided.tenant_configs
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
    job_signals = providers.Singleton(signals.job_signals, settings, closers)
    job_listener = providers.Singleton(signals.job_listener, settings)

    # -- ports: language
    analyzer = providers.Singleton(adapters.analyzer)
    lexicons = providers.Singleton(adapters.lexicons, analyzer)
    glossaries = providers.Singleton(adapters.glossaries, analyzer)
    model_clients = providers.Singleton(ModelClients, settings, closers)
    embedder = providers.Singleton(models.embedder, settings, model_clients, closers)
    embedders = providers.Singleton(models.embedders, settings, embedder, model_clients, closers)
    query_vectors = providers.Singleton(QueryVectors, embedders)
    token_counter = providers.Singleton(models.token_counter, settings)
    lexical = providers.Singleton(adapters.lexical, within_reach, chunks, analyzer, closers)
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
    parsers = providers.Singleton(adapters.parsers)
    probes = providers.Singleton(adapters.probes, settings, stores, model_clients)
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
        remote=settings.provided.backends.cloud,
    )

    find_overview = providers.Singleton(FindOverview, manifests, chunks, lexicons)

    # -- clients
    intents = by_name(clients.compose_intents, locals())
    tenant_records = by_name(clients.compose_tenant_records, locals())
    config_rules = by_name(clients.compose_config_rules, locals())
    configs = by_name(clients.compose_configs, locals())
    tenant_embedder = by_name(clients.compose_tenant_embedder, locals())
    peppers = by_name(clients.compose_peppers, locals())
    api_keys = by_name(clients.compose_api_keys, locals())
    authenticator = by_name(clients.compose_authenticator, locals())
    tenants = by_name(clients.compose_tenants, locals())
    tenant_views = by_name(clients.compose_tenant_views, locals())
    tenant_stores = by_name(clients.compose_tenant_stores, locals())
    tenant_deletions = by_name(clients.compose_tenant_deletions, locals())

    # -- documents and jobs
    documents = by_name(compose_documents, locals())
    mark_failed = providers.Singleton(MarkFailed, document_repository)
    room_for_job = providers.Singleton(RoomForJob, configs, document_repository, job_repository)
    jobs = by_name(compose_jobs, locals())

    # -- ingestion
    formats = providers.Singleton(Formats, parsers, blobs)
    upload_limit = providers.Singleton(UploadLimit, configs)
    accept_upload = providers.Singleton(
        AcceptUpload,
        room_for_job,
        document_repository,
        job_repository,
        blobs,
        job_signals,
        intents,
        ids,
        clock,
    )
    idempotency_keys = providers.Singleton(Idempotency, idempotency, clock)
    submit_upload = providers.Singleton(
        SubmitUpload, configs, blobs, formats, accept_upload, idempotency_keys, intents, ids
    )
    retire = providers.Singleton(RetireRevisions, chunks, vectors, blobs)
    describe_images = providers.Singleton(
        DescribeImages, configs, image_describer, derived_cache, clock
    )
    embed_texts = providers.Singleton(EmbedTexts, derived_cache, clock)
    ingestion_steps = providers.Singleton(
        IngestionSteps,
        blobs,
        formats,
        describe_images,
        configs,
        token_counter,
        embed_texts,
        chunks,
        vectors,
        intents,
    )
    ingest_document = providers.Singleton(
        IngestDocument,
        document_repository,
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
        job_repository,
        tenant_repository,
        ingest_document,
        holders,
        clock,
        most_idle=providers.Callable(signals.most_idle, settings),
    )
    told_worker = providers.Factory(ToldWorker, worker, clock)
    stage_successor = providers.Singleton(
        StageSuccessor, document_repository, chunks, vectors, retire, embed_texts, token_counter
    )
    reindex_documents = providers.Singleton(
        ReindexDocuments, document_repository, stage_successor, retire, tenant_embedder, intents
    )

    # -- maintenance
    leftovers = providers.Singleton(
        Leftovers,
        document_repository,
        job_repository,
        blobs,
        intent_log,
        retire,
        documents,
        clock,
    )
    purge_expired = providers.Singleton(
        PurgeExpired, tenant_repository, derived_cache, idempotency, clock
    )
    sweep = providers.Singleton(
        Sweep,
        tenant_repository,
        deletions,
        intent_log,
        storage,
        tenant_config_repository,
        purge_expired,
        leftovers,
        tenant_deletions,
        clock,
    )
    full_sweep = providers.Singleton(
        FullSweep,
        tenant_repository,
        storage,
        document_repository,
        blobs,
        sweep,
        leftovers,
        purge_expired,
        clock,
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
    explain_absence = providers.Singleton(
        ExplainAbsence, retrieve, document_repository, describe_hits
    )
    search_documents = providers.Singleton(
        SearchDocuments, configs, retrieve, describe_hits, explain_absence, clock
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
        configs,
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
    client_stores = providers.Singleton(
        ClientStores,
        configs=tenant_config_repository,
        documents=document_repository,
        blobs=blobs,
        chunks=chunks,
        vectors=vectors,
        conversations=conversation_repository,
    )
    export_client = providers.Singleton(ExportClient, tenant_records, client_stores)
    import_client = providers.Singleton(
        ImportClient,
        tenants,
        tenant_records,
        tenant_deletions,
        client_stores,
        config_rules,
        embedders,
        intents,
    )

    foreign = providers.Singleton(migration.foreign_namespaces, services)
    migration_states = providers.Singleton(migration.migration_states, settings)
    copy_namespace = providers.Singleton(CopyNamespace, foreign, migration_states)
    verify_copy = providers.Singleton(
        VerifyCopy, foreign, copy_namespace, providers.Singleton(AnswersAlike, foreign)
    )
    make_document = providers.Singleton(
        MakeDocument,
        foreign,
        client_stores,
        tenant_embedder,
        token_counter,
        clock,
    )
    migrate_namespace = providers.Singleton(
        MigrateNamespace,
        copy_namespace,
        verify_copy,
        migration_states,
        tenant_records,
        make_document,
        documents,
        intents,
    )
    migrate_prompts = providers.Singleton(
        MigratePrompts,
        tenant_records,
        tenants,
        tenant_deletions,
        configs,
        tenant_config_repository,
        document_repository,
    )

    # -- evaluation
    load_texts = providers.Singleton(
        LoadTexts,
        document_repository,
        chunks,
        vectors,
        token_counter,
        embedder,
        clock,
    )
    rank_questions = providers.Singleton(RankQuestions, configs, query_vectors, retrieve, clock)
    evaluate = providers.Singleton(Evaluate, load_texts, rank_questions, embedder)

    # -- operations
    preflight = providers.Singleton(
        Preflight,
        within_reach,
        services,
        embedders.provider,
        peppers.provider,
    )
    set_up = providers.Singleton(
        SetUp,
        within_reach,
        services,
        embedders.provider,
        tenants,
    )
    every_probe = providers.Singleton(signals.probes, settings, probes)
    health_checks = by_name(clients.compose_health_checks, locals())
