"""The pictures of a PDF document: JPEG unchanged, others as PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import pypdfium2
from pypdfium2 import raw

from ragtenancy.domain.parsed import Image, Picture

_IMAGES = 200
_IMAGE_BYTES = 25 << 20
_SMALLEST_SIDE = 32
_PIXELS = 25_000_000
_DECODED_PIXELS = 60_000_000
_DEPTH = 4
_DOTS = 150
_RENDERED_PIXELS = 5_000_000
_RENDERED_PAGES = 60
# PDFium's pixel formats: bytes per pixel, PNG colour type, and sample order.
_FORMATS: Mapping[int, tuple[int, int, tuple[int, ...]]] = {
    raw.FPDFBitmap_Gray: (1, 0, (0,)),
    raw.FPDFBitmap_BGR: (3, 2, (2, 1, 0)),
    raw.FPDFBitmap_BGRx: (4, 2, (2, 1, 0)),
    raw.FPDFBitmap_BGRA: (4, 6, (2, 1, 0, 3)),
}


class Gallery:
    """Collects pictures page by page, omitting ornaments of a few pixels."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self.skipped = 0
        self._decoded = 0
        self._rendered = 0

    def pictures_of(self, page: pypdfium2.PdfPage) -> list[Picture]:
        """Return a block for each picture of a page."""
        found = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH)
        return [self._picture(item) for item in found if _is_shown(item)]

    def page_as_picture(self, page: pypdfium2.PdfPage) -> list[Picture]:
        """Return what is drawn on a page without text: its picture if it is one, else all of it.

        Scanners part pages into strips, turn them, and use more pixels than can be read.
        """
        found = [item for item in page.get_objects(max_depth=_DEPTH) if _is_drawn(item)]
        if not found:
            return []
        if len(found) == 1 and page.get_rotation() == 0 and _is_readable(found[0]):
            return [self._picture(found[0])]
        if len(self.images) >= _IMAGES or self._rendered >= _RENDERED_PAGES:
            self.skipped += 1
            return [Picture(index=-1)]
        self._rendered += 1
        return [self._kept(_rendered(page))]

    def _kept(self, image: Image | None) -> Picture:
        if image is None or len(image.data) > _IMAGE_BYTES:
            self.skipped += 1
            return Picture(index=-1)
        self.images.append(image)
        return Picture(index=len(self.images) - 1)

    def _picture(self, item: pypdfium2.PdfImage) -> Picture:
        return self._kept(self._image(item) if len(self.images) < _IMAGES else None)

    def _image(self, item: pypdfium2.PdfImage) -> Image | None:
        if item.get_filters() == ["DCTDecode"]:
            return Image(media_type="image/jpeg", data=bytes(item.get_data()))
        width, height = item.get_px_size()
        self._decoded += width * height
        if width * height > _PIXELS or self._decoded > _DECODED_PIXELS:
            return None
        try:
            bitmap = item.get_bitmap()
        except pypdfium2.PdfiumError:
            return None
        try:
            return _png(bitmap)
        finally:
            bitmap.close()


def _is_shown(item: pypdfium2.PdfImage) -> bool:
    try:
        width, height = item.get_px_size()
    except pypdfium2.PdfiumError:
        return False
    return bool(min(width, height) >= _SMALLEST_SIDE)


def _is_drawn(item: pypdfium2.PdfObject) -> bool:
    if isinstance(item, pypdfium2.PdfImage):
        return _is_shown(item)
    return item.type in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING)


def _is_readable(item: pypdfium2.PdfObject) -> bool:
    """Return whether an object is a picture of pixels that a reader of pictures accepts."""
    if not isinstance(item, pypdfium2.PdfImage):
        return False
    width, height = item.get_px_size()
    return bool(width * height <= _PIXELS)


def _rendered(page: pypdfium2.PdfPage) -> Image | None:
    """Return a page as a grey picture of 150 dots an inch, of fewer if it is large."""
    width, height = page.get_size()
    scale = min(_DOTS / 72, (_RENDERED_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        return _png(bitmap)
    finally:
        bitmap.close()


def _png(bitmap: pypdfium2.PdfBitmap) -> Image | None:
    """Return a bitmap as a PNG file (8 bits per sample, rows unfiltered), None if it is exotic."""
    if bitmap.format not in _FORMATS:
        return None
    size, colour, places = _FORMATS[bitmap.format]
    pixels, width = bytes(bitmap.buffer), bitmap.width
    rows = bytearray()
    for y in range(bitmap.height):
        source = pixels[y * bitmap.stride : y * bitmap.stride + width * size]
        row = bytearray(width * len(places))
        for target, place in enumerate(places):
            row[target :: len(places)] = source[place::size]
        rows += b"\0" + row
    header = struct.pack(">2I5B", width, bitmap.height, 8, colour, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)
    return Image(media_type="image/png", data=data)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
