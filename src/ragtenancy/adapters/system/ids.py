"""The operating system's randomness."""

from __future__ import annotations

import secrets
from base64 import b32encode

from ragtenancy.domain.api_keys import ALPHABET
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.ids import Ids

RANDOM_BYTES = 16


class SystemIds(Ids):
    """Ids of 128 random bits."""

    def new(self, kind: str) -> str:
        return f"{kind}_{_base32()}"

    def tenant_uid(self) -> TenantUid:
        return TenantUid(f"t{_base32()}")

    def token(self, length: int) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))

    def jitter(self) -> float:
        return 0.5 + secrets.randbelow(1_000_001) / 2_000_000


def _base32() -> str:
    return b32encode(secrets.token_bytes(RANDOM_BYTES)).decode().rstrip("=").lower()
