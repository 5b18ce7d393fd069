"""The intent log and the roster of duties in Cosmos DB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.owned import OwnedItems, hashed
from ragtenancy.adapters.cosmos.states import CONTAINER
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import IntentId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.duties import DutyRoster
from ragtenancy.ports.intents import IntentLog

log = structlog.get_logger(__name__)

PARTITION = "=duties"


class CosmosIntentLog(IntentLog):
    """An item an intent, beside the client's documents; one query finds those of all clients."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._intents = OwnedItems(cosmos, CONTAINER, "intent", Intent)

    async def open(self, scope: TenantScope, intent: Intent) -> None:
        scope.require_own(intent.tenant_uid, "intents")
        opened = intent.opened_at.timestamp()
        await self._intents.put(scope, hashed(intent.intent_id), intent, intent_opened=opened)

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        await self._intents.delete(scope, hashed(intent_id))

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        items = await self._intents.items.query_everywhere(
            "*", "c.intent_opened <= @until", {"until": until.timestamp()}
        )
        intents = [intent for item in items if (intent := self._sound(item)) is not None]
        return tuple(sorted(intents, key=lambda intent: intent.opened_at))

    async def drop(self, scope: TenantScope) -> None:
        await self._intents.remove(scope)

    def _sound(self, item: Item) -> Intent | None:
        """Return an item's intent; a damaged or misfiled one must not keep others from a sweep."""
        try:
            intent = self._intents.decoded(item)
        except UnavailableError:
            intent = None
        if intent is None or not _is_of(item, intent):
            log.error("intent_left_out", item_id=item["id"])
            return None
        return intent


class CosmosDutyRoster(DutyRoster):
    """An item a duty, in a partition of their own."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "deletions")

    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        item = await self._items.read(PARTITION, duty)
        taken: Item = {"id": duty, "taken_until": until.timestamp()}
        try:
            if item is None:
                await self._items.create(PARTITION, taken)
            elif item["taken_until"] > now.timestamp():
                return False
            else:
                await self._items.replace(PARTITION, taken, item["_etag"])
        except (AlreadyExistsError, StaleWriteError):
            return False  # another process was quicker
        return True


def _is_of(item: Item, intent: Intent) -> bool:
    """Tell whether an item lies where its intent belongs."""
    owner = (item.get("client_id"), item.get("tenant_uid"))
    return owner == (intent.tenant_id, intent.tenant_uid)
