"""Peppers in memory."""

from __future__ import annotations

import secrets

from ragtenancy.domain.api_keys import Pepper
from ragtenancy.ports.api_keys import PepperStore

PEPPER_BYTES = 32


class InMemoryPepperStore(PepperStore):
    """One pepper, made or given."""

    def __init__(self, pepper: Pepper | None = None) -> None:
        self._peppers = {} if pepper is None else {pepper.version: pepper}

    @property
    def place(self) -> str:
        return "the memory of this process"

    async def current(self) -> Pepper | None:
        return self._peppers[max(self._peppers)] if self._peppers else None

    async def make_first(self) -> Pepper:
        made = Pepper(version=1, secret=secrets.token_bytes(PEPPER_BYTES))
        return self._peppers.setdefault(1, made)

    async def get(self, version: int) -> Pepper | None:
        return self._peppers.get(version)
