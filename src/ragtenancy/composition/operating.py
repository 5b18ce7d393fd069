"""Composition of the operator's use cases: moving tenants, evaluating search."""

from __future__ import annotations

from pathlib import Path

from ragtenancy.app.audit.acts import Audit
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.documents import Documents
from ragtenancy.app.evaluation.calibration import Calibration
from ragtenancy.app.evaluation.corpus import CorpusLoader
from ragtenancy.app.evaluation.evaluation import SearchEvaluation
from ragtenancy.app.evaluation.rankings import QuestionRankings
from ragtenancy.app.intents import Intents
from ragtenancy.app.migration.bundles import Bundles, TenantStores
from ragtenancy.app.migration.copy_verification import CopyVerification
from ragtenancy.app.migration.namespace_copy import NamespaceCopy
from ragtenancy.app.migration.namespace_documents import NamespaceDocuments
from ragtenancy.app.migration.namespace_migration import NamespaceMigration
from ragtenancy.app.migration.prompt_migration import PromptMigration
from ragtenancy.app.revisions import Revisions
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.passages import EvidenceWeigher
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.relevance_scales import Unscaled
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.composition.auditing import audited
from ragtenancy.domain.calibration import Calibrated
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.tenant_config import ConfigRules
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Embedders
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.migration_states import MigrationStates
from ragtenancy.ports.plan_documents import PlanDocuments
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex


def compose_bundles(
    tenant_records: TenantRecords,
    tenants: Tenants,
    tenant_deletions: TenantDeletions,
    tenant_config_repository: TenantConfigRepository,
    document_repository: DocumentRepository,
    blobs: BlobStore,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    conversation_repository: ConversationRepository,
    revisions: Revisions,
    config_rules: ConfigRules,
    embedders: Embedders,
    intents: Intents,
    audit: Audit,
) -> Bundles:
    """Compose the export and import of tenants."""
    stores = TenantStores(
        configs=tenant_config_repository,
        documents=document_repository,
        blobs=blobs,
        chunks=chunks,
        vectors=vectors,
        conversations=conversation_repository,
    )
    return audited(
        Bundles(
            tenant_records,
            tenants,
            tenant_deletions,
            stores,
            revisions,
            config_rules,
            embedders,
            intents,
        ),
        audit,
    )


def compose_namespace_migration(
    foreign_namespaces: ForeignNamespaces,
    migration_states: MigrationStates,
    plan_documents: PlanDocuments,
    document_repository: DocumentRepository,
    blobs: BlobStore,
    revisions: Revisions,
    tenant_embedder: TenantEmbedder,
    token_counter: TokenCounter,
    tenant_records: TenantRecords,
    documents: Documents,
    intents: Intents,
    clock: Clock,
    audit: Audit,
) -> NamespaceMigration:
    """Compose the migration of the single-tenant installation's namespace."""
    copying = NamespaceCopy(foreign_namespaces, migration_states)
    namespace_documents = NamespaceDocuments(
        foreign_namespaces,
        document_repository,
        blobs,
        revisions,
        tenant_embedder,
        token_counter,
        clock,
    )
    return audited(
        NamespaceMigration(
            foreign_namespaces,
            copying,
            CopyVerification(foreign_namespaces, copying),
            migration_states,
            plan_documents,
            tenant_records,
            namespace_documents,
            documents,
            intents,
        ),
        audit,
    )


def compose_prompt_migration(
    tenant_records: TenantRecords,
    tenants: Tenants,
    tenant_deletions: TenantDeletions,
    configs: TenantConfigs,
    tenant_config_repository: TenantConfigRepository,
    document_repository: DocumentRepository,
    config_rules: ConfigRules,
    audit: Audit,
) -> PromptMigration:
    """Compose the migration of the single-tenant installation's prompts."""
    return audited(
        PromptMigration(
            tenant_records,
            tenants,
            tenant_deletions,
            configs,
            tenant_config_repository,
            document_repository,
            config_rules,
        ),
        audit,
    )


def compose_corpus_loader(
    document_repository: DocumentRepository,
    revisions: Revisions,
    token_counter: TokenCounter,
    embedder: Embedder,
    clock: Clock,
) -> CorpusLoader:
    """Compose the loader of judged sets into a tenant."""
    return CorpusLoader(document_repository, revisions, token_counter, embedder, clock)


def compose_question_rankings(
    configs: TenantConfigs, query_vectors: QueryVectors, retriever: Retriever, clock: Clock
) -> QuestionRankings:
    """Compose the rankings for a judged set's questions."""
    return QuestionRankings(configs, query_vectors, retriever, clock)


def compose_search_evaluation(
    corpus_loader: CorpusLoader, question_rankings: QuestionRankings, embedder: Embedder
) -> SearchEvaluation:
    """Compose the evaluation of search on a judged set."""
    return SearchEvaluation(corpus_loader, question_rankings, embedder)


def compose_calibration(
    configs: TenantConfigs,
    retriever: Retriever,
    lexical: LexicalIndex,
    lexicons: Lexicons,
    manifests: Manifests,
    corpus_loader: CorpusLoader,
    embedders: Embedders,
) -> Calibration:
    """Compose the fit of relevance scales."""
    evidence = EvidenceWeigher(lexical, lexicons, Unscaled())
    return Calibration(configs, retriever, evidence, manifests, corpus_loader, embedders)


def write_relevance_scale(path: Path, found: Calibrated) -> None:
    """Write a fitted scale to the operator's file."""
    from ragtenancy.adapters.files.relevance_scales import KeptScale, write_scale

    kept = KeptScale(
        fingerprint=found.fingerprint,
        model=found.model,
        questions=found.own + found.foreign,
        offset=found.scale.offset,
        factor=found.scale.factor,
    )
    write_scale(path, kept)
