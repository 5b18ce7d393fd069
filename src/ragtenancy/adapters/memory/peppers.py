"""Peppers in memory."""

from __future__ import annotations

import secrets

from ragtenancy.domain.api_keys import Pepper
from ragtenancy.ports.api_keys import PepperStore

PEPPER_BYTES = 32


class InMemoryPepperStore(PepperStore):
    """One pepper, made when first asked for, or one that is given."""

    def __init__(self, pepper: Pepper | None = None) -> None:
        self._peppers = {} if pepper is None else {pepper.version: pepper}

    async def current(self) -> Pepper:
        if not self._peppers:
            self._peppers[1] = Pepper(version=1, secret=secrets.token_bytes(PEPPER_BYTES))
        return self._peppers[max(self._peppers)]

    async def get(self, version: int) -> Pepper | None:
        return self._peppers.get(version)
