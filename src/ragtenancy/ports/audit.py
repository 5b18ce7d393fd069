"""The audit log of the installation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.audit import AuditEntry, AuditEvent, AuditFilter

MAX_APPENDED = 100


class AuditLog(Protocol):
    """One chain of entries for the whole installation; nothing changes or removes an entry.

    It outlives the clients that it reports on.
    """

    @abstractmethod
    async def append(
        self, events: Sequence[AuditEvent], *, makes_room: bool = False
    ) -> Sequence[AuditEntry]:
        """Append at most 100 events in one transaction; return their entries.

        In whatever process, each entry follows the one before it. With `makes_room`, the entry of
        an act that frees space may draw on the reserve of a full disk. Raises `UnavailableError`.
        """

    @abstractmethod
    async def entries(
        self, wanted: AuditFilter, *, after: int = 0, limit: int
    ) -> Sequence[AuditEntry]:
        """Return the first `limit` entries asked for whose sequence is above `after`, in order."""
