"""The intent log and the roster of duties in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.ids import IntentId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.duties import DutyRoster
from ragtenancy.ports.intents import IntentLog


class InMemoryIntentLog(IntentLog):
    """Intents by tenant and id."""

    def __init__(self, memory: Memory) -> None:
        self._intents = memory.intents

    async def open(self, scope: TenantScope, intent: Intent) -> None:
        scope.require_own(intent.tenant_uid, "intents")
        self._intents.put((scope.tenant_uid, intent.intent_id), intent)

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        self._intents.remove((scope.tenant_uid, intent_id))

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        due = (intent for intent in self._intents if intent.opened_at <= until)
        return tuple(sorted(due, key=lambda intent: intent.opened_at))

    async def drop(self, scope: TenantScope) -> None:
        self._intents.remove_where(lambda key: key[0] == scope.tenant_uid)


class InMemoryDutyRoster(DutyRoster):
    """Until when each duty is taken."""

    def __init__(self, memory: Memory) -> None:
        self._duties = memory.duties

    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        if self._duties.get(duty, now) > now:
            return False
        self._duties[duty] = until
        return True
