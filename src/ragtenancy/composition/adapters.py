"""One small factory per adapter; its return type proves that the adapter implements the port."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

from ragtenancy.app.ingestion.worker import IDLE
from ragtenancy.backend.offers import JobListener, Place
from ragtenancy.backend.resources import Resources
from ragtenancy.backend.stores import Stores
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.metrics import BUILD
from ragtenancy.domain.usage import UsageTally
from ragtenancy.ports.analyzers import Analyzer, Glossaries
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.parsing import DocumentParser, FileTypeDetector
from ragtenancy.ports.tracing import Tracer
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import offered
from ragtenancy.version import __version__

if TYPE_CHECKING:
    from ragtenancy.adapters.formats.reader import Reader

ADMIN_KEY_LENGTH = 43


def clock() -> Clock:
    """Return the machine's clock."""
    from ragtenancy.adapters.system.machine import SystemClock

    return SystemClock()


def ids() -> Ids:
    """Return the generator of ids, from the machine's randomness."""
    from ragtenancy.adapters.system.machine import SystemIds

    return SystemIds()


def holders() -> Holders:
    """Return the names of this machine's processes."""
    from ragtenancy.adapters.system.machine import SystemHolders

    return SystemHolders()


def metrics(settings: Settings, usage_tally: UsageTally, clock: Clock) -> Metrics:
    """Return the process's metrics; units are also tallied for usage."""
    from ragtenancy.adapters.measured.units import TallyingMetrics
    from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics

    metrics = PrometheusMetrics(clients=settings.metrics_clients)
    metrics.gauge(BUILD, 1, version=__version__, python=platform.python_version())
    return TallyingMetrics(metrics, usage_tally, clock)


def compose_tracer(settings: Settings, closers: AsyncExitStack) -> Tracer:
    """Return the exporter of traces. Raises `ConfigurationError` without the extra `otel`."""
    if settings.otlp_endpoint is None:
        from ragtenancy.adapters.system.null_adapters import SilentTracer

        return SilentTracer()
    from ragtenancy.adapters.opentelemetry.tracing import otlp_tracer

    tracer = otlp_tracer(settings.otlp_endpoint, holds_content=settings.trace_content)
    closers.push_async_callback(tracer.close)
    return tracer


def compose_derived_cache(stores: Stores, metrics: Metrics) -> DerivedCache:
    """Return the cache of derived data, measured."""
    from ragtenancy.adapters.measured.caches import MeasuredDerivedCache

    return MeasuredDerivedCache(stores.derived_cache, metrics)


def analyzer() -> Analyzer:
    """Return the analyzer that splits text into terms."""
    from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer

    return SnowballAnalyzer()


def lexicons(analyzer: Analyzer) -> Lexicons:
    """Return the lexicons, each created once and shared."""
    return Lexicons(analyzer.terms)


def glossaries(analyzer: Analyzer) -> Glossaries:
    """Return the glossaries, each loaded when a question first needs it."""
    from ragtenancy.adapters.glossary.glossaries import FileGlossaries

    return FileGlossaries(analyzer)


def compose_lexical(
    within_reach: Settings,
    resources: Resources,
    chunks: ChunkRepository,
    analyzer: Analyzer,
) -> LexicalIndex:
    """Return the lexical leg; its caches lie in the folders of clients, which go with them."""
    records = offered(lambda each: each.records)[within_reach.backends.records]
    caches = resources.tenants_dir if records.place is Place.FOLDER else None
    lexical = offered(lambda each: each.lexical)[within_reach.lexical]
    return lexical.open(resources, chunks, analyzer, caches)


def compose_job_signals(settings: Settings, resources: Resources) -> JobSignals:
    """Return the broker's publisher if a broker is configured."""
    signals = offered(lambda each: each.signals).get(settings.backends.signals)
    if signals is not None:
        return signals.open(resources)
    from ragtenancy.adapters.system.null_adapters import SilentJobSignals

    return SilentJobSignals()


def compose_job_listener(settings: Settings, resources: Resources) -> JobListener:
    """Return the broker's consumer. Raises `ConfigurationError` if no broker is configured."""
    signals = offered(lambda each: each.signals).get(settings.backends.signals)
    if signals is None:
        raise ConfigurationError("`worker --celery` needs RAGTENANCY_BROKER_URL.")
    return signals.listen(resources)


def max_idle(settings: Settings) -> timedelta:
    """Return the longest interval at which an idle worker polls the queue."""
    return offered(lambda each: each.records)[settings.backends.records].idle or IDLE


def file_types(settings: Settings) -> FileTypeDetector:
    """Return the detector of packages, compound files and refused kinds."""
    from ragtenancy.adapters.formats.file_types import FileTypes

    return FileTypes(read_macro_files=settings.read_macro_files)


def parsers() -> Sequence[DocumentParser]:
    """Return the parsers in the order they are tried; plain text is the last resort."""
    from ragtenancy.adapters.formats.docx.reader import DocxReader
    from ragtenancy.adapters.formats.html.email_reader import EmailReader
    from ragtenancy.adapters.formats.html.epub_reader import EpubReader
    from ragtenancy.adapters.formats.html.reader import HtmlReader
    from ragtenancy.adapters.formats.odf.reader import OdfReader
    from ragtenancy.adapters.formats.outlook.reader import OutlookReader
    from ragtenancy.adapters.formats.pdf.reader import PdfReader
    from ragtenancy.adapters.formats.plain.csv_reader import CsvReader
    from ragtenancy.adapters.formats.plain.markdown_reader import MarkdownReader
    from ragtenancy.adapters.formats.plain.text_parser import TextParser
    from ragtenancy.adapters.formats.plain.text_reader import PlainTextReader
    from ragtenancy.adapters.formats.pptx.reader import PptxReader
    from ragtenancy.adapters.formats.rtf.reader import RtfReader
    from ragtenancy.adapters.formats.sandboxed import SandboxedParser
    from ragtenancy.adapters.formats.xlsx.reader import XlsbReader, XlsReader, XlsxReader

    readers: Sequence[Reader] = (
        *(PdfReader(), PptxReader(), XlsxReader(), EpubReader(), DocxReader()),
        *(XlsReader(), XlsbReader(), OdfReader(), OutlookReader(), RtfReader()),
        *(HtmlReader(), EmailReader(), CsvReader()),
    )
    texts = (TextParser(MarkdownReader(), suspect=b"<"), TextParser(PlainTextReader()))
    return [*map(SandboxedParser, readers), *texts]


def admin_keys(settings: Settings, ids: Ids) -> Mapping[str, str]:
    """Return the operators' keys by name; embedded, create and store one if none is configured."""
    if settings.admin_keys:
        return {name: key.reveal() for name, key in settings.admin_keys.items()}
    if offered(lambda each: each.records)[settings.backends.records].place is Place.PROCESS:
        return {"operator": f"rta_{ids.token(ADMIN_KEY_LENGTH)}"}
    from ragtenancy.adapters.files.secret_files import kept_admin_key

    path = settings.data_dir / "admin.key"
    return {"operator": kept_admin_key(path, lambda: f"rta_{ids.token(ADMIN_KEY_LENGTH)}")}
