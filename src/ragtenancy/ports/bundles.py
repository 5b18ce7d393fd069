"""A client's bundle: everything about it in one file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol


class BundleWriter(Protocol):
    """Writes members one by one; the bundle appears only when it is closed cleanly."""

    @abstractmethod
    async def add(self, name: str, body: AsyncIterator[bytes]) -> None:
        """Write a member. Names are `[a-z]+/[A-Za-z0-9_-]+.[a-z0-9]+`."""


class BundleReader(Protocol):
    """Reads members; a bundle is untrusted until verified."""

    @abstractmethod
    async def verify(self) -> Sequence[str]:
        """Read the whole bundle once; return its members' names in order.

        Raises `MalformedError` (`bad_bundle`) if a name, size or checksum differs from the bundle's
        manifest, or the bundle holds anything else.
        """

    @abstractmethod
    def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield a member in pieces. Raises `MalformedError` if it is absent."""
