"""The whole installation: ports chosen by the settings, and the use cases made from them.

HTTP, CLI, worker, package and tests take every adapter from here.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from ragtenancy.app.chat.session_lock import HoldSession
from ragtenancy.app.chat.take_turn import TakeTurn
from ragtenancy.app.conversations.sessions import EraseSessions, ListSessions, ListTurns
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
from ragtenancy.composition.model_clients import ModelClients
from ragtenancy.composition.operating import (
    compose_bundles,
    compose_corpus_loader,
    compose_namespace_migration,
    compose_preflight,
    compose_prompt_migration,
    compose_question_rankings,
    compose_search_evaluation,
    compose_set_up,
)
from ragtenancy.composition.services import services as open_services
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
    bundles = by_name(compose_bundles, locals())
    foreign_namespaces = providers.Singleton(migration.foreign_namespaces, services)
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
    preflight = by_name(compose_preflight, locals())
    set_up = by_name(compose_set_up, locals())
    every_probe = providers.Singleton(signals.probes, settings, probes)
    health_checks = by_name(clients.compose_health_checks, locals())
