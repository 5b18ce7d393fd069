"""One small factory per adapter; its annotated return type proves that the adapter fits the port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.health import Probe
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.images import ImageDescriber
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.parsing import DocumentParser
from ragtenancy.ports.session_locks import SessionLocks
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ragtenancy.adapters.minilm.model_files import ModelFiles
    from ragtenancy.app.chat.graph import ChatGraph
    from ragtenancy.app.chat.nodes import ChatNodes
    from ragtenancy.app.search.passages import FindPassages

ADMIN_KEY_LENGTH = 43


class Stores(Struct, frozen=True, kw_only=True):
    """Every store of records and bytes, from one family of backends."""

    tenants: TenantRepository
    tenant_configs: TenantConfigRepository
    api_keys: ApiKeyRepository
    peppers: PepperStore
    jobs: JobRepository
    deletions: DeletionRepository
    documents: DocumentRepository
    chunks: ChunkRepository
    conversations: ConversationRepository
    session_locks: SessionLocks
    idempotency: IdempotencyStore
    derived_cache: DerivedCache
    blobs: BlobStore
    storage: TenantStorage
    vectors: VectorIndex
    probes: Sequence[Probe] = ()


def clock() -> Clock:
    """Return the machine's clock."""
    from ragtenancy.adapters.system.clock import SystemClock

    return SystemClock()


def ids() -> Ids:
    """Return the machine's randomness."""
    from ragtenancy.adapters.system.ids import SystemIds

    return SystemIds()


def holders() -> Holders:
    """Return the names of this machine's processes."""
    from ragtenancy.adapters.system.holders import SystemHolders

    return SystemHolders()


def metrics() -> Metrics:
    """Return the process's counters."""
    from ragtenancy.adapters.memory.metrics import InMemoryMetrics

    return InMemoryMetrics()


def analyzer() -> Analyzer:
    """Return the analysis of text into terms."""
    from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer

    return SnowballAnalyzer()


def languages() -> Collection[str]:
    """Return the languages that a tenant may choose."""
    from ragtenancy.adapters.snowball.languages import LANGUAGES

    return LANGUAGES


def lexical(
    settings: Settings, chunks: ChunkRepository, analyzer: Analyzer, closers: AsyncExitStack
) -> LexicalIndex:
    """Return the lexical leg."""
    if settings.lexical == "rank_bm25":
        from ragtenancy.adapters.rank_bm25.lexical import RankBm25Index

        return RankBm25Index(chunks, analyzer)
    from ragtenancy.adapters.bm25.index_files import IndexFiles
    from ragtenancy.adapters.bm25.lexical import Bm25Index

    files = None
    if settings.storage != "memory":
        files = IndexFiles(settings.data_dir / "tenants")
        closers.push_async_callback(files.close)
    return Bm25Index(chunks, analyzer, files=files, max_bytes=settings.index_bytes)


def chat_nodes(chat_model: ChatModel, find_passages: FindPassages) -> ChatNodes:
    """Return the nodes of the chat graph."""
    from ragtenancy.app.chat.nodes import GroundedNodes

    return GroundedNodes(chat_model, find_passages)


def chat_graph(nodes: ChatNodes) -> ChatGraph:
    """Return the chat graph; loads LangGraph."""
    from ragtenancy.app.chat.graph import ChatGraph

    return ChatGraph(nodes)


def stores(settings: Settings, holders: Holders, clock: Clock, closers: AsyncExitStack) -> Stores:
    """Return the stores that the settings choose."""
    if settings.storage == "memory":
        return _memory_stores(holders, clock)
    return _sqlite_stores(settings, holders, closers)


def parsers() -> Sequence[DocumentParser]:
    """Return the parsers, in the order in which they are asked; plain text takes what is left."""
    from ragtenancy.adapters.docx.parser import DocxParser
    from ragtenancy.adapters.plain.markdown_parser import MarkdownParser
    from ragtenancy.adapters.plain.text_parser import PlainTextParser

    return [DocxParser(), MarkdownParser(), PlainTextParser()]


