"""A tenant's vectors as one file that is mapped, not read."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.sqlite.vector_scan import longest
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.ports.embeddings import Vectors

MAGIC = b"ragvec\x00\x01"
PAGE = 4096
STORED = np.dtype("<f4")
Sums = npt.NDArray[np.uint32]


class Head(Struct, frozen=True, kw_only=True):
    """Whose rows they are. `documents` are in the order of their rows, with how many."""

    tenant_uid: TenantUid
    dimension: int
    documents: list[tuple[DocumentId, Revision, int]]
    room: int
    longest: float


class SavedVectors(Struct, frozen=True, kw_only=True):
    """Documents in the order of their rows, with how many; `vectors` has room for more.

    None of the rows is longer than `longest`.
    """

    documents: Sequence[tuple[DocumentId, Revision, int]]
    vectors: Vectors
    longest: float


def write(
    file: BinaryIO, uid: TenantUid, documents: Sequence[tuple[DocumentId, Revision, Vectors]]
) -> None:
    """Write a head, a sum of each row, and the rows from a page's start, with room for more.

    The vectors, shape (rows, dimension), are of one dimension and at least one row each.
    """
    parts = [np.ascontiguousarray(vectors, STORED) for _, _, vectors in documents]
    total, dimension = sum(map(len, parts)), parts[0].shape[1]
    head = Head(
        tenant_uid=uid,
        dimension=dimension,
        documents=[(d, revision, len(vectors)) for d, revision, vectors in documents],
        room=total + total // 4,
        longest=max(map(longest, parts)),
    )
    sums = b"".join(_sums(part).tobytes() for part in parts)
    start = _framed(msgspec.msgpack.encode(head), sums)
    file.write(start)
    file.writelines(part.data.cast("B") for part in parts)
    file.truncate(len(start) + head.room * dimension * STORED.itemsize)


def opened(path: Path, uid: TenantUid) -> SavedVectors | None:
    """Return the rows, None for a file that is absent, damaged or another's.

    Changes to them stay in this process: the file is replaced or removed whole, never changed.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):  # ValueError: empty
        return None
    try:
        return _decoded(memoryview(data), uid)
    except (msgspec.DecodeError, ValueError):  # ValueError: too short
        return None


def _decoded(data: memoryview, uid: TenantUid) -> SavedVectors | None:
    """Return the rows of a file whose every sum is right."""
    sizes = np.frombuffer(data, "<u4", 2, len(MAGIC) + 4).tolist()
    start = len(MAGIC) + 12
    framed = data[len(MAGIC) + 4 : start + sum(sizes)]
    if bytes(data[: len(MAGIC) + 4]) != MAGIC + _crc(framed):
        return None
    head = msgspec.msgpack.decode(data[start : start + sizes[0]], type=Head)
    if head.tenant_uid != uid:
        return None
    end = start + sum(sizes)
    sums = np.frombuffer(bytes(data[start + sizes[0] : end]), "<u4")
    numbers = np.frombuffer(data, STORED, head.room * head.dimension, end + -end % PAGE)
    vectors = numbers.reshape(head.room, head.dimension)
    if not np.array_equal(_sums(vectors[: len(sums)]), sums):
        return None
    return SavedVectors(documents=head.documents, vectors=vectors, longest=head.longest)


def _framed(head: bytes, sums: bytes) -> bytes:
    """Return what stands before the rows: magic, checksum, two lengths, the two, to a page's end."""
    content = np.array([len(head), len(sums)], "<u4").tobytes() + head + sums
    start = MAGIC + _crc(content) + content
    return start + bytes(-len(start) % PAGE)


def _crc(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")


def _sums(vectors: Vectors) -> Sums:
    """Return each row's sum as whole numbers, which takes as long as reading it."""
    sums: Sums = np.add.reduce(vectors.view(np.uint32), axis=1, dtype=np.uint32)
    return sums
