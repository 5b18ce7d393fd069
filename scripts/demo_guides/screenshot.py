"""A screenshot drawn in code: a window with a side bar, lines of a list and a button."""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 320, 180
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

_BACKGROUND: Colour = (246, 247, 249)
_SHAPES: tuple[tuple[Box, Colour], ...] = (
    ((0, 0, 320, 20), (38, 50, 72)),
    ((0, 20, 64, 180), (226, 230, 236)),
    ((8, 32, 56, 40), (120, 132, 150)),
    ((8, 48, 56, 56), (52, 104, 192)),
    ((8, 64, 56, 72), (120, 132, 150)),
    ((240, 30, 310, 48), (52, 104, 192)),
    *(((76, 60 + 22 * line, 310, 74 + 22 * line), (255, 255, 255)) for line in range(5)),
    *(((82, 65 + 22 * line, 180, 69 + 22 * line), (150, 160, 176)) for line in range(5)),
)


def png() -> bytes:
    """Return the picture as PNG, 8 bits a channel, RGB (ISO/IEC 15948)."""
    rows = b"".join(b"\x00" + _row(y) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _row(y: int) -> bytes:
    row = bytearray(bytes(_BACKGROUND) * WIDTH)
    for (left, top, right, bottom), colour in _SHAPES:
        if top <= y < bottom:
            row[left * 3 : right * 3] = bytes(colour) * (right - left)
    return bytes(row)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
