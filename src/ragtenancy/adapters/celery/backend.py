"""Celery: hints of waiting jobs through a broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.azure_template import AzurePart, Grantee
from ragtenancy.backend.offers import Backend, Backends, JobListener, SignalsOffer
from ragtenancy.backend.resources import Resources
from ragtenancy.backend.sections import Chosen, Described, Secret, given

if TYPE_CHECKING:
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.job_signals import JobSignals


class CelerySettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "broker_url": "RAGTENANCY_BROKER_URL",
        "unencrypted": "RAGTENANCY_BROKER_UNENCRYPTED",
    },
):
    """Celery: a broker notifies workers of waiting jobs."""

    broker_url: Annotated[
        Secret | None,
        Meta(
            description="Celery's broker (`rediss://…`, `amqps://…`), which notifies workers of waiting jobs; `redis://…` and `amqp://…` without TLS."
        ),
    ] = None
    unencrypted: Annotated[
        Described | None,
        Meta(
            description="The host of a broker to which its password may be sent without TLS, e.g. on a private network; it is refused for any other but this machine."
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


def _azure(chosen: Chosen, _: Grantee) -> AzurePart:
    """Return the rule that adds workers by the length of the queue; only Redis has one here."""
    from ragtenancy.adapters.celery.client import queue_rule

    url = given(chosen.section(CelerySettings).broker_url, "RAGTENANCY_BROKER_URL")
    return AzurePart(queue=queue_rule(url.reveal()))


def _faults(chosen: Chosen, _: Backends) -> Iterator[str]:
    from ragtenancy.adapters.celery.addresses import faults

    celery = chosen.section(CelerySettings)
    if celery.broker_url is not None:
        yield from faults(celery.broker_url.reveal(), celery.unencrypted)


CELERY = Backend(
    name="celery",
    section=CelerySettings,
    signals=SignalsOffer(
        name="celery",
        implied=lambda chosen: chosen.section(CelerySettings).broker_url is not None,
        open=_open,
        listen=_listen,
    ),
    faults=_faults,
    probe=_probe,
    azure=_azure,
)