def image_describer() -> ImageDescriber:
    """Return who describes pictures: embedded, nobody does yet."""
    from ragtenancy.adapters.system.images import NoImageDescriber

    return NoImageDescriber()


def openai_client(settings: Settings, closers: AsyncExitStack) -> AsyncOpenAI:
    """Return the one client of OpenAI's protocol."""
    from ragtenancy.adapters.openai.client import open_client

    key = settings.openai.api_key
    client = open_client(key.reveal() if key else None, settings.openai.base_url)
    closers.push_async_callback(client.close)
    return client


def embedder(settings: Settings, openai_client: Callable[[], AsyncOpenAI]) -> Embedder:
    """Return the embedding model: local, unless `OPENAI_EMBEDDING_MODEL` names another."""
    if settings.openai.embedding_model is not None:
        from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder

        return OpenAIEmbedder(openai_client(), settings.openai.embedding_model)
    from ragtenancy.adapters.minilm.embeddings import MiniLmEmbedder

    return MiniLmEmbedder(_model_files(settings), threads=settings.embedding_threads)


def token_counter(settings: Settings) -> TokenCounter:
    """Return the tokenizer by which chunks are measured."""
    from ragtenancy.adapters.minilm.token_counters import MiniLmTokenCounter

    return MiniLmTokenCounter(_model_files(settings))


def chat_model(
    settings: Settings,
    embedder: Embedder,
    analyzer: Analyzer,
    token_counter: TokenCounter,
    openai_client: Callable[[], AsyncOpenAI],
) -> ChatModel:
    """Return who answers: a language model where one is named, else extraction."""
    if settings.openai.chat_enabled and settings.openai.model is not None:
        from ragtenancy.adapters.openai.chat_models import OpenAIChatModel

        return OpenAIChatModel(openai_client(), settings.openai.model)
    from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel

    return ExtractiveChatModel(embedder, analyzer, token_counter)


def probes(
    settings: Settings, stores: Stores, openai_client: Callable[[], AsyncOpenAI]
) -> Sequence[Probe]:
    """Return a probe of each backend in use."""
    if not settings.openai.chat_enabled and settings.openai.embedding_model is None:
        return stores.probes
    from ragtenancy.adapters.openai.probe import OpenAIProbe

    return [*stores.probes, OpenAIProbe(openai_client())]


def admin_keys(settings: Settings, ids: Ids) -> Mapping[str, str]:
    """Return the operators' keys by name; embedded, one is made and kept where none is given."""
    if settings.admin_keys:
        return {name: key.reveal() for name, key in settings.admin_keys.items()}
    if settings.storage == "memory":
        return {"operator": f"rta_{ids.token(ADMIN_KEY_LENGTH)}"}
    from ragtenancy.adapters.files.admin_key import kept_admin_key

    path = settings.data_dir / "admin.key"
    return {"operator": kept_admin_key(path, lambda: f"rta_{ids.token(ADMIN_KEY_LENGTH)}")}


def _model_files(settings: Settings) -> ModelFiles:
    from ragtenancy.adapters.minilm.model_files import embedded_model, local_model

    model, tokenizer = settings.embedding_model_path, settings.embedding_tokenizer_path
    if model is None and tokenizer is None:
        return embedded_model()
    if model is None or tokenizer is None:
        raise ConfigurationError(
            "RAGTENANCY_EMBEDDING_MODEL_PATH and RAGTENANCY_EMBEDDING_TOKENIZER_PATH go together."
        )
    return local_model(model, tokenizer)


