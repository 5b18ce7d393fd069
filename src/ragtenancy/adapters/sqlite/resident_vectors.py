"""A tenant's place among the vectors in memory."""

from __future__ import annotations

import asyncio

import numpy as np

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.adapters.sqlite.vector_scan import Rows
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.manifest import Manifest


class Seat:
    """A tenant's place in memory. Whoever changes or reads the rows holds the lock."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.generation = -1
        self.revisions: dict[DocumentId, Revision] = {}
        self.rows: VectorRows | None = None
        self._order: tuple[Manifest, Rows] | None = None

    def in_order(self, manifest: Manifest) -> Rows:
        """Return the row of each chunk of the manifest that the rows are in step with."""
        if self.rows is None:
            return np.empty(0, np.intp)
        if self._order is None or self._order[0] is not manifest:
            self._order = (manifest, self.rows.rows_of(manifest.entries))
        return self._order[1]

    def forget_order(self) -> None:
        """Forget where the chunks are: rows are about to move."""
        self._order = None

    def purge(self, document_id: DocumentId, revision: Revision | None) -> None:
        """Remove a document's rows, or those of one revision, and trust no generation."""
        held = self.revisions.get(document_id)
        if held is None or revision not in (None, held):
            return
        del self.revisions[document_id]
        self.forget_order()
        self.generation = -1
        if self.rows is not None:
            self.rows.remove(document_id)
