"""What the operator runs: moving tenants, measuring the search."""

from __future__ import annotations

from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.app.config.manage import GetConfig, PutConfig
from ragtenancy.app.config.rules import ConfigRules
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.documents.delete import DeleteDocument
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
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.app.tenant_records.change import ChangeTenant
from ragtenancy.app.tenant_records.find import FindTenant, ListTenants
from ragtenancy.app.tenants.create import CreateTenant
from ragtenancy.app.tenants.delete import DeleteTenant
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Embedders
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
from ragtenancy.ports.migration_states import MigrationStates
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex


def compose_bundles(
    find_tenant: FindTenant,
    create_tenant: CreateTenant,
    change_tenant: ChangeTenant,
    delete_tenant: DeleteTenant,
    tenant_configs: TenantConfigRepository,
    document_repository: DocumentRepository,
    blobs: BlobStore,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    conversation_repository: ConversationRepository,
    revisions: Revisions,
    config_rules: ConfigRules,
    embedders: Embedders,
    intents: Intents,
) -> Bundles:
    """Compose the export and import of tenants."""
    stores = TenantStores(
        configs=tenant_configs,
        documents=document_repository,
        blobs=blobs,
        chunks=chunks,
        vectors=vectors,
        conversations=conversation_repository,
    )
    return Bundles(
        find_tenant,
        create_tenant,
        change_tenant,
        delete_tenant,
        stores,
        revisions,
        config_rules,
        embedders,
        intents,
    )


def compose_namespace_migration(
    foreign_namespaces: ForeignNamespaces,
    migration_states: MigrationStates,
    document_repository: DocumentRepository,
    blobs: BlobStore,
    revisions: Revisions,
    tenant_embedder: TenantEmbedder,
    token_counter: TokenCounter,
    find_tenant: FindTenant,
    list_tenants: ListTenants,
    delete_document: DeleteDocument,
    intents: Intents,
    clock: Clock,
) -> NamespaceMigration:
    """Compose the migration of the single-tenant installation's namespace."""
    copying = NamespaceCopy(foreign_namespaces, migration_states)
    documents = NamespaceDocuments(
        foreign_namespaces,
        document_repository,
        blobs,
        revisions,
        tenant_embedder,
        token_counter,
        clock,
    )
    return NamespaceMigration(
        copying,
        CopyVerification(foreign_namespaces, copying),
        migration_states,
        find_tenant,
        list_tenants,
        documents,
        delete_document,
        intents,
    )


def compose_prompt_migration(
    find_tenant: FindTenant,
    create_tenant: CreateTenant,
    delete_tenant: DeleteTenant,
    get_config: GetConfig,
    put_config: PutConfig,
    tenant_configs: TenantConfigRepository,
    document_repository: DocumentRepository,
) -> PromptMigration:
    """Compose the migration of the single-tenant installation's prompts."""
    return PromptMigration(
        find_tenant,
        create_tenant,
        delete_tenant,
        get_config,
        put_config,
        tenant_configs,
        document_repository,
    )


def compose_corpus_loader(
    document_repository: DocumentRepository,
    revisions: Revisions,
    token_counter: TokenCounter,
    embedder: Embedder,
    clock: Clock,
) -> CorpusLoader:
    """Compose what loads a judged set into a tenant."""
    return CorpusLoader(document_repository, revisions, token_counter, embedder, clock)


def compose_question_rankings(
    read_config: ReadConfig, query_vectors: QueryVectors, retrieve: Retriever, clock: Clock
) -> QuestionRankings:
    """Compose what ranks the questions of a judged set."""
    return QuestionRankings(read_config, query_vectors, retrieve, clock)


def compose_search_evaluation(
    corpus_loader: CorpusLoader, question_rankings: QuestionRankings, embedder: Embedder
) -> SearchEvaluation:
    """Compose the evaluation of the search on a judged set."""
    return SearchEvaluation(corpus_loader, question_rankings, embedder)
