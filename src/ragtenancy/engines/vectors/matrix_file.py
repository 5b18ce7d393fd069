"""The file format of a matrix: a header, a checksum per row, and page-aligned rows to be mapped."""

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

from ragtenancy.engines.vectors.scan import Vectors, max_norm

MAGIC = b"ragvec\x00\x01"
PAGE = 4096
STORED = np.dtype("<f4")
Sums = npt.NDArray[np.uint32]
NamedSpan = tuple[str, str, int]


class Header(Struct, frozen=True, kw_only=True):
    """The owner of the rows; name, version and row count of each span, in order."""

    owner: str = msgspec.field(name="tenant_uid")
    dimension: int
    spans: list[NamedSpan] = msgspec.field(name="documents")
    capacity: int = msgspec.field(name="room")
    max_norm: float = msgspec.field(name="longest")


class StoredMatrix(Struct, frozen=True, kw_only=True):
    """The spans in the order of their rows; `vectors` has spare rows behind.

    No row is longer than `max_norm`.
    """

    spans: Sequence[NamedSpan]
    vectors: Vectors
    max_norm: float


def write(file: BinaryIO, owner: str, spans: Sequence[tuple[str, str, Vectors]]) -> None:
    """Write spans of vectors, shape (rows, dimension), of one dimension and at least one row each.

    The file is a quarter longer than its rows: capacity for more, in a sparse file.
    """
    parts = [np.ascontiguousarray(vectors, STORED) for _, _, vectors in spans]
    total, dimension = sum(map(len, parts)), parts[0].shape[1]
    header = msgspec.msgpack.encode(
        Header(
            owner=owner,
            dimension=dimension,
            spans=[(name, version, len(vectors)) for name, version, vectors in spans],
            capacity=total + total // 4,
            max_norm=max(map(max_norm, parts)),
        )
    )
    sums = b"".join(_sums(part).tobytes() for part in parts)
    content = np.array([len(header), len(sums)], "<u4").tobytes() + header + sums
    start = MAGIC + _crc(content) + content
    start += bytes(-len(start) % PAGE)
    file.write(start)
    file.writelines(part.data.cast("B") for part in parts)
    file.truncate(len(start) + (total + total // 4) * dimension * STORED.itemsize)


def open_matrix(path: Path, owner: str) -> StoredMatrix | None:
    """Memory-map a file; None for one that is absent, damaged or of another owner.

    The mapping is copy-on-write: changes stay in this process. A file is replaced or removed as a
    whole and never modified.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):  # ValueError: empty
        return None
    try:
        return _decoded(memoryview(data), owner)
    except (msgspec.DecodeError, ValueError):  # ValueError: too short
        return None


def _decoded(data: memoryview, owner: str) -> StoredMatrix | None:
    """Return the matrix of a file whose every checksum is right."""
    sizes = np.frombuffer(data, "<u4", 2, len(MAGIC) + 4).tolist()
    start = len(MAGIC) + 12
    end = start + sum(sizes)
    if bytes(data[: len(MAGIC) + 4]) != MAGIC + _crc(data[len(MAGIC) + 4 : end]):
        return None
    header = msgspec.msgpack.decode(data[start : start + sizes[0]], type=Header)
    if header.owner != owner:
        return None
    sums = np.frombuffer(bytes(data[start + sizes[0] : end]), "<u4")
    shape = (header.capacity, header.dimension)
    vectors = np.frombuffer(data, STORED, shape[0] * shape[1], end + -end % PAGE).reshape(shape)
    if not np.array_equal(_sums(vectors[: len(sums)]), sums):
        return None
    return StoredMatrix(spans=header.spans, vectors=vectors, max_norm=header.max_norm)


def _crc(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")


def _sums(vectors: Vectors) -> Sums:
    """Return the sum of each row's bits as integers: a checksum at the speed of memory."""
    sums: Sums = np.add.reduce(vectors.view(np.uint32), axis=1, dtype=np.uint32)
    return sums
