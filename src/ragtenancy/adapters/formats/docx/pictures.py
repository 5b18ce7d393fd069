"""The pictures of a document, each kept once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.limits import IMAGE_BYTES, IMAGES
from ragtenancy.domain.parsed import Image, Picture
from ragtenancy.domain.visible_text import visible_text

_NOT_KEPT = -1
_BOILERPLATE = re.compile(
    r"(?<!\s)\s*+(?:Description automatically generated(?: with \w+ confidence)?"
    r"|AI-generated content may be incorrect\.?)\s*\Z"
)
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_EMF, _WMF = b" EMF", (b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")
_HEAD = 1_024


class Gallery:
    """Collects pictures as they are met; `load` gives a relationship's bytes, None if missing."""

    def __init__(self, load: Callable[[str], bytes | None]) -> None:
        self._load = load
        self._indexes: dict[str, int] = {}
        self.images: list[Image] = []
        self._skipped: Counter[str] = Counter()

    def picture(self, reference: PictureReference) -> Picture:
        """Return the block for a picture."""
        key = reference.relationship_id
        if key not in self._indexes:
            self._indexes[key] = self._keep(key) if key else _NOT_KEPT
        text = _BOILERPLATE.sub("", visible_text(reference.alternative_text))
        return Picture(index=self._indexes[key], alternative_text=text)

    def warnings(self) -> Iterator[str]:
        """Yield how many pictures were not kept, by reason."""
        for reason, count in self._skipped.items():
            yield f"{count} pictures were not kept ({reason})."

    def _keep(self, relationship_id: str) -> int:
        data = self._load(relationship_id)
        media_type = _media_type(data) if data else None
        if data and media_type and len(self.images) < IMAGES and len(data) <= IMAGE_BYTES:
            self.images.append(Image(media_type=media_type, data=data))
            return len(self.images) - 1
        self._skipped[_reason(data, media_type)] += 1
        return _NOT_KEPT


def _reason(data: bytes | None, media_type: str | None) -> str:
    """Return why a picture is not kept."""
    if not data:
        return "missing"
    if media_type is None:
        return _vector_format(data) or "unknown format"
    return "too large" if len(data) > IMAGE_BYTES else f"more than {IMAGES}"


def _vector_format(data: bytes) -> str | None:
    if data[40:44] == _EMF:
        return "EMF"
    if data.startswith(_WMF):
        return "WMF"
    return "SVG" if b"<svg" in data[:_HEAD] else None


def _media_type(data: bytes) -> str | None:
    """Return the type of a raster picture by its first bytes, None for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
