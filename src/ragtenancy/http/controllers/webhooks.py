"""Webhooks and their deliveries."""

from __future__ import annotations

from msgspec import UNSET

from ragtenancy.app.webhooks.webhooks import Webhooks
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.ids import DeliveryId, WebhookId
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.route import tenant_route
from ragtenancy.http.views import webhooks as view
from ragtenancy.wire.pages import Page, PageQuery, page_of
from ragtenancy.wire.webhooks import CreatedWebhook, Delivery, NewWebhook, Webhook, WebhookChange

ALL = "/api/v1/webhooks"
ONE = ALL + "/{webhook_id:str}"
DELIVERIES = ONE + "/deliveries"


@tenant_route(
    "POST", ALL, Scope.INGEST, status=201, fails=(413, 415, "webhook_target", "max_webhooks")
)
async def create_webhook(
    body: NewWebhook, caller: TenantPrincipal, webhooks: Webhooks
) -> CreatedWebhook:
    """Create a webhook; its secret is shown only once."""
    return view.created_webhook(await webhooks.create(caller.scope, body.url, body.events))


@tenant_route("GET", ALL, Scope.INGEST)
async def list_webhooks(caller: TenantPrincipal, webhooks: Webhooks) -> Page[Webhook]:
    """List the client's webhooks, at most ten, oldest first."""
    return Page(items=[view.webhook(each) for each in await webhooks.every(caller.scope)])


@tenant_route("GET", ONE, Scope.INGEST, fails=(404,))
async def read_webhook(
    webhook_id: WebhookId, caller: TenantPrincipal, webhooks: Webhooks
) -> Webhook:
    """Read a webhook."""
    return view.webhook(await webhooks.get(caller.scope, webhook_id))


@tenant_route("PATCH", ONE, Scope.INGEST, fails=(404, "webhook_busy", 413, 415, "webhook_target"))
async def change_webhook(
    webhook_id: WebhookId, body: WebhookChange, caller: TenantPrincipal, webhooks: Webhooks
) -> Webhook:
    """Change a webhook's address or events, or disable or enable it."""
    changed = await webhooks.change(
        caller.scope,
        webhook_id,
        url=None if body.url is UNSET else body.url,
        events=None if body.events is UNSET else body.events,
        enabled=None if body.enabled is UNSET else body.enabled,
    )
    return view.webhook(changed)


@tenant_route("DELETE", ONE, Scope.INGEST, status=204, fails=(404,))
async def remove_webhook(
    webhook_id: WebhookId, caller: TenantPrincipal, webhooks: Webhooks
) -> None:
    """Remove a webhook with its deliveries."""
    await webhooks.remove(caller.scope, webhook_id)


@tenant_route(
    "POST", ONE + "/test", Scope.INGEST, status=202, fails=(404, "webhook_tests_per_minute")
)
async def send_test_message(
    webhook_id: WebhookId, caller: TenantPrincipal, webhooks: Webhooks
) -> Delivery:
    """Send a message of type `webhook.test`."""
    return view.delivery(await webhooks.test(caller.scope, webhook_id))


@tenant_route("GET", DELIVERIES, Scope.INGEST, fails=(404,))
async def list_deliveries(
    webhook_id: WebhookId, query: PageQuery, caller: TenantPrincipal, webhooks: Webhooks
) -> Page[Delivery]:
    """List a webhook's deliveries of the last week, newest first."""
    found = await webhooks.deliveries(
        caller.scope, webhook_id, after=query.after, limit=query.limit
    )
    return page_of(found, view.delivery)


@tenant_route(
    "POST",
    DELIVERIES + "/{delivery_id:str}/replay",
    Scope.INGEST,
    status=202,
    fails=(404, "delivery_pending", "webhook_busy"),
)
async def replay_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, caller: TenantPrincipal, webhooks: Webhooks
) -> Delivery:
    """Send a message again whose delivery has ended."""
    return view.delivery(await webhooks.replay(caller.scope, webhook_id, delivery_id))


ROUTES = (
    *(create_webhook, list_webhooks, read_webhook, change_webhook, remove_webhook),
    *(send_test_message, list_deliveries, replay_delivery),
)
