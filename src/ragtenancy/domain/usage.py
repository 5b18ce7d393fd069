"""What a tenant has used."""

from __future__ import annotations

from msgspec import Struct


class TenantUsage(Struct, frozen=True, kw_only=True):
    """Counts of what a tenant holds now."""

    documents: int = 0
    chunks: int = 0
    bytes: int = 0
    pending_jobs: int = 0
