"""Celery: hints of waiting jobs through a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, JobListener, SignalsOffer
from ragtenancy.backend.resources import Resources
from ragtenancy.backend.sections import Secret, given

if TYPE_CHECKING:
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.job_signals import JobSignals


class CelerySettings(
    Struct, frozen=True, kw_only=True, rename={"broker_url": "RAGTENANCY_BROKER_URL"}
):
    """Celery: a broker notifies workers of waiting jobs."""

    broker_url: Annotated[
        Secret | None,
        Meta(
            description="Celery's broker (`redis://…`, `amqp://…`), which notifies workers of waiting jobs."
        ),
    ] = None


def _broker_url(resources: Resources) -> str:
    url = resources.section(CelerySettings).broker_url
    return given(url, "RAGTENANCY_BROKER_URL").reveal()


def _open(resources: Resources) -> JobSignals:
    from ragtenancy.adapters.celery.job_signals import CeleryJobSignals

    signals = CeleryJobSignals(_broker_url(resources))
    resources.closers.push_async_callback(signals.close)
    return signals


def _listen(resources: Resources) -> JobListener:
    from ragtenancy.adapters.celery.listener import CeleryListener

    return CeleryListener(_broker_url(resources))


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.celery.job_signals import BrokerProbe

    return BrokerProbe(_broker_url(resources))


CELERY = Backend(
    name="celery",
    section=CelerySettings,
    signals=SignalsOffer(
        name="celery",
        implied=lambda chosen: chosen.section(CelerySettings).broker_url is not None,
        open=_open,
        listen=_listen,
    ),
    probe=_probe,
)
