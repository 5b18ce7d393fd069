"""The pictures of a document, each kept once."""

from __future__ import annotations

from collections.abc import Callable

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.limits import IMAGE_BYTES, IMAGES
from ragtenancy.domain.parsed import Image, Picture
from ragtenancy.domain.visible_text import visible_text

_NOT_KEPT = -1
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


class Gallery:
    """Collects pictures as they are met; `load` gives a relationship's bytes, None if missing."""

    def __init__(self, load: Callable[[str], bytes | None]) -> None:
        self._load = load
        self._indexes: dict[str, int] = {}
        self.images: list[Image] = []
        self.skipped = 0

    def picture(self, reference: PictureReference) -> Picture:
        """Return the block for a picture."""
        key = reference.relationship_id
        if key not in self._indexes:
            self._indexes[key] = self._keep(key) if key else _NOT_KEPT
        text = visible_text(reference.alternative_text)
        return Picture(index=self._indexes[key], alternative_text=text)

    def _keep(self, relationship_id: str) -> int:
        data = self._load(relationship_id)
        media_type = _media_type(data) if data else None
        too_many = len(self.images) >= IMAGES
        if data is None or media_type is None or too_many or len(data) > IMAGE_BYTES:
            self.skipped += 1
            return _NOT_KEPT
        self.images.append(Image(media_type=media_type, data=data))
        return len(self.images) - 1


def _media_type(data: bytes) -> str | None:
    """Return the type of a raster picture by its first bytes, None for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
