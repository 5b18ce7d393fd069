"""One turn at a time in a session, across processes."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope


class SessionLocks(Protocol):
    """Leases on sessions; `token` names the turn that holds one, and its process."""

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
        """Acquire the lock unless another token holds it past `now`; return whether it is held.

        A lock whose process is known to be dead is free. Tokens are made by `turn_token`.
        """

    @abstractmethod
    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        """Extend the lease; return whether this token still holds it."""

    @abstractmethod
    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        """Release the lock, if this token holds it."""
