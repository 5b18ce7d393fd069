"""One small factory per adapter; its annotated return type proves that the adapter fits the port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.health import Probe
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.images import ImageDescriber
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.parsing import DocumentParser
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.settings import Settings
from ragtenancy.wiring.every_store import Stores

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ragtenancy.adapters.formats.reader import Reader
    from ragtenancy.adapters.minilm.model_files import ModelFiles
    from ragtenancy.app.chat.graph import ChatGraph
    from ragtenancy.app.chat.nodes import ChatNodes
    from ragtenancy.app.search.passages import FindPassages

ADMIN_KEY_LENGTH = 43


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
    if settings.backends.records == "sqlite":
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


def parsers() -> Sequence[DocumentParser]:
    """Return the parsers, in the order in which they are asked; plain text takes what is left."""
    from ragtenancy.adapters.formats.docx.reader import DocxReader
    from ragtenancy.adapters.formats.html.email_reader import EmailReader
    from ragtenancy.adapters.formats.html.epub_reader import EpubReader
    from ragtenancy.adapters.formats.html.reader import HtmlReader
    from ragtenancy.adapters.formats.pdf.reader import PdfReader
    from ragtenancy.adapters.formats.plain.csv_reader import CsvReader
    from ragtenancy.adapters.formats.plain.markdown_parser import MarkdownParser
    from ragtenancy.adapters.formats.plain.text_parser import PlainTextParser
    from ragtenancy.adapters.formats.pptx.reader import PptxReader
    from ragtenancy.adapters.formats.sandboxed import SandboxedParser
    from ragtenancy.adapters.formats.xlsx.reader import XlsxReader

    readers: Sequence[Reader] = (
        *(PdfReader(), PptxReader(), XlsxReader(), EpubReader(), DocxReader()),
        *(HtmlReader(), EmailReader(), CsvReader()),
    )
    return [*map(SandboxedParser, readers), MarkdownParser(), PlainTextParser()]


def image_describer(
    settings: Settings, openai_client: Callable[[], AsyncOpenAI], closers: AsyncExitStack
) -> ImageDescriber:
    """Return who describes pictures: the vision model that is named, else OCR where installed."""
    chosen = settings.backends.images
    if chosen == "openai":
        return _vision_describer(settings, openai_client, closers)
    if chosen == "ocr" or (chosen == "local" and _ocr_installed()):
        return _ocr_describer(closers)
    from ragtenancy.adapters.system.images import NoImageDescriber

    return NoImageDescriber()


def _vision_describer(
    settings: Settings, openai_client: Callable[[], AsyncOpenAI], closers: AsyncExitStack
) -> ImageDescriber:
    """Return the vision model; OCR, where installed, reads the formats that it does not."""
    if settings.openai.vision_model is None:
        raise ConfigurationError("RAGTENANCY_IMAGE_DESCRIBER=openai needs OPENAI_VISION_MODEL.")
    from ragtenancy.adapters.openai.images import OpenAIImageDescriber
    from ragtenancy.adapters.system.image_fallback import FallbackImageDescriber

    model = OpenAIImageDescriber(openai_client(), settings.openai.vision_model)
    return FallbackImageDescriber(model, _ocr_describer(closers)) if _ocr_installed() else model


def _ocr_describer(closers: AsyncExitStack) -> ImageDescriber:
    if not _ocr_installed():
        raise ConfigurationError(
            "RAGTENANCY_IMAGE_DESCRIBER=ocr needs the extra `ragtenancy[ocr]`."
        )
    from ragtenancy.adapters.ocr.images import OcrImageDescriber

    describer = OcrImageDescriber()
    closers.push_async_callback(describer.close)
    return describer


def _ocr_installed() -> bool:
    return find_spec("rapidocr") is not None


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
    named = settings.openai.embedding_model or settings.openai.vision_model
    if not settings.openai.chat_enabled and named is None:
        return stores.probes
    from ragtenancy.adapters.openai.probe import OpenAIProbe

    return [*stores.probes, OpenAIProbe(openai_client())]


def admin_keys(settings: Settings, ids: Ids) -> Mapping[str, str]:
    """Return the operators' keys by name; embedded, one is made and kept where none is given."""
    if settings.admin_keys:
        return {name: key.reveal() for name, key in settings.admin_keys.items()}
    if settings.backends.records == "memory":
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
