"""Zip files that no honest program writes."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Sequence

from msgspec import Struct

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


class Member(Struct, frozen=True, kw_only=True):
    """One member with every field of its headers free to lie; None is the truth.

    `at` is the offset that the directory claims for it; `local_name` is the name beside the data.
    """

    name: bytes
    content: bytes = b""
    method: int = 8
    flags: int = 0
    checksum: int | None = None
    size: int | None = None
    packed_size: int | None = None
    at: int | None = None
    local_name: bytes | None = None
    mode: int = 0


def written(members: Sequence[Member], *, comment: bytes = b"", before: bytes = b"") -> bytes:
    """Return the members as a zip file, each header as its member says."""
    body, directory = bytearray(before), bytearray()
    for member in members:
        start, data = len(body), packed(member)
        body += _local(member, data) + data
        directory += _central(member, data, start)
    end = END.pack(
        b"PK\x05\x06", 0, 0, min(len(members), 65_535), min(len(members), 65_535),
        len(directory), len(body), len(comment)
    )  # fmt: skip
    return bytes(body + directory + end + comment)


def packed(member: Member) -> bytes:
    """Return a member's data as they stand in the file."""
    if member.method == zipfile.ZIP_STORED:
        return member.content
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(member.content) + deflate.flush()


def duplicated(parts: Sequence[tuple[str, str | bytes]]) -> bytes:
    """Return parts as a zip file, also those that have one name."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, content in parts:
            archive.writestr(name, content)
    return target.getvalue()


def _fields(member: Member, data: bytes) -> tuple[int, int, int, int, int, int, int]:
    return (
        member.flags,
        member.method,
        0,
        0x21,
        zlib.crc32(member.content) if member.checksum is None else member.checksum,
        len(data) if member.packed_size is None else member.packed_size,
        len(member.content) if member.size is None else member.size,
    )


def _local(member: Member, data: bytes) -> bytes:
    name = member.name if member.local_name is None else member.local_name
    return LOCAL.pack(b"PK\x03\x04", 20, *_fields(member, data), len(name), 0) + name


def _central(member: Member, data: bytes, start: int) -> bytes:
    at = start if member.at is None else member.at
    fields = _fields(member, data)
    attributes = (member.mode << 16) & 0xFFFFFFFF
    return (
        CENTRAL.pack(
            b"PK\x01\x02", 0x0314, 20, *fields, len(member.name), 0, 0, 0, 0, attributes, at
        )
        + member.name
    )
