"""Webhooks: events, the deliveries of each to a client's addresses, and their signatures.

Messages follow Standard Webhooks (https://www.standardwebhooks.com). Events name ids and states,
never text of a document.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, structs

from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError
from ragtenancy.domain.ids import DeliveryId, TenantId, TenantUid, WebhookId
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.tenants import TenantScope

MAX_WEBHOOKS = 10
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of all secrets
SECRET_BYTES = 32
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=7)
CLOCK_SKEW = timedelta(minutes=1)
_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
BACKOFF: Sequence[timedelta] = tuple(timedelta(seconds=each) for each in _SECONDS)

WebhookUrl = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Subscription(StrEnum):
    """The events that a webhook can receive; `job.*` is every end of a job."""

    DOCUMENT_READY = "document.ready"
    DOCUMENT_FAILED = "document.failed"
    DOCUMENT_DELETED = "document.deleted"
    JOBS = "job.*"
    BUDGET = "client.budget"


Subscriptions = Annotated[Sequence[Subscription], Meta(min_length=1, max_length=10)]
TEST = "webhook.test"
_OF_DOCUMENTS = {
    JobStatus.SUCCEEDED: Subscription.DOCUMENT_READY,
    JobStatus.FAILED: Subscription.DOCUMENT_FAILED,
}


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened; its id stays the same however often it is announced."""

    event_id: str
    kind: str
    at: datetime
    data: Mapping[str, str | None]

    def body(self) -> bytes:
        """Return the message as JSON."""
        message = {"type": self.kind, "timestamp": self.at, "data": dict(self.data)}
        return msgspec.json.encode(message)


def events_of_job(job: Job) -> Sequence[Event]:
    """Return the events of a finished job's record."""
    data = {
        "client_id": job.tenant_id,
        "job_id": job.job_id,
        "document_id": job.document_id,
        "status": job.status.value,
        "code": None if job.error is None else job.error.code,
    }
    kinds = [f"job.{job.status.value}", *filter(None, [_OF_DOCUMENTS.get(job.status)])]
    return [_event(str(kind), job.updated_at, data, job.job_id, str(job.version)) for kind in kinds]


def event_of_deletion(scope: TenantScope, document: Document, at: datetime) -> Event:
    """Return the event of a document's deletion from every store."""
    data = {"client_id": scope.tenant_id, "document_id": document.document_id}
    created = document.created_at.isoformat()
    return _event(Subscription.DOCUMENT_DELETED, at, data, document.document_id, created)


def event_of_budget(scope: TenantScope, month: str, percent: int, at: datetime) -> Event:
    """Return the event of a month's cost that has reached a share of the budget."""
    data = {"client_id": scope.tenant_id, "month": month, "percent": str(percent)}
    return _event(Subscription.BUDGET, at, data, scope.tenant_uid, month, str(percent))


def sample_event(scope: TenantScope, at: datetime, nonce: str) -> Event:
    """Return an event that only shows that messages arrive."""
    return _event(TEST, at, {"client_id": scope.tenant_id}, nonce)


def _event(kind: str, at: datetime, data: Mapping[str, str | None], *identity: str) -> Event:
    digest = sha256("\0".join((kind, *identity)).encode()).hexdigest()
    return Event(event_id=f"evt_{digest[:32]}", kind=str(kind), at=at, data=data)


def subscriptions(wanted: Sequence[Subscription]) -> Sequence[Subscription]:
    """Return distinct subscriptions."""
    return tuple(dict.fromkeys(wanted))


class Webhook(Struct, frozen=True, kw_only=True):
    """An address of a client's that receives signed messages."""

    webhook_id: WebhookId
    tenant_id: TenantId
    tenant_uid: TenantUid
    url: str
    events: Sequence[Subscription]
    secret: str
    enabled: bool = True
    created_at: datetime
    version: int = 1

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(self.url).hostname or ""

    def wants(self, event: Event) -> bool:
        """Return whether it receives an event, which must not be older than itself."""
        is_wanted = event.kind in self.events or (
            event.kind.startswith("job.") and Subscription.JOBS in self.events
        )
        return self.enabled and is_wanted and event.at >= self.created_at - CLOCK_SKEW


