"""One turn at a time in a session, across processes."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope


class SessionLocks(Protocol):
    """Leases on sessions; `token` names the turn that holds one."""

    @abstractmethod
    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        """Take the lock unless another token holds it past `now`; tell whether it was taken."""

    @abstractmethod
    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        """Prolong the lock; tell whether it is still this token's."""

    @abstractmethod
    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        """Give the lock up, if it is this token's."""
