"""A tenant's place among the vectors in memory."""

from __future__ import annotations

import asyncio

import numpy as np

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.adapters.sqlite.vector_scan import Rows
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.ports.embeddings import Vector

GROWTH = 1.25


class Seat:
    """A tenant's place in memory. Whoever changes or reads the rows holds the lock.

    `kept` is how many numbers the rows had when they were last kept beside the table.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.generation = -1
        self.revisions: dict[DocumentId, Revision] = {}
        self.rows: VectorRows | None = None
        self.kept = 0
        self._order: tuple[Manifest, Rows | None] | None = None

    @property
    def has_grown(self) -> bool:
        """Tell whether the rows are worth keeping anew: seldom enough to cost a share of adding."""
        return self.rows is not None and self.rows.size > GROWTH * self.kept

    def in_order(self, manifest: Manifest, by_row: Vector) -> Vector:
        """Return values by row as values by chunk of the manifest that the rows are in step with.

        Rows that are in the manifest's order already are not copied.
        """
        if self._order is None or self._order[0] is not manifest:
            rows = self.rows.rows_of(manifest.entries) if self.rows else np.empty(0, np.intp)
            same = np.array_equal(rows, np.arange(len(by_row)))
            self._order = (manifest, None if same else rows)
        rows_in_order = self._order[1]
        return by_row if rows_in_order is None else by_row[rows_in_order]

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
