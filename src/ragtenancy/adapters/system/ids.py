"""The machine's randomness."""

from __future__ import annotations

import base64
import secrets

from ragtenancy.domain.api_keys import ALPHABET
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.ids import Ids

RANDOM_BYTES = 16


class SystemIds(Ids):
    """Names from the operating system's random source."""

    def new(self, kind: str) -> str:
        """Return `<kind>_` and 26 characters."""
        return f"{kind}_{_random()}"

    def tenant_uid(self) -> TenantUid:
        """Return `t` and 26 characters."""
        return TenantUid(f"t{_random()}")

    def token(self, length: int) -> str:
        """Return characters of base62."""
        return "".join(secrets.choice(ALPHABET) for _ in range(length))

    def jitter(self) -> float:
        """Return a factor in 0.5..1."""
        return 0.5 + secrets.randbelow(1_000) / 2_000


def _random() -> str:
    return base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode().lower().rstrip("=")
