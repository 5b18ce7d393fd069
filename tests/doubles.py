"""The container that tests start from: our own code, with steered models and a hand-wound clock."""

from __future__ import annotations

from datetime import UTC, datetime

from dependency_injector import providers

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.container import Container
from ragtenancy.domain.usage import UsageTally
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.settings import Settings
from tests.scripted.chat_models import ScriptedChatModel as RecordingChatModel
from tests.scripted.clock import ScriptedClock
from tests.scripted.embeddings import ScriptedEmbedder as FailingEmbedder
from tests.scripted.signing import ScriptedSigningKey
from tests.scripted.token_counters import ScriptedTokenCounter
from tests.scripted.webhook_sender import ScriptedWebhookSender

LATER_THAN_ANY_FILE = datetime(2100, 1, 1, tzinfo=UTC)

__all__ = [
    "FailingEmbedder",
    "RecordingChatModel",
    "in_memory_container",
    "one_embedder",
    "query_vectors",
]


def in_memory_container(settings: Settings | None = None) -> Container:
    """Return a container with hashed vectors and a hand-wound clock, by default in memory."""
    container = Container(settings=settings or Settings(storage="memory"))
    container.clock.override(providers.Singleton(ScriptedClock, LATER_THAN_ANY_FILE))
    container.embedder.override(providers.Singleton(FailingEmbedder))
    container.webhook_sender.override(providers.Singleton(ScriptedWebhookSender))
    container.signing_key.override(providers.Singleton(ScriptedSigningKey))
    container.token_counter.override(providers.Singleton(ScriptedTokenCounter))
    return container


def one_embedder() -> Embedders:
    """Return a list of embedders with one of hashed vectors alone."""
    return Embedders({"hashed": FailingEmbedder()})


def query_vectors(embedders: Embedders) -> QueryVectors:
    """Return the vectors of questions by these embedders, with a tally that nobody reads."""
    counter, clock = ScriptedTokenCounter(), ScriptedClock()
    return QueryVectors(embedders, PrometheusMetrics(), counter, UsageTally(), clock)
