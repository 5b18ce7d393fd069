"""Composition of search, chat and conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ragtenancy.app.audit.acts import Audit
from ragtenancy.app.audit.notes import AuditNotes
from ragtenancy.app.chat.chat import Chat, SessionHolder
from ragtenancy.app.chat.previews import Previews, Throwaway
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.conversations.conversations import Conversations
from ragtenancy.app.conversations.feedback import TurnFeedback
from ragtenancy.app.search.glossing import Glossing
from ragtenancy.app.search.leg_ranking import ListedRanking, SearchLegs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.overviews import OverviewFinder
from ragtenancy.app.search.passages import EvidenceWeigher, PassageFinder
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.ranking import Deadlines, EveryChunkRanking
from ragtenancy.app.search.relevance_scales import RelevanceScales
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.app.search.search import DocumentSearch, HitDescriber
from ragtenancy.app.search.vector_stores import VectorStores
from ragtenancy.app.steps import Steps
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.usage.accounts import Accounts
from ragtenancy.app.usage.tally import SearchTally
from ragtenancy.composition.auditing import audited, noting_retrievals
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.relevance import bar_for
from ragtenancy.domain.usage import UsageTally
from ragtenancy.ports.analyzers import Glossaries
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.app.chat.graph import ChatGraph, GroundedNodes


def compose_relevance_scales(settings: Settings, embedders: Embedders) -> RelevanceScales:
    """Compose the embedders' relevance scales. Raises `ConfigurationError` for a wrong file."""
    if settings.relevance_scales is None:
        return RelevanceScales(embedders, {})
    from ragtenancy.adapters.files.relevance_scales import read_scales

    return RelevanceScales(embedders, read_scales(settings.relevance_scales))


def compose_retriever(
    settings: Settings,
    manifests: Manifests,
    query_vectors: QueryVectors,
    vectors: VectorIndex,
    lexical: LexicalIndex,
    chunks: ChunkRepository,
    audit_notes: AuditNotes,
) -> Retriever:
    """Compose the retriever, which ranks chunks for a question."""
    deadlines = Deadlines(semantic=settings.semantic_timeout, bm25=settings.bm25_timeout)
    listed = ListedRanking(SearchLegs(vectors, lexical, deadlines), vectors, lexical)
    every_chunk = EveryChunkRanking(vectors, lexical)
    made = Retriever(manifests, query_vectors, every_chunk, listed, chunks, deadlines)
    return noting_retrievals(made, audit_notes, settings)


def compose_passages(
    settings: Settings,
    retriever: Retriever,
    evidence: EvidenceWeigher,
    chunks: ChunkRepository,
    lexicons: Lexicons,
    glossaries: Glossaries,
) -> PassageFinder:
    """Compose the finder of passages for the answerer."""
    glossing = Glossing(lexicons, glossaries)
    return PassageFinder(retriever, chunks, evidence, glossing, remote=settings.cloud)


def compose_search(
    configs: TenantConfigs,
    retriever: Retriever,
    evidence: EvidenceWeigher,
    lexical: LexicalIndex,
    document_repository: DocumentRepository,
    chat_model: ChatModel,
    search_tally: SearchTally,
    clock: Clock,
) -> DocumentSearch:
    """Compose document search."""
    hits = HitDescriber(lexical, evidence, bar_for(generates=chat_model.generates))
    return DocumentSearch(configs, retriever, hits, document_repository, search_tally, clock)


def compose_vector_stores(
    search: DocumentSearch,
    manifests: Manifests,
    tenant_records: TenantRecords,
    document_repository: DocumentRepository,
) -> VectorStores:
    """Compose the documents' view as a vector store."""
    return VectorStores(search, manifests, tenant_records, document_repository)


