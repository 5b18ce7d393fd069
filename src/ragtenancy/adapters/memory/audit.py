"""The audit log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.audit import AuditEntry, AuditEvent, AuditFilter, chained
from ragtenancy.ports.audit import AuditLog


class InMemoryAuditLog(AuditLog):
    """Entries in order: the first has sequence 1."""

    def __init__(self, memory: Memory) -> None:
        self._entries = memory.audit

    async def append(
        self,
        events: Sequence[AuditEvent],
        *,
        makes_room: bool = False,  # noqa: ARG002 - the port's: nothing fills up here
    ) -> Sequence[AuditEntry]:
        appended = chained(self._entries[-1] if self._entries else None, events)
        self._entries.extend(appended)
        return appended

    async def entries(
        self, wanted: AuditFilter, *, after: int = 0, limit: int
    ) -> Sequence[AuditEntry]:
        found = (entry for entry in self._entries[after:] if wanted.admits(entry))
        return tuple(islice(found, limit))
