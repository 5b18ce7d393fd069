"""Ids that count."""

from __future__ import annotations

from base64 import b32encode
from itertools import count

from ragtenancy.domain.api_keys import base62
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.ids import Ids

RANDOM_BYTES = 16


class ScriptedIds(Ids):
    """The same ids in every run, each once."""

    def __init__(self, jitter: float = 1.0) -> None:
        self._numbers = count(1)
        self._jitter = jitter

    def new(self, kind: str) -> str:
        return f"{kind}_{self._base32()}"

    def tenant_uid(self) -> TenantUid:
        return TenantUid(f"t{self._base32()}")

    def token(self, length: int) -> str:
        return base62(next(self._numbers), length)

    def jitter(self) -> float:
        return self._jitter

    def _base32(self) -> str:
        number = next(self._numbers).to_bytes(RANDOM_BYTES, "big")
        return b32encode(number).decode().rstrip("=").lower()
