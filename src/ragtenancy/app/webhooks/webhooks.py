"""A tenant's webhooks: creating, listing, changing, testing; their deliveries."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.domain.bounds import require_within
from ragtenancy.domain.errors import ConflictError, LimitError, NotFoundError, StaleWriteError
from ragtenancy.domain.ids import DeliveryId, TenantUid, WebhookId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.rates import TokenBuckets
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import (
    MAX_WEBHOOKS,
    Delivery,
    Subscription,
    Subscriptions,
    Webhook,
    WebhookUrl,
    delivery_of,
    sample_event,
    secret_of,
    subscriptions,
)
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.webhooks import WebhookRepository, WebhookSender

SECRET_LENGTH = 43  # characters of base62: 256 bits
TESTS_PER_MINUTE = 10
MAX_TENANTS = 10_000


class Webhooks:
    """Manages a tenant's webhooks."""

    def __init__(
        self, webhooks: WebhookRepository, sender: WebhookSender, ids: Ids, clock: Clock
    ) -> None:
        self._webhooks = webhooks
        self._sender = sender
        self._ids = ids
        self._clock = clock
        self._tests: TokenBuckets[TenantUid] = TokenBuckets(MAX_TENANTS)

    async def create(self, scope: TenantScope, url: str, events: Sequence[Subscription]) -> Webhook:
        """Return a new webhook with its secret.

        Raises `MalformedError` for values out of bounds, `InvalidError` (`webhook_target`) for an
        address that messages may not go to, and `LimitError` (`max_webhooks`).
        """
        wanted = await self._checked(url, events)
        if len(await self._webhooks.every(scope)) >= MAX_WEBHOOKS:
            raise _too_many()
        webhook = Webhook(
            webhook_id=WebhookId(self._ids.new("wh")),
            tenant_id=scope.tenant_id,
            tenant_uid=scope.tenant_uid,
            url=url,
            events=wanted,
            secret=secret_of(self._ids.token(SECRET_LENGTH).encode()),
            created_at=self._clock.now(),
        )
        await self._webhooks.add(scope, webhook)
        oldest = (await self._webhooks.every(scope))[:MAX_WEBHOOKS]
        if webhook.webhook_id not in {each.webhook_id for each in oldest}:
            await self._webhooks.remove(scope, webhook.webhook_id)  # others were created meanwhile
            raise _too_many()
        return webhook

    async def every(self, scope: TenantScope) -> Sequence[Webhook]:
        """Return the tenant's webhooks, oldest first; at most ten."""
        return await self._webhooks.every(scope)

    async def get(self, scope: TenantScope, webhook_id: WebhookId) -> Webhook:
        """Return a webhook. Raises `NotFoundError`."""
        for webhook in await self._webhooks.every(scope):
            if webhook.webhook_id == webhook_id:
                return webhook
        raise NotFoundError("There is no such webhook.")

    async def change(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        url: str | None = None,
        events: Sequence[Subscription] | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what is given. Raises `NotFoundError`, and as `create` does."""
        found = await self.get(scope, webhook_id)
        wanted = await self._checked(url or found.url, events or found.events)

        async def attempt() -> Webhook:
            latest = await self.get(scope, webhook_id)
            changed = structs.replace(
                latest,
                url=url or latest.url,
                events=latest.events if events is None else wanted,
                enabled=latest.enabled if enabled is None else enabled,
            )
            return await self._webhooks.save(scope, changed)

        return await retry_stale(attempt, _busy())

    async def remove(self, scope: TenantScope, webhook_id: WebhookId) -> None:
        """Remove a webhook with its deliveries. Raises `NotFoundError`."""
        await self.get(scope, webhook_id)
        await self._webhooks.remove(scope, webhook_id)

    async def test(self, scope: TenantScope, webhook_id: WebhookId) -> Delivery:
        """Enqueue a test message, and return its delivery.

        Raises `NotFoundError`, and `LimitError` (`webhook_tests_per_minute`) beyond ten a minute of
        a tenant in this process.
        """
        webhook, now = await self.get(scope, webhook_id), self._clock.now()
        self._require_test(scope)
        event = sample_event(scope, now, self._ids.new("evt"))
        delivery = delivery_of(webhook, event, now)
        await self._webhooks.enqueue(scope, delivery)
        return delivery

    async def deliveries(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Delivery]:
        """Return a webhook's deliveries of the last week, newest first. Raises `NotFoundError`."""
        await self.get(scope, webhook_id)
        return await self._webhooks.deliveries(scope, webhook_id, after=after, limit=limit)

    async def replay(
        self, scope: TenantScope, webhook_id: WebhookId, delivery_id: DeliveryId
    ) -> Delivery:
        """Send a delivery that ended again. Raises `NotFoundError`, `ConflictError`."""
        delivery = await self._webhooks.delivery(scope, delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFoundError("There is no such delivery.")
        try:
            return await self._webhooks.save_delivery(scope, delivery.replayed(self._clock.now()))
        except StaleWriteError:
            raise _busy() from None

    def _require_test(self, scope: TenantScope) -> None:
        """Count a test message. Raises `LimitError` beyond the tenant's rate."""
        uid, now = scope.tenant_uid, self._clock.monotonic()
        if not self._tests.take(uid, TESTS_PER_MINUTE, now):
            raise LimitError(
                "The client has sent as many test messages a minute as it may.",
                code="webhook_tests_per_minute",
                retry_after=self._tests.level(uid, TESTS_PER_MINUTE, now).next_in,
                limit=TESTS_PER_MINUTE,
            )

    async def _checked(self, url: str, events: Sequence[Subscription]) -> Sequence[Subscription]:
        require_within(url, WebhookUrl, "url")
        require_within(events, Subscriptions, "events")
        wanted = subscriptions(events)
        await self._sender.check(url)
        return wanted


def _too_many() -> LimitError:
    return LimitError(
        "This client has as many webhooks as it may have.",
        code="max_webhooks",
        limit=MAX_WEBHOOKS,
    )


def _busy() -> ConflictError:
    return ConflictError(
        "Other requests keep changing this webhook; try again.", code="webhook_busy"
    )
