"""Composition of webhooks: announcements, deliveries and their management."""

from __future__ import annotations

from ragtenancy.app.intents import Intents
from ragtenancy.app.webhooks.announcing import AnnouncedJobs, Announcements
from ragtenancy.app.webhooks.delivering import Deliverer
from ragtenancy.app.webhooks.webhooks import Webhooks
from ragtenancy.backend.stores import Stores
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository, WebhookSender
from ragtenancy.settings import Settings


def compose_webhook_sender(settings: Settings) -> WebhookSender:
    """Return the sender of messages."""
    from ragtenancy.adapters.webhooks.sender import HttpWebhookSender

    return HttpWebhookSender(allow_any=settings.webhooks_anywhere)


def compose_announcements(webhook_repository: WebhookRepository, clock: Clock) -> Announcements:
    """Compose the announcement of events."""
    return Announcements(webhook_repository, clock)


def compose_job_repository(
    stores: Stores, announcements: Announcements, intents: Intents
) -> JobRepository:
    """Return the job queue, which announces the ends of jobs."""
    return AnnouncedJobs(stores.jobs, announcements, intents)


def compose_webhooks(
    webhook_repository: WebhookRepository, webhook_sender: WebhookSender, ids: Ids, clock: Clock
) -> Webhooks:
    """Compose the use cases of webhooks."""
    return Webhooks(webhook_repository, webhook_sender, ids, clock)


def compose_deliverer(
    webhook_repository: WebhookRepository,
    tenant_repository: TenantRepository,
    webhook_sender: WebhookSender,
    ids: Ids,
    clock: Clock,
) -> Deliverer:
    """Compose the delivery of messages."""
    return Deliverer(webhook_repository, tenant_repository, webhook_sender, ids, clock)
