"""The peppers of the installation's keys."""

from __future__ import annotations

from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import StateLostError
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore


class Peppers:
    """The first pepper is made before the first key, and never after it.

    Without the pepper that signed them every key is worth nothing: one that is lost is to be
    restored from a backup, and is never replaced.
    """

    def __init__(self, keys: ApiKeyRepository, store: PepperStore) -> None:
        self._keys = keys
        self._store = store

    async def current(self) -> Pepper:
        """Return the newest, made where no key was ever issued. Raises `StateLostError`."""
        return await self._store.current() or await self.kept() or await self._store.make_first()

    async def get(self, version: int) -> Pepper | None:
        """Return one version."""
        return await self._store.get(version)

    async def kept(self) -> Pepper | None:
        """Return the newest, None before the first. Raises `StateLostError` where it is lost."""
        issued = await self._keys.issued()  # asked first: another process may make both meanwhile
        pepper = await self._store.current()
        if pepper is None and issued:
            raise StateLostError(
                "The pepper that the API keys were signed with is missing; restore it from a backup.",
                self._store.place,
            )
        return pepper
