"""Reading and verifying the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct

from ragtenancy.domain.audit import AuditAction, AuditEntry, AuditFilter, Break, ChainVerifier
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import TenantId, TenantUid, is_tenant_uid
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.audit import AuditLog
from ragtenancy.ports.tenants import TenantRepository

READ_AT_ONCE = 500


class AuditQuestion(Struct, frozen=True, kw_only=True):
    """Which entries are asked for: of `client`, its id or, once it is deleted, its uid."""

    since: datetime | None = None
    until: datetime | None = None
    action: AuditAction | None = None
    client: str | None = None


class Verification(Struct, frozen=True, kw_only=True):
    """The number of sound entries, the hash of the last of them, and the first break if any."""

    count: int
    head: str
    broken: Break | None


class AuditReports:
    """The log as an operator reads it."""

    def __init__(self, audit_log: AuditLog, tenant_repository: TenantRepository) -> None:
        self._log = audit_log
        self._tenants = tenant_repository

    async def page(
        self, asked: AuditQuestion, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[AuditEntry]:
        """Return a page of entries, oldest first. Raises `NotFoundError` for an unknown client."""
        start = 0 if after is None else cursor_position(after)
        wanted = await self._filter(asked)
        found = await self._log.entries(wanted, after=start, limit=limit + 1)
        return cut(found, limit, lambda entry: position_cursor(entry.sequence))

    async def every(self, asked: AuditQuestion) -> AsyncIterator[AuditEntry]:
        """Yield all entries, oldest first. Raises `NotFoundError` for an unknown client."""
        wanted, after = await self._filter(asked), 0
        while found := await self._log.entries(wanted, after=after, limit=READ_AT_ONCE):
            for entry in found:
                yield entry
            after = found[-1].sequence

    async def verify(self, known_head: str | None = None) -> Verification:
        """Verify the whole chain; with a head that was noted earlier, also that it is still there."""
        verifier, after = ChainVerifier(known_head), 0
        while found := await self._log.entries(AuditFilter(), after=after, limit=READ_AT_ONCE):
            verifier.feed(found)
            after = found[-1].sequence
        return Verification(count=verifier.count, head=verifier.head, broken=verifier.result())

    async def _filter(self, asked: AuditQuestion) -> AuditFilter:
        uid = None if asked.client is None else await self._uid(asked.client)
        return AuditFilter(
            since=asked.since, until=asked.until, action=asked.action, client_uid=uid
        )

    async def _uid(self, client: str) -> TenantUid:
        tenant = await self._tenants.get(TenantId(client))
        if tenant is not None:
            return tenant.tenant_uid
        if not is_tenant_uid(client):
            raise NotFoundError("There is no such client.")
        return TenantUid(client)
