"""Webhooks and their deliveries."""

from __future__ import annotations

import msgspec

from ragtenancy.domain.webhooks import Delivery, Webhook
from ragtenancy.wire import webhooks as wire


def webhook(found: Webhook) -> wire.Webhook:
    """Return a webhook without its secret."""
    return msgspec.convert(found, wire.Webhook, from_attributes=True)


def created_webhook(made: Webhook) -> wire.CreatedWebhook:
    """Return a new webhook with its secret."""
    return msgspec.convert(made, wire.CreatedWebhook, from_attributes=True)


def delivery(found: Delivery) -> wire.Delivery:
    """Return a delivery."""
    return wire.Delivery(
        delivery_id=found.delivery_id,
        webhook_id=found.webhook_id,
        event_id=found.event.event_id,
        event=found.event.kind,
        status=found.status.value,
        attempts=found.attempts,
        next_attempt_at=found.due_at,
        response_status=found.response_status,
        error=found.error,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
