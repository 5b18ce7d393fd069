"""Unguessable identifiers and secrets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.ids import TenantUid


class Ids(Protocol):
    """Random identifiers."""

    @abstractmethod
    def new(self, kind: str) -> str:
        """Return `<kind>_` and 26 characters of `[a-z2-7]`, 130 random bits."""

    @abstractmethod
    def tenant_uid(self) -> TenantUid:
        """Return `t` and 26 characters of `[a-z2-7]`, 130 random bits."""

    @abstractmethod
    def token(self, length: int) -> str:
        """Return `length` random characters of base62."""

    @abstractmethod
    def jitter(self) -> float:
        """Return a random factor in 0.5..1."""
