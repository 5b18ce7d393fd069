"""A tenant's place among the vectors in memory."""

from __future__ import annotations

import asyncio

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.ids import DocumentId, Revision


class Seat:
    """A tenant's place in memory. Whoever changes or reads the rows holds the lock."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.generation = -1
        self.revisions: dict[DocumentId, Revision] = {}
        self.rows: VectorRows | None = None

    def purge(self, document_id: DocumentId, revision: Revision | None) -> None:
        """Remove a document's rows, or those of one revision, and trust no generation."""
        held = self.revisions.get(document_id)
        if held is None or revision not in (None, held):
            return
        del self.revisions[document_id]
        self.generation = -1
        if self.rows is not None:
            self.rows.remove(document_id)