def compose_chat_nodes(
    settings: Settings,
    measured_chat_model: ChatModel,
    passages: PassageFinder,
    overviews: OverviewFinder,
    manifests: Manifests,
    lexicons: Lexicons,
    token_counter: TokenCounter,
) -> GroundedNodes:
    """Compose the nodes of the chat graph; loads LangGraph."""
    from ragtenancy.app.chat.graph import GroundedNodes

    return GroundedNodes(
        measured_chat_model,
        passages,
        overviews,
        manifests,
        lexicons,
        token_counter,
        ask_again=settings.ask_again,
    )


def compose_chat_graph(chat_nodes: GroundedNodes, steps: Steps) -> ChatGraph:
    """Compile the chat graph; loads LangGraph."""
    from ragtenancy.app.chat.graph import ChatGraph

    return ChatGraph(chat_nodes, steps)


def compose_chat(
    settings: Settings,
    configs: TenantConfigs,
    chat_graph: ChatGraph,
    conversation_repository: ConversationRepository,
    manifests: Manifests,
    session_holder: SessionHolder,
    accounts: Accounts,
    token_counter: TokenCounter,
    ids: Ids,
    clock: Clock,
) -> Chat:
    """Compose the chat."""
    return Chat(
        configs,
        chat_graph,
        conversation_repository,
        manifests,
        session_holder,
        accounts,
        token_counter,
        ids,
        clock,
        seconds=settings.chat_timeout,
    )


def compose_throwaway(
    settings: Settings,
    manifests: Manifests,
    embedders: Embedders,
    metrics: Metrics,
    vectors: VectorIndex,
    chunks: ChunkRepository,
    lexicons: Lexicons,
    glossaries: Glossaries,
    relevance_scales: RelevanceScales,
    measured_chat_model: ChatModel,
    token_counter: TokenCounter,
    usage_tally: UsageTally,
    steps: Steps,
    clock: Clock,
    audit_notes: AuditNotes,
) -> Callable[[LexicalIndex], Throwaway]:
    """Return a function that composes a chat graph for one question, on a lexical index."""

    def throwaway(lexical: LexicalIndex) -> Throwaway:
        alone = lexicons.detached()
        questions = QueryVectors(embedders, metrics, token_counter, usage_tally, clock)
        evidence = EvidenceWeigher(lexical, alone, relevance_scales)
        retriever = compose_retriever(
            settings, manifests, questions, vectors, lexical, chunks, audit_notes
        )
        passages = compose_passages(settings, retriever, evidence, chunks, alone, glossaries)
        overviews = OverviewFinder(manifests, chunks, alone)
        model = measured_chat_model.detached(questions)
        nodes = compose_chat_nodes(
            settings, model, passages, overviews, manifests, alone, token_counter
        )
        name = model.name if model.generates else None
        return Throwaway(graph=compose_chat_graph(nodes, steps), language_model=name)

    return throwaway


def compose_previews(
    settings: Settings,
    tenant_records: TenantRecords,
    configs: TenantConfigs,
    lexical: LexicalIndex,
    throwaway: Callable[[LexicalIndex], Throwaway],
    accounts: Accounts,
    token_counter: TokenCounter,
    ids: Ids,
    audit: Audit,
) -> Previews:
    """Compose the previews of configurations."""
    return audited(
        Previews(
            tenant_records,
            configs,
            lexical,
            throwaway,
            accounts,
            token_counter,
            ids,
            seconds=settings.chat_timeout,
        ),
        audit,
    )


def compose_conversations(
    conversation_repository: ConversationRepository,
    manifests: Manifests,
    deletion_ledger: DeletionLedger,
    clock: Clock,
) -> Conversations:
    """Compose the use cases of conversations."""
    return Conversations(conversation_repository, manifests, deletion_ledger, clock)


def compose_feedback(
    conversation_repository: ConversationRepository,
    document_repository: DocumentRepository,
    conversations: Conversations,
    tenant_records: TenantRecords,
    clock: Clock,
    audit: Audit,
) -> TurnFeedback:
    """Compose the use cases of feedback."""
    return audited(
        TurnFeedback(
            conversation_repository, document_repository, conversations, tenant_records, clock
        ),
        audit,
    )
