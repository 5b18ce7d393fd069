"""A tenant's postings as bytes, and back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Settled
from ragtenancy.adapters.bm25.segment import Segment
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, TenantUid

MAGIC = b"ragbm25\x01"
START = len(MAGIC) + 4 + 8
ALIGNMENT = 8
ARRAYS = Segment.__struct_fields__


class Head(Struct, frozen=True, kw_only=True):
    """What the arrays belong to. `documents` are in the order of their rows, with how many."""

    tenant_uid: TenantUid
    analysis: Fingerprint
    documents: list[tuple[DocumentId, Revision, int]]
    chunk_ids: list[ChunkId]
    vocabulary: list[str]
    arrays: list[tuple[str, int]]


class SavedIndex(Struct, frozen=True, kw_only=True):
    """The settled postings of some documents, of one analysis of text."""

    analysis: Fingerprint
    documents: Sequence[tuple[DocumentId, Revision, int]]
    settled: Settled


def saved(
    analysis: Fingerprint, revisions: Mapping[DocumentId, Revision], index: InvertedIndex
) -> SavedIndex:
    """Return what to keep of an index that has neither tail nor tombstones."""
    totals: dict[DocumentId, int] = {}
    for chunk_id in index.chunk_ids:
        document_id = DocumentId(chunk_id.partition("#")[0])
        totals[document_id] = totals.get(document_id, 0) + 1
    rest = dict.fromkeys(revisions.keys() - totals.keys(), 0)
    return SavedIndex(
        analysis=analysis,
        documents=[(d, revisions[d], total) for d, total in (totals | rest).items()],
        settled=Settled(
            vocabulary=dict(index.vocabulary),
            chunk_ids=list(index.chunk_ids),
            lengths=index.lengths.view,
            segment=index.segment,
        ),
    )


def encoded(uid: TenantUid, index: SavedIndex) -> bytes:
    """Return the bytes: a checksum, a head that says whose they are, and the arrays."""
    settled = index.settled
    arrays = [settled.lengths, *(getattr(settled.segment, name) for name in ARRAYS)]
    head = msgspec.msgpack.encode(
        Head(
            tenant_uid=uid,
            analysis=index.analysis,
            documents=list(index.documents),
            chunk_ids=settled.chunk_ids,
            vocabulary=list(settled.vocabulary),
            arrays=[(array.dtype.str, len(array)) for array in arrays],
        )
    )
    parts = [len(head).to_bytes(8, "little"), _padded(head, START)]
    parts += [_padded(array.tobytes()) for array in arrays]
    content = b"".join(parts)
    return b"".join([MAGIC, zlib.crc32(content).to_bytes(4, "little"), content])


def decoded(uid: TenantUid, analysis: Fingerprint, data: memoryview) -> SavedIndex | None:
    """Return the index, None for bytes that are damaged, another's or of another analysis."""
    content = data[len(MAGIC) + 4 :]
    checksum = zlib.crc32(content).to_bytes(4, "little")
    if data[: len(MAGIC) + 4] != MAGIC + checksum:
        return None
    length = int.from_bytes(content[:8], "little")
    head = msgspec.msgpack.decode(content[8 : 8 + length], type=Head)
    if (head.tenant_uid, head.analysis) != (uid, analysis):
        return None
    lengths, *parts = _arrays(data, START + length, head.arrays)
    return SavedIndex(
        analysis=analysis,
        documents=head.documents,
        settled=Settled(
            vocabulary=dict(zip(head.vocabulary, range(len(head.vocabulary)), strict=True)),
            chunk_ids=head.chunk_ids,
            lengths=lengths,
            segment=Segment(**dict(zip(ARRAYS, parts, strict=True))),
        ),
    )


def _arrays(
    data: memoryview, start: int, shapes: Sequence[tuple[str, int]]
) -> list[npt.NDArray[Any]]:
    found: list[npt.NDArray[Any]] = []
    for dtype, size in shapes:
        start += -start % ALIGNMENT
        array = np.frombuffer(data, np.dtype(dtype), size, start)
        found.append(array)
        start += array.nbytes
    return found


def _padded(data: bytes, start: int = 0) -> bytes:
    return data + bytes(-(start + len(data)) % ALIGNMENT)
