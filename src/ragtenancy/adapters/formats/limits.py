"""Limits on a document's content and on the cost of reading it."""

from __future__ import annotations

from msgspec import Struct

MEBIBYTE = 1 << 20


class ScanLimits(Struct, frozen=True, kw_only=True):
    """Bounds on the content; a document that exceeds one is rejected before it is fully read.

    Sizes are in bytes. `places` counts the places covered by cells, merged ones in full.
    """

    members: int = 2_000
    directory_bytes: int = 2 * MEBIBYTE
    declared_bytes: int = 200 * MEBIBYTE
    ratio: int = 200
    ratio_from_bytes: int = MEBIBYTE
    depth: int = 100
    elements: int = 500_000
    cells: int = 50_000
    places: int = 500_000
    span: int = 512


class ProcessLimits(Struct, frozen=True, kw_only=True):
    """Bounds on the child process: bytes of address space and of its reply, seconds."""

    memory_bytes: int = 512 * MEBIBYTE
    reply_bytes: int = 300 * MEBIBYTE
    cpu_seconds: int = 30
    wall_seconds: float = 30.0


IMAGES = 200
IMAGE_BYTES = 25 * MEBIBYTE
