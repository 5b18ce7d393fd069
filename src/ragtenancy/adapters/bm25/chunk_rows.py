"""Which chunk is in which row of an index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id, chunk_ids

Held = tuple[DocumentId, Revision, int]
Rows = npt.NDArray[np.intp]


class DocumentRows:
    """Rows by document: each a document's id, revision and how many chunks it has, in order.

    Names a row when it is asked for, so that opening a tenant names none.
    """

    def __init__(self, documents: Sequence[Held]) -> None:
        self._documents = documents
        self._firsts = list(accumulate((total for *_, total in documents), initial=0))

    def __len__(self) -> int:
        return self._firsts[-1]

    def name(self, row: int) -> ChunkId:
        """Return the chunk in a row."""
        at = bisect_right(self._firsts, row) - 1
        document, revision, _ = self._documents[at]
        return chunk_id(document, revision, row - self._firsts[at])

    def row(self, chunk: ChunkId) -> int:
        """Return the row of a chunk, -1 if it has none."""
        document, _, rest = chunk.partition("#")
        at = self._places.get(DocumentId(document), -1)
        ordinal = rest.rpartition("#")[2]
        if at < 0 or not ordinal.isdecimal():
            return -1
        row = self._firsts[at] + int(ordinal)
        return row if row < self._firsts[at + 1] and self.name(row) == chunk else -1

    def first(self, document: Held) -> int:
        """Return the first row of a document's revision, -1 where it is not held."""
        at = self._places.get(document[0], -1)
        return self._firsts[at] if at >= 0 and self._documents[at] == document else -1

    @cached_property
    def _places(self) -> dict[DocumentId, int]:
        return {document: at for at, (document, *_) in enumerate(self._documents)}


class ChunkRows:
    """Rows that are filled once, then live until their chunk is removed; a row is never reused."""

    def __init__(self, settled: DocumentRows, young: Iterable[ChunkId] = ()) -> None:
        self._settled = settled
        self._names: list[ChunkId | None] = [None] * len(settled)
        self._rows: dict[ChunkId, int] = {}
        self.dead: set[int] = set()
        for chunk in young:
            self.add(chunk)

    def __len__(self) -> int:
        """Rows, those of removed chunks included."""
        return len(self._names)

    @property
    def total(self) -> int:
        """Chunks."""
        return len(self._names) - len(self.dead)

    def names(self, rows: Collection[int]) -> list[ChunkId]:
        """Return the chunks in some rows."""
        kept = self._names
        return [kept[row] or self._named(row) for row in rows]

    def row(self, chunk: ChunkId) -> int:
        """Return a chunk's row, -1 if it is not there."""
        row = self._rows.get(chunk, -1)
        if row >= 0:
            return row
        row = self._settled.row(chunk)
        if row < 0 or row in self.dead:
            return -1
        self._rows[chunk] = row
        return row

    def of(self, documents: Iterable[Held]) -> Rows:
        """Return the rows of documents' chunks, by document in their order, then by ordinal."""
        return np.concatenate([np.empty(0, np.intp), *map(self._block, documents)])

    def add(self, chunk: ChunkId) -> int:
        """Return a new row for a chunk that is not there."""
        row = self._rows[chunk] = len(self._names)
        self._names.append(chunk)
        return row

    def remove(self, chunk: ChunkId) -> int:
        """Return the row of a chunk that is there and from now is not."""
        row = self.row(chunk)
        self._rows.pop(chunk, None)
        self.dead.add(row)
        return row

    def alive(self) -> list[int]:
        """Return the rows of chunks, in order."""
        return [row for row in range(len(self._names)) if row not in self.dead]

    def copy(self) -> ChunkRows:
        """Return another that changes to this one do not reach."""
        another = ChunkRows(self._settled)
        another._names = self._names.copy()
        another._rows = self._rows.copy()
        another.dead = self.dead.copy()
        return another

    def _block(self, document: Held) -> Rows:
        first = self._settled.first(document)
        rows = range(first, first + document[2])
        if first < 0 or not self.dead.isdisjoint(rows):
            return np.fromiter(map(self.row, chunk_ids(*document)), np.intp)
        return np.arange(rows.start, rows.stop)

    def _named(self, row: int) -> ChunkId:
        name = self._names[row] = self._settled.name(row)
        return name


NO_ROWS = DocumentRows([])
