"""Limits on a picture's size and on the cost of reading it."""

from __future__ import annotations

from msgspec import Struct

MEBIBYTE = 1 << 20


class PictureLimits(Struct, frozen=True, kw_only=True):
    """Bounds on a picture: pixels as declared in its header, sides in pixels.

    A picture narrower than `narrowest`, or longer than `stretch` times its width, is a line or an
    ornament without text. One longer than `longest` or with more pixels than `most` is scaled down
    first: reading takes 250 bytes of memory per pixel.
    """

    data_bytes: int = 25 * MEBIBYTE
    pixels: int = 25_000_000
    narrowest: int = 12
    stretch: int = 60
    longest: int = 2_000
    most: int = 2_500_000


class ReaderLimits(Struct, frozen=True, kw_only=True):
    """Bounds on the processes: bytes of address space, seconds.

    `memory_bytes` includes the models; `cpu_seconds` and `wall_seconds` are per picture; the reader
    ends after `idle_seconds`.
    """

    memory_bytes: int = 1536 * MEBIBYTE
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    start_seconds: float = 60.0
    idle_seconds: float = 60.0
