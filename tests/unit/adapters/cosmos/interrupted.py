"""A connection at which something else happens just before a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.cosmos.client import Cosmos

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy

Happening = Callable[[], Awaitable[object]]


class Interrupted(Cosmos):
    """Does what happens before request number `before`, from 1; tells whether it came to that."""

    def __init__(self, cosmos: Cosmos, before: int, happens: Happening) -> None:
        super().__init__("", None, cosmos.database_name)
        self._inner = cosmos
        self._left = before
        self._happens = happens

    @property
    def happened(self) -> bool:
        """Whether there were that many requests."""
        return self._left <= 0

    async def container(self, name: str) -> ContainerProxy:
        self._left -= 1
        if self._left == 0:
            await self._happens()
        return await self._inner.container(name)

    def count_charge(
        self, container: str, operation: str, client_id: str, headers: Mapping[str, Any]
    ) -> None:
        self._inner.count_charge(container, operation, client_id, headers)


class KilledError(Exception):
    """The process ended here."""


async def killed() -> None:
    """End the process."""
    raise KilledError
