"""Bringing a database of an older format up to date."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import MsgspecError

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.intents import CosmosIntentLog
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
from ragtenancy.adapters.cosmos.schema import FORMAT, mark, stored_format
from ragtenancy.adapters.cosmos.tenant_state import CONTAINER
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.jobs import Holders

INTENT_CODEC = RecordCodec(Intent)


async def upgrade(cosmos: Cosmos, holders: Holders) -> Sequence[str]:
    """Bring the database to this program's format, and mark it; return what was moved.

    Idempotent, also if several processes do it at once. Raises `NewerStateError` for a newer one.
    """
    if await stored_format(cosmos) == FORMAT:
        return []
    listed = len(await CosmosJobRepository(cosmos, holders).relist())
    moved = await _move_intents(cosmos)
    await mark(cosmos)
    steps = {f"note {listed} open jobs": listed, f"keep {moved} intents": moved}
    return [f"{step} in one partition" for step, count in steps.items() if count]


async def _move_intents(cosmos: Cosmos) -> int:
    """Move intents from their clients' documents to the partition of all intents."""
    old, log = Items(cosmos, CONTAINER), CosmosIntentLog(cosmos)
    items = await old.query_everywhere("*", "IS_DEFINED(c.intent_opened)")
    for item in items:
        intent = _intent(item)
        if intent is not None:
            await log.open(_scope(intent), intent)
        await old.delete(item["client_id"], item["id"])
    return len(items)


def _intent(item: Item) -> Intent | None:
    """Return an item's intent; None for a damaged one, which nobody could follow up."""
    try:
        return INTENT_CODEC.of_json(item["record"])
    except (MsgspecError, KeyError):
        return None


def _scope(intent: Intent) -> TenantScope:
    return TenantScope(
        tenant_id=intent.tenant_id,
        tenant_uid=intent.tenant_uid,
        namespace=Namespace(intent.tenant_id),  # unknown here
    )
