"""Peppers in Cosmos DB, where every replica finds them."""

from __future__ import annotations

import secrets
from contextlib import suppress

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import AlreadyExistsError, UnavailableError
from ragtenancy.ports.api_keys import PepperStore

PARTITION = "=peppers"
FIRST = 1
PEPPER_BYTES = 32


class CosmosPepperStore(PepperStore):
    """An item a version. They never change, so that a process reads each once."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "peppers")
        self._known: dict[int, Pepper] = {}
        self._newest: Pepper | None = None

    async def current(self) -> Pepper:
        if self._newest is None:
            versions = await self._items.query(PARTITION, "VALUE c.version", "c.version > 0")
            self._newest = await self.get(max(versions)) if versions else await self._first()
        if self._newest is None:
            raise UnavailableError("The store is damaged.", code="storage_corrupt")
        return self._newest

    async def get(self, version: int) -> Pepper | None:
        if version not in self._known:
            item = await self._items.read(PARTITION, f"pepper~{version}")
            if item is None:
                return None
            self._known[version] = _pepper(item)
        return self._known[version]

    async def _first(self) -> Pepper | None:
        """Make the first pepper, unless another process was quicker."""
        secret = secrets.token_hex(PEPPER_BYTES)
        with suppress(AlreadyExistsError):
            await self._items.create(
                PARTITION, {"id": f"pepper~{FIRST}", "version": FIRST, "bytes": secret}
            )
        return await self.get(FIRST)


def _pepper(item: Item) -> Pepper:
    try:
        return Pepper(version=item["version"], secret=bytes.fromhex(item["bytes"]))
    except (KeyError, ValueError) as error:
        raise UnavailableError("The store is damaged.", code="storage_corrupt") from error
