"""A tenant's place among the indexes in memory."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.tenant_index import TenantIndex
from ragtenancy.domain.ids import DocumentId, Fingerprint, Revision


class Seat:
    """A tenant's place in memory: its index, and what was read for it so far.

    Whoever changes or reads the index holds the lock. Documents that were analysed stay here
    when a search is cancelled, so that the next one goes on from there.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.index: TenantIndex | None = None
        self.analysis: Fingerprint | None = None
        self.loaded: dict[tuple[DocumentId, Revision], Sequence[ChunkTerms]] = {}
        self.kept_at = -math.inf
        self.forgotten: set[DocumentId] = set()
