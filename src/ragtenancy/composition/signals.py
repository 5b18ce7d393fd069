"""Who tells workers that a job waits, and who hears it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

from ragtenancy.app.ingestion.worker import IDLE
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.health import Probe
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.celery.listener import CeleryListener


def job_signals(settings: Settings, closers: AsyncExitStack) -> JobSignals:
    """Return the broker's publisher where a broker is named."""
    if settings.broker_url is None:
        from ragtenancy.adapters.system.job_signals import SilentJobSignals

        return SilentJobSignals()
    from ragtenancy.adapters.celery.job_signals import CeleryJobSignals

    signals = CeleryJobSignals(settings.broker_url.reveal())
    closers.push_async_callback(signals.close)
    return signals


def most_idle(settings: Settings) -> timedelta:
    """Return how rarely an idle worker looks at the queue: a look at Cosmos DB is a paid query."""
    return timedelta(seconds=2) if settings.backends.records == "cosmos" else IDLE


def job_listener(settings: Settings) -> CeleryListener:
    """Return the broker's consumer. Raises `ConfigurationError` where no broker is named."""
    if settings.broker_url is None:
        raise ConfigurationError("`worker --celery` needs RAGTENANCY_BROKER_URL.")
    from ragtenancy.adapters.celery.listener import CeleryListener

    return CeleryListener(settings.broker_url.reveal())


def probes(settings: Settings, others: Sequence[Probe]) -> Sequence[Probe]:
    """Return the probes with that of the broker where one is named."""
    if settings.broker_url is None:
        return others
    from ragtenancy.adapters.celery.probe import BrokerProbe

    return [*others, BrokerProbe(settings.broker_url.reveal())]
