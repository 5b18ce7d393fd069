"""The write-ahead log of intents: opened before the first write, closed after the last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import BlobName, DocumentId, JobId
from ragtenancy.domain.intents import Intent, Work, intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.intents import IntentLog

log = structlog.get_logger(__name__)


RENEW_AFTER = timedelta(minutes=10)
Renew = Callable[[], Awaitable[None]]


class Intents:
    """Opens and closes intents; the sweeper follows up those left open."""

    def __init__(self, intents: IntentLog, clock: Clock) -> None:
        self._intents = intents
        self._clock = clock

    async def open(
        self,
        scope: TenantScope,
        work: Work,
        key: str = "",
        *,
        document_id: DocumentId | None = None,
        job_id: JobId | None = None,
        blobs: Sequence[BlobName] = (),
    ) -> Intent:
        """Record an intent, or renew it, before the writes it covers."""
        opened = intent(
            scope,
            work,
            key,
            self._clock.now(),
            document_id=document_id,
            job_id=job_id,
            blobs=blobs,
        )
        await self._intents.open(scope, opened)
        return opened

    async def close(self, scope: TenantScope, opened: Intent) -> None:
        """Close an intent; if that fails, the sweeper finds nothing left to do and closes it."""
        try:
            await self._intents.close(scope, opened.intent_id)
        except RagTenancyError as error:
            log.warning("intent_not_closed", code=error.reason)

    @asynccontextmanager
    async def held(
        self,
        scope: TenantScope,
        work: Work,
        key: str = "",
        *,
        document_id: DocumentId | None = None,
        blobs: Sequence[BlobName] = (),
    ) -> AsyncIterator[Intent]:
        """Hold an intent for the duration of the block; after an error it stays open."""
        opened = await self.open(scope, work, key, document_id=document_id, blobs=blobs)
        yield opened
        await self.close(scope, opened)

    @asynccontextmanager
    async def renewed(self, scope: TenantScope, work: Work) -> AsyncIterator[Renew]:
        """Hold an intent for a block that may last hours and renews it periodically.

        If a sweep closes an older intent during the block, a younger one has replaced it.
        """
        opened = [await self.open(scope, work, self._clock.now().isoformat())]

        async def renew() -> None:
            now = self._clock.now()
            if now - opened[-1].opened_at >= RENEW_AFTER:
                opened.append(await self.open(scope, work, now.isoformat()))

        yield renew
        for each in opened:
            await self.close(scope, each)
