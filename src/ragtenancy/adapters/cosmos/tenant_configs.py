"""Configurations in Cosmos DB."""

from __future__ import annotations

import structlog

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems, creating, damaged, replacing
from ragtenancy.adapters.cosmos.remembered import Remembered
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion, healed
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.tenant_configs import TenantConfigRepository

log = structlog.get_logger(__name__)

CURRENT = "current"


class CosmosTenantConfigRepository(TenantConfigRepository):
    """An item a version, and one more for the version in force: it is read by one point read."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._versions = OwnedItems(cosmos, "configs", "version", ConfigVersion, _healed)
        self._current = OwnedItems(cosmos, "configs", CURRENT, ConfigVersion, _healed)
        self._seen = Remembered()

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        item = await self._current.read(scope, CURRENT)
        return None if item is None else self._noted(scope, item)

    async def refreshed(
        self, scope: TenantScope, known: ConfigVersion | None
    ) -> ConfigVersion | None:
        item = self._seen.take(self._current.id_of(scope, CURRENT))
        if item is None or self._current.record_of(scope, item) != known:
            return await self.current(scope)
        found = await self._current.items.changed(scope.tenant_id, item)
        if found is None:
            return None
        noted = self._noted(scope, found)
        return known if noted == known else noted

    async def newest(self, scope: TenantScope) -> int:
        return _number(await self._current.read(scope, CURRENT))

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        return await self._versions.get(scope, str(version))

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        before = await self._current.read(scope, CURRENT)
        if config.version != _number(before) + 1:
            raise StaleWriteError("The configuration changed since it was read.")
        new = self._versions.item(scope, str(config.version), config, number=config.version)
        if before is None:
            [in_force] = creating([self._current.item(scope, CURRENT, config)])
        else:
            in_force = replacing(self._current.changed(before, config))
        try:
            await self._versions.items.batch(scope.tenant_id, [*creating([new]), in_force])
        except AlreadyExistsError as error:
            raise StaleWriteError("The configuration changed since it was read.") from error

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        values = {} if after is None else {"before": cursor_position(after)}
        older = "c.number < @before" if values else "c.number > 0"
        found = await self._versions.records(
            scope, f"{older} ORDER BY c.number DESC", top=limit + 1, values=values
        )
        return cut(found, limit, lambda config: position_cursor(config.version))

    async def drop(self, scope: TenantScope) -> None:
        await self._current.remove(scope)
        await self._versions.remove(scope)

    def _noted(self, scope: TenantScope, item: Item) -> ConfigVersion:
        """Return an item's record; its ETag is what the next refreshing asks by."""
        config = self._current.record_of(scope, item)
        self._seen.put(item)
        return config


def _healed(record: object) -> object:
    log.warning("config_healed", store="cosmos")
    return healed(record)


def _number(item: Item | None) -> int:
    """Return the number of the version in force, whatever its configuration."""
    if item is None:
        return 0
    try:
        return int(item["record"]["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged() from error
