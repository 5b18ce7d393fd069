"""Composition of webhooks: announcements, deliveries and their management."""

from __future__ import annotations

from ragtenancy.app.webhooks.announcing import Announcements
from ragtenancy.app.webhooks.delivering import Deliverer
from ragtenancy.app.webhooks.webhooks import Webhooks
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository, WebhookSender
from ragtenancy.settings import Settings


def compose_webhook_sender(settings: Settings) -> WebhookSender:
    """Return the sender of messages."""
    from ragtenancy.adapters.webhooks.sender import HttpWebhookSender

    return HttpWebhookSender(allow_any=settings.webhooks_anywhere)


def compose_announcements(
    webhook_repository: WebhookRepository,
    job_repository: JobRepository,
    tenant_repository: TenantRepository,
    metrics: Metrics,
    clock: Clock,
) -> Announcements:
    """Compose the announcement of events."""
    return Announcements(webhook_repository, job_repository, tenant_repository, metrics, clock)


def compose_webhooks(
    webhook_repository: WebhookRepository, webhook_sender: WebhookSender, ids: Ids, clock: Clock
) -> Webhooks:
    """Compose the use cases of webhooks."""
    return Webhooks(webhook_repository, webhook_sender, ids, clock)


def compose_deliverer(
    webhook_repository: WebhookRepository,
    announcements: Announcements,
    tenant_repository: TenantRepository,
    webhook_sender: WebhookSender,
    ids: Ids,
    metrics: Metrics,
    clock: Clock,
) -> Deliverer:
    """Compose the delivery of messages."""
    return Deliverer(
        webhook_repository, announcements, tenant_repository, webhook_sender, ids, metrics, clock
    )
