"""The row of each chunk in an inverted index, and the chunk of each row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id, chunk_ids

DocumentSpan = tuple[DocumentId, Revision, int]
Rows = npt.NDArray[np.intp]


class DocumentRows:
    """Chunk ids by row, computed from spans: document, revision and number of chunks of each.

    Ids are created on demand, so that opening a tenant creates none. A lookup is a binary search.
    """

    def __init__(self, spans: Sequence[DocumentSpan]) -> None:
        self._spans = spans
        self._firsts = list(accumulate((total for *_, total in spans), initial=0))

    def __len__(self) -> int:
        return self._firsts[-1]

    def name(self, row: int) -> ChunkId:
        """Return the chunk in a row."""
        at = bisect_right(self._firsts, row) - 1
        document, revision, _ = self._spans[at]
        return chunk_id(document, revision, row - self._firsts[at])

    def row(self, chunk: ChunkId) -> int:
        """Return the row of a chunk, -1 for an absent one."""
        document, _, rest = chunk.partition("#")
        at = self._places.get(DocumentId(document), -1)
        ordinal = rest.rpartition("#")[2]
        if at < 0 or not ordinal.isdecimal():
            return -1
        row = self._firsts[at] + int(ordinal)
        return row if row < self._firsts[at + 1] and self.name(row) == chunk else -1

    def first(self, span: DocumentSpan) -> int:
        """Return the first row of a span, -1 for an absent one."""
        at = self._places.get(span[0], -1)
        return self._firsts[at] if at >= 0 and self._spans[at] == span else -1

    @cached_property
    def _places(self) -> dict[DocumentId, int]:
        return {document: at for at, (document, *_) in enumerate(self._spans)}


class ChunkRows:
    """Append-only rows: a row belongs to one chunk, until that is removed, and is never reused."""

    def __init__(self, stored: DocumentRows, added: Iterable[ChunkId] = ()) -> None:
        self._stored = stored
        self._names: list[ChunkId | None] = [None] * len(stored)
        self._rows: dict[ChunkId, int] = {}
        self.tombstones: set[int] = set()
        for chunk in added:
            self.add(chunk)

    def __len__(self) -> int:
        """Rows, including tombstones."""
        return len(self._names)

    @property
    def total(self) -> int:
        """Chunks."""
        return len(self._names) - len(self.tombstones)

    def names(self, rows: Collection[int]) -> list[ChunkId]:
        """Return the chunks in some rows."""
        cached = self._names
        return [cached[row] or self._make_name(row) for row in rows]

    def row(self, chunk: ChunkId) -> int:
        """Return a chunk's row, -1 for an absent one."""
        row = self._rows.get(chunk, -1)
        if row >= 0:
            return row
        row = self._stored.row(chunk)
        if row < 0 or row in self.tombstones:
            return -1
        self._rows[chunk] = row
        return row

    def of(self, spans: Iterable[DocumentSpan]) -> Rows:
        """Return the rows of documents' chunks, span by span, by ordinal."""
        return np.concatenate([np.empty(0, np.intp), *map(self._rows_of, spans)])

    def add(self, chunk: ChunkId) -> int:
        """Append a row for an absent chunk; return its number."""
        row = self._rows[chunk] = len(self._names)
        self._names.append(chunk)
        return row

    def remove(self, chunk: ChunkId) -> int:
        """Remove a present chunk; return the row that it had."""
        row = self.row(chunk)
        self._rows.pop(chunk, None)
        self.tombstones.add(row)
        return row

    def alive(self) -> list[int]:
        """Return the rows of chunks, in order."""
        return [row for row in range(len(self._names)) if row not in self.tombstones]

    def alive_by_chunk(self) -> list[int]:
        """Return the rows of chunks, in the order of the chunks' ids."""
        alive = self.alive()
        return [row for _, row in sorted(zip(self.names(alive), alive, strict=True))]

    def copy(self) -> ChunkRows:
        """Return an independent copy."""
        copied = ChunkRows(self._stored)
        copied._names = self._names.copy()
        copied._rows = self._rows.copy()
        copied.tombstones = self.tombstones.copy()
        return copied

    def _rows_of(self, span: DocumentSpan) -> Rows:
        first = self._stored.first(span)
        rows = range(first, first + span[2])
        if first < 0 or not self.tombstones.isdisjoint(rows):
            return np.fromiter(map(self.row, chunk_ids(*span)), np.intp)
        return np.arange(rows.start, rows.stop)

    def _make_name(self, row: int) -> ChunkId:
        name = self._names[row] = self._stored.name(row)
        return name


NO_ROWS = DocumentRows([])
