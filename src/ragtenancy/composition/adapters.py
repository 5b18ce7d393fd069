"""One small factory per adapter; its annotated return type proves that the adapter fits the port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ragtenancy.composition.every_store import Stores
from ragtenancy.composition.model_clients import ModelClients
from ragtenancy.composition.models import model_probes
from ragtenancy.domain.content import Lexicons
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.glossaries import Glossaries
from ragtenancy.ports.health import Probe
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.parsing import DocumentParser
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.formats.reader import Reader

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
    from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics

    return PrometheusMetrics()


def analyzer() -> Analyzer:
    """Return the analysis of text into terms."""
    from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer

    return SnowballAnalyzer()


def lexicons(analyzer: Analyzer) -> Lexicons:
    """Return the lexicons, made once each and shared by all who read a question."""
    return Lexicons(analyzer.terms)


def glossaries(analyzer: Analyzer) -> Glossaries:
    """Return the glossaries, which are loaded when a question first needs them."""
    from ragtenancy.adapters.glossary.glossaries import FileGlossaries

    return FileGlossaries(analyzer)


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


def probes(settings: Settings, stores: Stores, clients: ModelClients) -> Sequence[Probe]:
    """Return a probe of each backend in use."""
    return [*stores.probes, *model_probes(settings, clients)]


def admin_keys(settings: Settings, ids: Ids) -> Mapping[str, str]:
    """Return the operators' keys by name; embedded, one is made and kept where none is given."""
    if settings.admin_keys:
        return {name: key.reveal() for name, key in settings.admin_keys.items()}
    if settings.backends.records == "memory":
        return {"operator": f"rta_{ids.token(ADMIN_KEY_LENGTH)}"}
    from ragtenancy.adapters.files.admin_key import kept_admin_key

    path = settings.data_dir / "admin.key"
    return {"operator": kept_admin_key(path, lambda: f"rta_{ids.token(ADMIN_KEY_LENGTH)}")}