class DeliveryStatus(StrEnum):
    """A delivery's status; the last two are final until it is replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one webhook; `due_at` is its next attempt, or the end of a running one's lease.

    `response_status` and `error` are the latest attempt's.
    """

    delivery_id: DeliveryId
    tenant_id: TenantId
    tenant_uid: TenantUid
    webhook_id: WebhookId
    event: Event
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    due_at: datetime | None
    response_status: int | None = None
    error: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def is_due(self, now: datetime) -> bool:
        """Whether it may be attempted."""
        return self.due_at is not None and self.due_at <= now

    def leased(self, now: datetime) -> Delivery:
        """Return it with an attempt begun; if that dies, another may follow after the lease."""
        return structs.replace(self, attempts=self.attempts + 1, due_at=now + LEASE, updated_at=now)

    def delivered(self, status: int, now: datetime) -> Delivery:
        """Return it delivered: the address answered with a status of success."""
        return structs.replace(
            self,
            status=DeliveryStatus.DELIVERED,
            due_at=None,
            response_status=status,
            error=None,
            updated_at=now,
        )

    def missed(
        self, error: str, now: datetime, jitter: float, *, response_status: int | None = None
    ) -> Delivery:
        """Return it due again after backoff times `jitter`, failed after the last attempt."""
        is_last = self.attempts > len(BACKOFF)
        return structs.replace(
            self,
            status=DeliveryStatus.FAILED if is_last else DeliveryStatus.PENDING,
            due_at=None if is_last else now + BACKOFF[self.attempts - 1] * jitter,
            response_status=response_status,
            error=error,
            updated_at=now,
        )

    def given_up(self, error: str, now: datetime) -> Delivery:
        """Return it failed, without further attempts."""
        return structs.replace(
            self, status=DeliveryStatus.FAILED, due_at=None, error=error, updated_at=now
        )

    def deferred(self, now: datetime) -> Delivery:
        """Return it due as before, its attempt not counted: it was not made."""
        attempts = max(self.attempts - 1, 0)
        return structs.replace(self, attempts=attempts, due_at=self.created_at, updated_at=now)

    def replayed(self, now: datetime) -> Delivery:
        """Return it due at once, with all attempts. Raises `ConflictError` while it is pending."""
        if self.status is DeliveryStatus.PENDING:
            raise ConflictError("The delivery is pending already.", code="delivery_pending")
        return structs.replace(
            self,
            status=DeliveryStatus.PENDING,
            attempts=0,
            due_at=now,
            error=None,
            response_status=None,
            updated_at=now,
        )


class Turn(Struct, frozen=True, kw_only=True):
    """Whose delivery is next: round robin between tenants, by uid, after `after`.

    Tenants in `full` and webhooks in `blocked` are passed over.
    """

    after: TenantUid = TenantUid("")
    full: Collection[TenantUid] = frozenset()
    blocked: Collection[WebhookId] = frozenset()

    def place(self, uid: TenantUid) -> tuple[bool, TenantUid]:
        """Return the sort key of a tenant: those after `after` first, then from the beginning."""
        return (uid <= self.after, uid)

    def permits(self, delivery: Delivery) -> bool:
        """Return whether neither its tenant nor its webhook is passed over."""
        return delivery.tenant_uid not in self.full and delivery.webhook_id not in self.blocked


def delivery_of(webhook: Webhook, event: Event, now: datetime) -> Delivery:
    """Return the delivery of an event to a webhook; of each pair there is one."""
    digest = sha256(f"{webhook.webhook_id}\0{event.event_id}".encode()).hexdigest()
    return Delivery(
        delivery_id=DeliveryId(f"dlv_{digest[:32]}"),
        tenant_id=webhook.tenant_id,
        tenant_uid=webhook.tenant_uid,
        webhook_id=webhook.webhook_id,
        event=event,
        due_at=now,
        created_at=now,
        updated_at=now,
    )


def secret_of(random: bytes) -> str:
    """Return a signing secret of 24 to 64 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signed(secret: str, event: Event, now: datetime) -> Mapping[str, str]:
    """Return a message's headers: HMAC-SHA256 of `id.timestamp.body`, in base64."""
    timestamp = str(int(now.timestamp()))
    content = b".".join((event.event_id.encode(), timestamp.encode(), event.body()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    mac = base64.b64encode(hmac.new(key, content, sha256).digest()).decode()
    return {
        "webhook-id": event.event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{mac}",
        "content-type": "application/json",
    }
