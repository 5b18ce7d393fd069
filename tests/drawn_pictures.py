"""Pictures that tests draw; drawing needs the extra `[ocr]`."""

from __future__ import annotations

import importlib.util
import io
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from PIL.Image import Image

needs_ocr = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="needs the extra ragtenancy[ocr]"
)


def drawn(*lines: str, mode: str = "RGB", width: int = 640) -> Image:
    """A screenshot: lines of text, black on white."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (width, 40 + 40 * max(len(lines), 1)), "white")
    font = ImageFont.load_default(20)
    for row, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 20 + 40 * row), line, fill="black", font=font)
    return picture.convert(mode)


def encoded(picture: Image, kind: str = "PNG", **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def animated(frames: Sequence[Image]) -> bytes:
    """Frames as a GIF."""
    return encoded(frames[0], "GIF", save_all=True, append_images=list(frames[1:]))


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds a row of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(bytes(1 + 3 * width))) + chunk(b"IEND", b"")