def _memory_stores(holders: Holders, clock: Clock) -> Stores:
    from ragtenancy.adapters.memory.api_keys import InMemoryApiKeyRepository
    from ragtenancy.adapters.memory.blobs import InMemoryBlobStore
    from ragtenancy.adapters.memory.chunks import InMemoryChunkRepository
    from ragtenancy.adapters.memory.client import Memory
    from ragtenancy.adapters.memory.conversations import InMemoryConversationRepository
    from ragtenancy.adapters.memory.deletions import InMemoryDeletionRepository
    from ragtenancy.adapters.memory.derived_cache import InMemoryDerivedCache
    from ragtenancy.adapters.memory.documents import InMemoryDocumentRepository
    from ragtenancy.adapters.memory.idempotency import InMemoryIdempotencyStore
    from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
    from ragtenancy.adapters.memory.peppers import InMemoryPepperStore
    from ragtenancy.adapters.memory.session_locks import InMemorySessionLocks
    from ragtenancy.adapters.memory.tenant_configs import InMemoryTenantConfigRepository
    from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
    from ragtenancy.adapters.memory.tenants import InMemoryTenantRepository
    from ragtenancy.adapters.memory.vectors import InMemoryVectorIndex

    memory = Memory()
    return Stores(
        tenants=InMemoryTenantRepository(memory),
        tenant_configs=InMemoryTenantConfigRepository(memory),
        api_keys=InMemoryApiKeyRepository(memory),
        peppers=InMemoryPepperStore(),
        jobs=InMemoryJobRepository(memory, holders),
        deletions=InMemoryDeletionRepository(memory),
        documents=InMemoryDocumentRepository(memory),
        chunks=InMemoryChunkRepository(memory),
        conversations=InMemoryConversationRepository(memory),
        session_locks=InMemorySessionLocks(memory),
        idempotency=InMemoryIdempotencyStore(memory),
        derived_cache=InMemoryDerivedCache(memory),
        blobs=InMemoryBlobStore(memory, clock.now),
        storage=InMemoryTenantStorage(memory),
        vectors=InMemoryVectorIndex(memory),
    )


def _sqlite_stores(settings: Settings, holders: Holders, closers: AsyncExitStack) -> Stores:
    from ragtenancy.adapters.files.blobs import FileBlobStore
    from ragtenancy.adapters.files.peppers import FilePepperStore
    from ragtenancy.adapters.sqlite.api_keys import SqliteApiKeyRepository
    from ragtenancy.adapters.sqlite.chunks import SqliteChunkRepository
    from ragtenancy.adapters.sqlite.client import ControlFile
    from ragtenancy.adapters.sqlite.conversations import SqliteConversationRepository
    from ragtenancy.adapters.sqlite.deletions import SqliteDeletionRepository
    from ragtenancy.adapters.sqlite.derived_cache import SqliteDerivedCache
    from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
    from ragtenancy.adapters.sqlite.idempotency import SqliteIdempotencyStore
    from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
    from ragtenancy.adapters.sqlite.probe import SqliteProbe
    from ragtenancy.adapters.sqlite.session_locks import SqliteSessionLocks
    from ragtenancy.adapters.sqlite.tenant_configs import SqliteTenantConfigRepository
    from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
    from ragtenancy.adapters.sqlite.tenant_storage import SqliteTenantStorage
    from ragtenancy.adapters.sqlite.tenants import SqliteTenantRepository
    from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex

    control = ControlFile(settings.data_dir / "control.db")
    files = TenantFiles(settings.data_dir / "tenants")
    closers.push_async_callback(control.close)
    closers.push_async_callback(files.close)
    return Stores(
        tenants=SqliteTenantRepository(control),
        tenant_configs=SqliteTenantConfigRepository(control),
        api_keys=SqliteApiKeyRepository(control),
        peppers=FilePepperStore(settings.data_dir / "pepper.json"),
        jobs=SqliteJobRepository(control, holders),
        deletions=SqliteDeletionRepository(control),
        documents=SqliteDocumentRepository(files),
        chunks=SqliteChunkRepository(files),
        conversations=SqliteConversationRepository(files),
        session_locks=SqliteSessionLocks(files),
        idempotency=SqliteIdempotencyStore(files),
        derived_cache=SqliteDerivedCache(files),
        blobs=FileBlobStore(settings.data_dir / "tenants"),
        storage=SqliteTenantStorage(control, files),
        vectors=SqliteVectorIndex(
            files, max_bytes=settings.index_bytes, most_exact=settings.exact_chunks
        ),
        probes=[SqliteProbe(control)],
    )
