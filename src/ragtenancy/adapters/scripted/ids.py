"""Ids that count up."""

from __future__ import annotations

from ragtenancy.domain.api_keys import base62
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.ids import Ids

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class ScriptedIds(Ids):
    """Predictable names, each new."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, kind: str) -> str:
        """Return `<kind>_` and the count, in letters."""
        return f"{kind}_{self._next()}"

    def tenant_uid(self) -> TenantUid:
        """Return `t` and the count, in letters."""
        return TenantUid(f"t{self._next()}")

    def token(self, length: int) -> str:
        """Return the count in base62."""
        self._count += 1
        return base62(self._count, length)

    def jitter(self) -> float:
        """Return 1."""
        return 1.0

    def _next(self) -> str:
        self._count += 1
        digits, number = [], self._count
        while number:
            number, digit = divmod(number, len(_LETTERS))
            digits.append(_LETTERS[digit])
        return "".join(reversed(digits)).rjust(26, "a")
