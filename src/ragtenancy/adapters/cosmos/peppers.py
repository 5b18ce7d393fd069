"""Peppers in Cosmos DB, where every replica finds them."""

from __future__ import annotations

import secrets
from contextlib import suppress

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import AlreadyExistsError, StateLostError
from ragtenancy.ports.api_keys import PepperStore

CONTAINER = "peppers"
PARTITION = "=peppers"
FIRST = 1
PEPPER_BYTES = 32


class CosmosPepperStore(PepperStore):
    """An item a version. They never change, so that a process reads each once."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, CONTAINER)
        self._known: dict[int, Pepper] = {}
        self._newest: Pepper | None = None

    @property
    def place(self) -> str:
        return f"the container {CONTAINER} of the Cosmos DB database"

    async def current(self) -> Pepper | None:
        if self._newest is None:
            versions = await self._items.query(PARTITION, "VALUE c.version", "c.version > 0")
            self._newest = await self.get(max(versions)) if versions else None
        return self._newest

    async def make_first(self) -> Pepper:
        secret = secrets.token_hex(PEPPER_BYTES)
        with suppress(AlreadyExistsError):  # another process was first
            await self._items.create(
                PARTITION, {"id": f"pepper~{FIRST}", "version": FIRST, "bytes": secret}
            )
        made = await self.get(FIRST)
        if made is None:
            raise self._damaged()
        return made

    async def get(self, version: int) -> Pepper | None:
        if version not in self._known:
            item = await self._items.read(PARTITION, f"pepper~{version}")
            if item is None:
                return None
            self._known[version] = self._pepper(item)
        return self._known[version]

    def _pepper(self, item: Item) -> Pepper:
        try:
            return Pepper(version=item["version"], secret=_secret(item["bytes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged() from error

    def _damaged(self) -> StateLostError:
        return StateLostError(
            "The pepper is damaged; restore it from a backup.", self.place, code="storage_corrupt"
        )


def _secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) < PEPPER_BYTES:
        raise ValueError("a pepper has at least 32 bytes")
    return secret
