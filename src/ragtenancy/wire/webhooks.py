"""Webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from ragtenancy.domain.webhooks import Subscription, Subscriptions, WebhookUrl
from ragtenancy.wire.fields import Moment, about


class NewWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to create."""

    url: Annotated[WebhookUrl, about("Where messages go: https, to a public address.")]
    events: Annotated[Subscriptions, about("The events to receive; `job.*` is every end of a job.")]


class WebhookChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a webhook; unset fields stay."""

    url: Annotated[WebhookUrl, about("Where messages go.")] | UnsetType = UNSET
    events: Annotated[Subscriptions, about("The events to receive.")] | UnsetType = UNSET
    enabled: Annotated[bool, about("Whether events are delivered.")] | UnsetType = UNSET


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook, without its secret."""

    webhook_id: Annotated[str, about("The webhook.")]
    url: Annotated[str, about("Where messages go.")]
    events: Annotated[Sequence[Subscription], about("The events that it receives.")]
    enabled: Annotated[bool, about("Whether events are delivered.")]
    created_at: Annotated[Moment, about("When it was created.")]


class CreatedWebhook(Webhook, frozen=True, kw_only=True):
    """A new webhook with its secret, which is never shown again."""

    secret: Annotated[
        str, about("The key of the messages' signatures. Save it: it is never shown again.")
    ]


class Delivery(Struct, frozen=True, kw_only=True):
    """One message to a webhook."""

    delivery_id: Annotated[str, about("The delivery.")]
    webhook_id: Annotated[str, about("The webhook to which the message goes.")]
    event_id: Annotated[str, about("The message's `webhook-id`, the same at every attempt.")]
    event: Annotated[str, about("The message's type.")]
    status: Annotated[
        Literal["pending", "delivered", "failed"],
        about("`pending`: to be sent, or sent again; `failed`: given up after the last attempt."),
    ]
    attempts: Annotated[int, about("The number of attempts so far.")]
    next_attempt_at: Annotated[
        Moment | None, about("When it is sent, or sent again; null if it is not.")
    ]
    response_status: Annotated[int | None, about("The HTTP status of the latest reply, if any.")]
    error: Annotated[str | None, about("Why the latest attempt failed; a documented code.")]
    created_at: Annotated[Moment, about("When the event happened.")]
    updated_at: Annotated[Moment, about("When the delivery last changed.")]
