"""A client as one file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol


class BundleWriter(Protocol):
    """Takes members one after the other; the bundle is there once it was closed in order."""

    @abstractmethod
    async def add(self, name: str, body: AsyncIterator[bytes]) -> None:
        """Write a member. Names are `[a-z]+/[A-Za-z0-9_-]+.[a-z0-9]+`."""


class BundleReader(Protocol):
    """Gives members; a bundle is a stranger's until it was verified."""

    @abstractmethod
    async def verify(self) -> Sequence[str]:
        """Read all of it once; return its members' names in order.

        Raises `MalformedError` (`bad_bundle`) where a name, a size or a checksum is not what
        the bundle's own list says, or anything else is in it.
        """

    @abstractmethod
    def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield a member in pieces. Raises `MalformedError` for one that is not there."""
