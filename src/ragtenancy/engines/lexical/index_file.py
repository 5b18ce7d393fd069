"""The file format of an index: a checksum, a header, and flat arrays to be memory-mapped."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.engines.lexical.inverted_index import Snapshot
from ragtenancy.engines.lexical.postings import Segment
from ragtenancy.engines.lexical.vocabulary import TermDictionary

MAGIC = b"ragbm25\x03"
WORD = 8
START = len(MAGIC) + WORD
LANES = 1_021
ARRAYS = Segment.__struct_fields__
Numbers = npt.NDArray[np.integer]
NamedSpan = tuple[str, str, int]


class Header(Struct, frozen=True, kw_only=True):
    """The owner of the arrays; `arrays` are the type and length of each, in order."""

    owner: str = msgspec.field(name="tenant_uid")
    analysis: str
    spans: list[NamedSpan] = msgspec.field(name="documents")
    arrays: list[tuple[str, int]]


class StoredIndex(Struct, frozen=True, kw_only=True):
    """A snapshot with the names of its rows: name, version and row count of each span, in order.

    `analysis` identifies the text analysis that made the terms.
    """

    analysis: str
    spans: Sequence[NamedSpan]
    snapshot: Snapshot


def encode(owner: str, index: StoredIndex) -> bytes:
    """Return the file's bytes."""
    snapshot = index.snapshot
    terms = snapshot.vocabulary
    arrays: list[Numbers] = [terms.letters, terms.offsets, terms.prefixes]
    arrays += [snapshot.lengths, *(getattr(snapshot.segment, name) for name in ARRAYS)]
    header = msgspec.msgpack.encode(
        Header(
            owner=owner,
            analysis=index.analysis,
            spans=list(index.spans),
            arrays=[(array.dtype.str, len(array)) for array in arrays],
        )
    )
    parts = [len(header).to_bytes(WORD, "little"), header, *(a.tobytes() for a in arrays)]
    content = b"".join(part + bytes(-len(part) % WORD) for part in parts)
    return b"".join([MAGIC, checksum(memoryview(content)), content])


def decode(owner: str, analysis: str, data: memoryview) -> StoredIndex | None:
    """Return the index, without copying its arrays.

    None for bytes that are damaged, or from another owner or text analysis.
    """
    content = data[START:]
    if data[:START] != MAGIC + checksum(content):
        return None
    at = WORD + int.from_bytes(content[:WORD], "little")
    header = msgspec.msgpack.decode(content[WORD:at], type=Header)
    if (header.owner, header.analysis) != (owner, analysis):
        return None
    arrays: list[Numbers] = []
    for dtype, size in header.arrays:
        at += -at % WORD
        array: Numbers = np.frombuffer(content, np.dtype(dtype), size, at)
        arrays.append(array)
        at += array.nbytes
    letters, offsets, prefixes, lengths, *of_segment = arrays
    return StoredIndex(
        analysis=analysis,
        spans=header.spans,
        snapshot=Snapshot(
            vocabulary=TermDictionary(
                letters.view(np.uint8), offsets.view(np.int64), prefixes.view(np.uint64)
            ),
            lengths=lengths.view(np.int64),
            segment=_segment(of_segment),
        ),
    )


def checksum(content: memoryview) -> bytes:
    """Return an 8-byte checksum, computed at the speed of memory.

    The CRC-32 of sums of 64-bit words, each word in the lane of its position modulo a prime: a
    changed bit, a moved page or a truncation changes some sum.
    """
    words = np.frombuffer(content, "<u8", len(content) // WORD)
    whole = len(words) - len(words) % LANES
    sums = words[:whole].reshape(-1, LANES).sum(axis=0, dtype=np.uint64)
    rest = zlib.crc32(content[WORD * whole :], zlib.crc32(sums.tobytes(), len(content) % 2**32))
    return rest.to_bytes(WORD, "little")


def _segment(arrays: Sequence[Numbers]) -> Segment:
    """Return a segment of its arrays; frequencies keep their stored width."""
    term_offsets, rows, frequencies, row_offsets, row_terms, row_frequencies = arrays
    return Segment(
        term_offsets=term_offsets.view(np.int64),
        rows=rows.view(np.int32),
        frequencies=frequencies,
        row_offsets=row_offsets.view(np.int64),
        row_terms=row_terms.view(np.int32),
        row_frequencies=row_frequencies,
    )
