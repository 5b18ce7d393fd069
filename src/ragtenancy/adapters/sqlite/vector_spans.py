"""Which rows hold which document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ragtenancy.adapters.sqlite.vector_scan import Rows
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id


class Span:
    """The rows of one revision, one after another.

    `start` is what the ids of its chunks start with; `ids` has those that were asked for.
    """

    __slots__ = ("document_id", "first", "ids", "revision", "start", "total")

    def __init__(self, document_id: DocumentId, revision: Revision, first: int, total: int) -> None:
        self.document_id = document_id
        self.revision = revision
        self.first = first
        self.start = f"{document_id}#{revision}"
        self.total = total
        self.ids: list[ChunkId | None] = [None] * total

    def make_id(self, ordinal: int) -> ChunkId:
        """Return a chunk's id that nobody has asked for yet."""
        made = self.ids[ordinal] = chunk_id(self.document_id, self.revision, ordinal)
        return made


class Spans:
    """Documents in the order of their rows; the rows of a removed one stay, dead, where they are.

    `end` is where the next document's rows begin, `live` how many rows are not dead.
    """

    def __init__(self) -> None:
        self.end = 0
        self.live = 0
        self._of: dict[DocumentId, Span] = {}
        self._starting: dict[str, Span] = {}
        self._all: list[Span] = []
        self._dead: list[Rows] = []
        self._firsts: Rows | None = None

    def __iter__(self) -> Iterator[Span]:
        """Give the documents that are there."""
        return iter(self._of.values())

    def add(self, document_id: DocumentId, revision: Revision, total: int) -> Span:
        """Give a document the next rows."""
        span = Span(document_id, revision, self.end, total)
        self._of[document_id] = self._starting[span.start] = span
        self._all.append(span)
        self._firsts = None
        self.end += total
        self.live += total
        return span

    def remove(self, document_id: DocumentId) -> Span | None:
        """Leave a document's rows dead; return which they are."""
        span = self._of.pop(document_id, None)
        if span is not None:
            del self._starting[span.start]
            self._dead.append(np.arange(span.first, span.first + span.total))
            self.live -= span.total
        return span

    def dead(self) -> Rows | None:
        """Return the rows that no document holds any more, None when there are none."""
        if len(self._dead) > 1:
            self._dead = [np.concatenate(self._dead)]
        return self._dead[0] if self._dead else None

    def rows_of(self, documents: Iterable[DocumentId]) -> Rows:
        """Return the rows of documents' chunks, by document in their order, then by ordinal."""
        found = [span for document in documents if (span := self._of.get(document))]
        totals = np.array([span.total for span in found], np.intp)
        ends = np.cumsum(totals)
        firsts = np.array([span.first for span in found], np.intp)
        return np.arange(int(totals.sum())) + np.repeat(firsts - ends + totals, totals)

    def row_of(self, chunk: ChunkId) -> int | None:
        """Return the row of a chunk, None for one that is not there."""
        start, _, ordinal = chunk.rpartition("#")
        span = self._starting.get(start)
        if span is None or not ordinal.isdecimal():
            return None
        row = int(ordinal)
        return span.first + row if row < span.total else None

    def chunk_ids(self, rows: Rows) -> list[ChunkId]:
        """Return the chunks of rows that are not dead."""
        if self._firsts is None:
            self._firsts = np.array([span.first for span in self._all], np.intp)
        places = self._firsts.searchsorted(rows, "right") - 1
        ordinals = rows - self._firsts[places]
        spans = [self._all[place] for place in places.tolist()]
        pairs = zip(spans, ordinals.tolist(), strict=True)
        return [span.ids[ordinal] or span.make_id(ordinal) for span, ordinal in pairs]
