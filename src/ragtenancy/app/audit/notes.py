"""Notes of what happens too often to wait for the log: refusals, key uses, retrievals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from ragtenancy.app.audit.acts import Caller, caller
from ragtenancy.domain.audit import (
    MAX_OBJECTS,
    AuditAction,
    AuditEvent,
    AuditOutcome,
    fit,
)
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.audit import MAX_APPENDED, AuditLog
from ragtenancy.ports.clock import Clock

log = structlog.get_logger(__name__)

STORE_EVERY = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
MAX_KINDS = 20  # of refusals in a minute that are told apart by client and key
MAX_KEPT = 10_000  # events that wait to be stored
NOBODY = "nobody"
SYSTEM = "system"
REFUSED = frozenset({401, 403, 404, 429})
ONLY_OF_CLIENTS = 404


class Refusal(Struct, frozen=True, kw_only=True):
    """A kind of refusal; those of one kind in a minute are one entry with their count."""

    minute: datetime
    status: int
    caller: Caller | None


class AuditNotes:
    """Collects events in memory and stores them every 10 seconds, and at the end of the process.

    A crash loses those of the last seconds, of refusals those of the current minute. What does not
    fit in memory while the log cannot be written is counted, and the count stored as `notes.lost`.
    """

    def __init__(self, audit_log: AuditLog, clock: Clock) -> None:
        self._log = audit_log
        self._clock = clock
        self._refusals: Counter[Refusal] = Counter()
        self._events: list[AuditEvent] = []
        self._lost = 0

    def refused(self, status: int) -> None:
        """Count a request of the current caller that got 401, 403, 429 or, with a client's key, 404."""
        calling = caller.get()
        is_client = calling is not None and calling.client_uid is not None
        if status not in REFUSED or (status == ONLY_OF_CLIENTS and not is_client):
            return
        minute = self._clock.now().replace(second=0, microsecond=0)
        kind = Refusal(minute=minute, status=status, caller=_without_request(calling))
        known = sum(each.minute == minute for each in self._refusals)
        if kind not in self._refusals and known >= MAX_KINDS:
            kind = Refusal(minute=minute, status=status, caller=None)
        self._refusals[kind] += 1

    def key_used(self, scope: TenantScope, key_id: ApiKeyId) -> None:
        """Note a key's first use of the day."""
        self._keep(AuditAction.KEY_USED, scope, key_id, (key_id,))

    def retrieved(self, scope: TenantScope, objects: Sequence[str]) -> None:
        """Note the ids of chunks whose texts were read for a question."""
        calling = caller.get()
        actor = SYSTEM if calling is None else calling.actor
        for start in range(0, len(objects), MAX_OBJECTS):
            some = tuple(map(fit, objects[start : start + MAX_OBJECTS]))
            self._keep(AuditAction.RETRIEVAL, scope, actor, some)

    async def run(self) -> None:
        """Store the notes again and again, until cancelled."""
        while True:
            await self._clock.sleep(STORE_EVERY)
            await self.store(until=self._clock.now() - MINUTE)

    async def store(self, *, until: datetime | None = None) -> None:
        """Store the notes; of refusals, only those of minutes that began by `until`."""
        ended = [kind for kind in self._refusals if until is None or kind.minute <= until]
        for kind in ended:
            self._add(_of_refusal(kind, self._refusals.pop(kind)))
        while self._events:
            lost = [_of_lost(self._clock.now(), self._lost)] if self._lost else []
            some = self._events[: MAX_APPENDED - len(lost)]
            try:
                await self._log.append([*lost, *some])
            except RagTenancyError as error:
                log.warning("audit_not_written", code=error.reason, count=len(self._events))
                return
            del self._events[: len(some)]
            self._lost -= sum(int(each.details["count"]) for each in lost)

    def _keep(
        self, action: AuditAction, scope: TenantScope, actor: str, objects: Sequence[str]
    ) -> None:
        calling = caller.get()
        event = AuditEvent(
            at=self._clock.now(),
            actor=fit(actor),
            action=action,
            outcome=AuditOutcome.DONE,
            client_id=scope.tenant_id,
            client_uid=scope.tenant_uid,
            objects=objects,
            request_id=None if calling is None else calling.request_id,
        )
        self._add(event)

    def _add(self, event: AuditEvent) -> None:
        if len(self._events) < MAX_KEPT:
            self._events.append(event)
        else:
            self._lost += 1


def _without_request(calling: Caller | None) -> Caller | None:
    if calling is None:
        return None
    return Caller(actor=calling.actor, client_id=calling.client_id, client_uid=calling.client_uid)


def _of_refusal(kind: Refusal, count: int) -> AuditEvent:
    calling = kind.caller or Caller(actor=NOBODY)
    return AuditEvent(
        at=kind.minute,
        actor=fit(calling.actor),
        action=AuditAction.ACCESS_REFUSED,
        outcome=AuditOutcome.REFUSED,
        client_id=calling.client_id,
        client_uid=calling.client_uid,
        details={"status": kind.status, "count": count},
    )


def _of_lost(at: datetime, count: int) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=SYSTEM,
        action=AuditAction.NOTES_LOST,
        outcome=AuditOutcome.FAILED,
        details={"count": count},
    )
