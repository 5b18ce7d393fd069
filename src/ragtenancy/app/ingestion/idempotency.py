"""Idempotency keys around an upload."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import msgspec
from msgspec import structs

from ragtenancy.app.ingestion.uploads import Accepted, NewUpload
from ragtenancy.domain.errors import ConflictError, InvalidError
from ragtenancy.domain.idempotency import IN_FLIGHT, KEPT, IdempotencyRecord
from ragtenancy.domain.ids import ContentHash
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.idempotency import IdempotencyStore


class Claim:
    """A claimed key: either its earlier reply, or the place to put the new one."""

    def __init__(self, replay: Accepted | None = None) -> None:
        self.replay = replay
        self.accepted: Accepted | None = None

    def settle(self, accepted: Accepted) -> None:
        """Keep the reply for whoever repeats the request."""
        self.accepted = accepted


class Idempotency:
    """Gives a repeated request the first one's reply for 24 hours."""

    def __init__(self, store: IdempotencyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def claim(
        self, scope: TenantScope, upload: NewUpload, content_hash: ContentHash
    ) -> AsyncIterator[Claim]:
        """Claim the upload's key while the context is open; without a key nothing is kept.

        Raises `InvalidError` when the key was used with another body, `ConflictError` while
        the first request is unanswered. A failed request forgets the key.
        """
        if upload.idempotency_key is None:
            yield Claim()
            return
        record = self._record(scope, upload.idempotency_key, _body_hash(upload, content_hash))
        earlier = await self._store.claim(scope, record, now=self._clock.now())
        if earlier is not None:
            yield Claim(_replay(earlier, record))
            return
        claim = Claim()
        try:
            yield claim
        finally:
            await self._finish(scope, record, claim.accepted)

    def _record(self, scope: TenantScope, key: str, body_hash: str) -> IdempotencyRecord:
        return IdempotencyRecord(
            tenant_uid=scope.tenant_uid,
            key=key,
            body_hash=body_hash,
            expires_at=self._clock.now() + IN_FLIGHT,
        )

    async def _finish(
        self, scope: TenantScope, record: IdempotencyRecord, accepted: Accepted | None
    ) -> None:
        if accepted is None:
            await self._store.release(scope, record.key)
            return
        settled = structs.replace(
            record,
            job_id=accepted.job_id,
            document_id=accepted.document_id,
            status=accepted.status,
            expires_at=self._clock.now() + KEPT,
        )
        await self._store.settle(scope, settled)


def _replay(earlier: IdempotencyRecord, record: IdempotencyRecord) -> Accepted:
    if earlier.body_hash != record.body_hash:
        raise InvalidError(
            "This Idempotency-Key was used with another body.", code="idempotency_key_reused"
        )
    if earlier.job_id is None or earlier.document_id is None:
        raise ConflictError(
            "The first request with this Idempotency-Key is not answered yet.",
            code="idempotency_in_flight",
            retry_after=1.0,
        )
    return Accepted(
        job_id=earlier.job_id,
        document_id=earlier.document_id,
        status=earlier.status,
        kept_upload=False,
        replayed=True,
    )


def _body_hash(upload: NewUpload, content_hash: ContentHash) -> str:
    parts = [
        content_hash,
        upload.filename,
        upload.document_id or "",
        sorted(upload.metadata.items()),
    ]
    return sha256(msgspec.json.encode(parts)).hexdigest()
