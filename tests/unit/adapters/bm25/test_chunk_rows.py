"""Rows by chunk, and chunks by row."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.chunk_rows import NO_ROWS, ChunkRows, DocumentRows
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_ids


@given(totals=st.lists(st.integers(0, 3), max_size=6))
def test_rows_are_named_by_their_documents(totals: list[int]) -> None:
    spans = [(DocumentId(f"d{at}"), Revision(f"{at}-1"), total) for at, total in enumerate(totals)]
    names = list(chain.from_iterable(chunk_ids(*span) for span in spans))

    rows = ChunkRows(DocumentRows(spans))

    assert rows.names(range(len(rows))) == names
    assert [rows.row(name) for name in names] == list(range(len(names)))


def test_chunks_that_are_not_there_have_no_row() -> None:
    rows = ChunkRows(DocumentRows([(DocumentId("d"), Revision("1-1"), 2)]))
    wrong = ["d#1-1#000002", "d#2-1#000000", "e#1-1#000000", "d#1-1#0", "d", "d#1-1#-1", "d#1-1#x"]

    assert [rows.row(ChunkId(chunk)) for chunk in wrong] == [-1] * 7


def test_a_removed_chunk_may_come_again_in_a_new_row() -> None:
    rows = ChunkRows(DocumentRows([(DocumentId("d"), Revision("1-1"), 2)]))
    chunk = ChunkId("d#1-1#000001")

    removed, gone = rows.remove(chunk), rows.row(chunk)
    added, again = rows.add(chunk), rows.row(chunk)
    removed_again = rows.remove(chunk)

    assert (removed, gone, added, again, removed_again) == (1, -1, 2, 2, 2)
    assert (rows.row(chunk), rows.total, rows.alive()) == (-1, 1, [0])


def test_a_copy_of_rows_stays_as_it_is() -> None:
    rows = ChunkRows(NO_ROWS, [ChunkId("1")])
    copied = rows.copy()

    rows.add(ChunkId("2"))
    rows.remove(ChunkId("1"))

    assert (copied.alive(), copied.names([0]), copied.row(ChunkId("2"))) == ([0], ["1"], -1)
