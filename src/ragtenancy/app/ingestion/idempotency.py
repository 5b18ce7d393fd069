"""Idempotency keys for uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ragtenancy.domain.idempotency import IN_FLIGHT, IdempotencyRecord, IdempotentReply
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.idempotency import IdempotencyStore


class Claim:
    """A claimed key: `earlier` is the first request's reply, None for the first request itself."""

    def __init__(self, earlier: IdempotentReply | None = None) -> None:
        self.earlier = earlier
        self.given: IdempotentReply | None = None

    def answer(self, reply: IdempotentReply) -> None:
        """Set the reply to return to repeated requests."""
        self.given = reply


class IdempotencyKeys:
    """Returns the first request's reply to repeated requests, for 24 hours."""

    def __init__(self, store: IdempotencyStore, clock: Clock, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder

    @asynccontextmanager
    async def claimed(
        self, scope: TenantScope, key: str | None, body_hash: str
    ) -> AsyncIterator[Claim]:
        """Claim a key while the context is open; without a key, store nothing.

        Raises `InvalidError` if the key was used with another body, `ConflictError` while the
        first request is unanswered. A failed request releases the key, as does one whose process
        was killed.
        """
        if key is None:
            yield Claim()
            return
        record = IdempotencyRecord(
            tenant_uid=scope.tenant_uid,
            key=key,
            body_hash=body_hash,
            expires_at=self._clock.now() + IN_FLIGHT,
            holder=self._holder,
        )
        earlier = await self._store.claim(scope, record, now=self._clock.now())
        if earlier is not None:
            yield Claim(earlier.reply_to(body_hash))
            return
        claim = Claim()
        try:
            yield claim
        finally:
            await self._finish(scope, record, claim.given)

    async def _finish(
        self, scope: TenantScope, record: IdempotencyRecord, reply: IdempotentReply | None
    ) -> None:
        if reply is None:
            await self._store.release(scope, record.key)
        else:
            await self._store.settle(scope, record.answered(reply, self._clock.now()))
