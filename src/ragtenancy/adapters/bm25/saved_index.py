"""A tenant's postings as bytes, and back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25.chunk_rows import ChunkRows, DocumentRows, Held
from ragtenancy.adapters.bm25.inverted_index import Settled
from ragtenancy.adapters.bm25.segment import Segment
from ragtenancy.adapters.bm25.vocabulary import TermTable
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, TenantUid

MAGIC = b"ragbm25\x03"
WORD = 8
START = len(MAGIC) + WORD
LANES = 1_021
ARRAYS = Segment.__struct_fields__
Numbers = npt.NDArray[np.integer]


class Head(Struct, frozen=True, kw_only=True):
    """What the arrays belong to. `documents` are in the order of their rows."""

    tenant_uid: TenantUid
    analysis: Fingerprint
    documents: list[Held]
    arrays: list[tuple[str, int]]


class SavedIndex(Struct, frozen=True, kw_only=True):
    """The settled postings of some documents, of one analysis of text."""

    analysis: Fingerprint
    documents: Sequence[Held]
    settled: Settled


def saved(
    analysis: Fingerprint, revisions: Mapping[DocumentId, Revision], settled: Settled
) -> SavedIndex:
    """Return what to keep; a document's rows stand together, by ordinal."""
    names = settled.rows.names(range(len(settled.rows)))
    totals = {document: len(list(rows)) for document, rows in groupby(names, _document)}
    rest = dict.fromkeys(revisions.keys() - totals.keys(), 0)
    return SavedIndex(
        analysis=analysis,
        documents=[(d, revisions[d], total) for d, total in (totals | rest).items()],
        settled=settled,
    )


def encoded(uid: TenantUid, index: SavedIndex) -> bytes:
    """Return the bytes: a checksum, a head that says whose they are, and the arrays."""
    settled = index.settled
    terms = settled.vocabulary
    arrays: list[Numbers] = [terms.letters, terms.starts, terms.keys]
    arrays += [settled.lengths, *(getattr(settled.segment, name) for name in ARRAYS)]
    head = msgspec.msgpack.encode(
        Head(
            tenant_uid=uid,
            analysis=index.analysis,
            documents=list(index.documents),
            arrays=[(array.dtype.str, len(array)) for array in arrays],
        )
    )
    parts = [len(head).to_bytes(WORD, "little"), head, *(array.tobytes() for array in arrays)]
    content = b"".join(_padded(part) for part in parts)
    return b"".join([MAGIC, checksum(memoryview(content)), content])


def decoded(uid: TenantUid, analysis: Fingerprint, data: memoryview) -> SavedIndex | None:
    """Return the index, None for bytes that are damaged, another's or of another analysis."""
    content = data[START:]
    if data[:START] != MAGIC + checksum(content):
        return None
    end = WORD + int.from_bytes(content[:WORD], "little")
    head = msgspec.msgpack.decode(content[WORD:end], type=Head)
    if (head.tenant_uid, head.analysis) != (uid, analysis):
        return None
    arrays = _arrays(content, end, head.arrays)
    return SavedIndex(
        analysis=analysis,
        documents=head.documents,
        settled=Settled(
            vocabulary=_terms(arrays[:3]),
            rows=ChunkRows(DocumentRows(head.documents)),
            lengths=arrays[3].view(np.int64),
            segment=_segment(arrays[4:]),
        ),
    )


def checksum(content: memoryview) -> bytes:
    """Return a word that tells any damage to the content, at the speed of memory.

    The CRC of sums of 64-bit words, each word in the lane of its place modulo a prime: a changed
    bit, a page elsewhere or a cut changes some sum.
    """
    words = np.frombuffer(content, "<u8", len(content) // WORD)
    whole = len(words) - len(words) % LANES
    sums = words[:whole].reshape(-1, LANES).sum(axis=0, dtype=np.uint64)
    rest = zlib.crc32(content[WORD * whole :], zlib.crc32(sums.tobytes(), len(content) % 2**32))
    return rest.to_bytes(WORD, "little")


def _terms(arrays: Sequence[Numbers]) -> TermTable:
    letters, starts, keys = arrays
    return TermTable(letters.view(np.uint8), starts.view(np.int64), keys.view(np.uint64))


def _segment(arrays: Sequence[Numbers]) -> Segment:
    term_starts, rows, frequencies, row_starts, row_terms, row_frequencies = arrays
    return Segment(
        term_starts=term_starts.view(np.int64),
        rows=rows.view(np.int32),
        frequencies=frequencies,
        row_starts=row_starts.view(np.int64),
        row_terms=row_terms.view(np.int32),
        row_frequencies=row_frequencies,
    )


def _arrays(content: memoryview, start: int, shapes: Sequence[tuple[str, int]]) -> list[Numbers]:
    found: list[Numbers] = []
    for dtype, size in shapes:
        start += -start % WORD
        array: Numbers = np.frombuffer(content, np.dtype(dtype), size, start)
        found.append(array)
        start += array.nbytes
    return found


def _document(chunk: ChunkId) -> DocumentId:
    return DocumentId(chunk.partition("#")[0])


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % WORD)
