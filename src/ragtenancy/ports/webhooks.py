"""Webhooks, their deliveries, and the sending of messages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import DeliveryId, WebhookId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import Delivery, Turn, Webhook


class WebhookRepository(Protocol):
    """Webhooks and deliveries of every tenant; writes are durable, with optimistic concurrency."""

    @abstractmethod
    async def every(self, scope: TenantScope) -> Sequence[Webhook]:
        """Return the tenant's webhooks, oldest first."""

    @abstractmethod
    async def add(self, scope: TenantScope, webhook: Webhook) -> None:
        """Store a new webhook. Raises `AlreadyExistsError`."""

    @abstractmethod
    async def save(self, scope: TenantScope, webhook: Webhook) -> Webhook:
        """Write a webhook if its `version` is the stored one; return it with the next version.

        Raises `StaleWriteError`.
        """

    @abstractmethod
    async def remove(self, scope: TenantScope, webhook_id: WebhookId) -> None:
        """Remove a webhook with its deliveries; idempotent."""

    @abstractmethod
    async def enqueue(self, scope: TenantScope, delivery: Delivery) -> None:
        """Store a new delivery; one with the same id stays as it is."""

    @abstractmethod
    async def delivery(self, scope: TenantScope, delivery_id: DeliveryId) -> Delivery | None:
        """Return a delivery of this tenant."""

    @abstractmethod
    async def deliveries(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        """Return a webhook's deliveries, newest first."""

    @abstractmethod
    async def save_delivery(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        """Write a delivery as `save` does."""

    @abstractmethod
    async def take(self, now: datetime, turn: Turn) -> Delivery | None:
        """Lease the longest due delivery of the tenant whose turn it is; None if there is none.

        No two callers get the same one. A damaged delivery is set aside: logged, never due again,
        purged in the end. For one of another tenant `IsolationBreach` is raised after that.
        """

    @abstractmethod
    async def purge(self, *, before: datetime) -> int:
        """Remove deliveries that ended before then; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every webhook and delivery of the tenant."""


class WebhookSender(Protocol):
    """Sends messages to addresses that nobody vouches for."""

    @abstractmethod
    async def check(self, url: str) -> None:
        """Raise `InvalidError` (`webhook_target`) for an address that messages may not go to."""

    @abstractmethod
    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message and return the status of the reply, whose body is not read.

        Raises as `check` does, and `UnavailableError` (`webhook_unreachable`).
        """
