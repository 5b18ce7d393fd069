"""The whole installation: what serves its clients, and what its operator does besides.

HTTP, CLI, worker, package and tests take every adapter from here.
"""

from __future__ import annotations

from dependency_injector import providers

from ragtenancy.app.evaluation.evaluate import Evaluate
from ragtenancy.app.evaluation.load_texts import LoadTexts
from ragtenancy.app.evaluation.rankings import RankQuestions
from ragtenancy.app.health.check import CheckHealth
from ragtenancy.app.migration.copy_namespace import CopyNamespace
from ragtenancy.app.migration.document_of_records import MakeDocument
from ragtenancy.app.migration.export_client import ClientStores, ExportClient
from ragtenancy.app.migration.import_client import ImportClient
from ragtenancy.app.migration.migrate_namespace import MigrateNamespace
from ragtenancy.app.migration.migrate_prompts import MigratePrompts
from ragtenancy.app.migration.overlap import AnswersAlike
from ragtenancy.app.migration.verify_copy import VerifyCopy
from ragtenancy.serving_container import ServingContainer as Serving
from ragtenancy.wiring import migration
from ragtenancy.wiring import signals as wiring_signals
from ragtenancy.wiring.preflight import Preflight
from ragtenancy.wiring.set_up import SetUp


class Container(Serving):
    """Adds moving clients, evaluation and operations to what serves."""

    # -- moving clients
    client_stores = providers.Singleton(
        ClientStores,
        configs=Serving.tenant_configs,
        documents=Serving.documents,
        blobs=Serving.blobs,
        chunks=Serving.chunks,
        vectors=Serving.vectors,
        conversations=Serving.conversations,
    )
    export_client = providers.Singleton(ExportClient, Serving.find_tenant, client_stores)
    import_client = providers.Singleton(
        ImportClient,
        Serving.create_tenant,
        Serving.change_tenant,
        Serving.delete_tenant,
        client_stores,
        Serving.config_rules,
        Serving.embedders,
        Serving.intents,
    )

    foreign = providers.Singleton(migration.foreign_namespaces, Serving.services)
    migration_states = providers.Singleton(migration.migration_states, Serving.settings)
    copy_namespace = providers.Singleton(CopyNamespace, foreign, migration_states)
    verify_copy = providers.Singleton(
        VerifyCopy, foreign, copy_namespace, providers.Singleton(AnswersAlike, foreign)
    )
    make_document = providers.Singleton(
        MakeDocument,
        foreign,
        client_stores,
        Serving.tenant_embedder,
        Serving.token_counter,
        Serving.clock,
    )
    migrate_namespace = providers.Singleton(
        MigrateNamespace,
        copy_namespace,
        verify_copy,
        migration_states,
        Serving.find_tenant,
        Serving.list_tenants,
        make_document,
        Serving.delete_document,
        Serving.intents,
    )
    migrate_prompts = providers.Singleton(
        MigratePrompts,
        Serving.find_tenant,
        Serving.create_tenant,
        Serving.delete_tenant,
        Serving.get_config,
        Serving.put_config,
        Serving.tenant_configs,
        Serving.documents,
    )

    # -- evaluation
    load_texts = providers.Singleton(
        LoadTexts,
        Serving.documents,
        Serving.chunks,
        Serving.vectors,
        Serving.token_counter,
        Serving.embedder,
        Serving.clock,
    )
    rank_questions = providers.Singleton(
        RankQuestions, Serving.read_config, Serving.query_vectors, Serving.retrieve, Serving.clock
    )
    evaluate = providers.Singleton(Evaluate, load_texts, rank_questions, Serving.embedder)

    # -- operations
    preflight = providers.Singleton(
        Preflight,
        Serving.within_reach,
        Serving.services,
        Serving.embedders.provider,
        Serving.peppers.provider,
    )
    set_up = providers.Singleton(
        SetUp,
        Serving.within_reach,
        Serving.services,
        Serving.embedders.provider,
        Serving.adopt_plan_client,
    )
    every_probe = providers.Singleton(wiring_signals.probes, Serving.settings, Serving.probes)
    check_health = providers.Singleton(CheckHealth, every_probe, Serving.clock)
