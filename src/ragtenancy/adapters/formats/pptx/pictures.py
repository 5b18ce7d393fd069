"""The pictures of a presentation, each kept once."""

from __future__ import annotations

from hashlib import sha256

from pptx.shapes.picture import Picture as PictureShape

from ragtenancy.domain.parsed import Image, Picture
from ragtenancy.domain.visible_text import visible_text

_IMAGES = 200
_IMAGE_BYTES = 25 << 20
_RASTER = frozenset(("image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"))
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


class Gallery:
    """Collects pictures as they are met."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self.skipped = 0
        self._indexes: dict[bytes, int] = {}

    def picture(self, shape: PictureShape) -> Picture:
        """Return the block for a picture with its alternative text."""
        image = _image(shape)
        description = visible_text(shape._element._nvXxPr.cNvPr.get("descr", ""))
        if image is None:
            self.skipped += 1
            return Picture(index=-1, alternative_text=description)
        return Picture(index=self._index(image), alternative_text=description)

    def _index(self, image: Image) -> int:
        digest = sha256(image.data).digest()
        if digest not in self._indexes and len(self.images) >= _IMAGES:
            self.skipped += 1
            return -1
        if digest not in self._indexes:
            self._indexes[digest] = len(self.images)
            self.images.append(image)
        return self._indexes[digest]


def _image(shape: PictureShape) -> Image | None:
    """Return a raster picture that the file itself holds."""
    blip = next(shape._element.iter("{*}blip"), None)
    relationship = shape.part.rels.get(blip.get(_EMBED) or "") if blip is not None else None
    if relationship is None or relationship.is_external:
        return None
    part = relationship.target_part
    if part.content_type not in _RASTER or len(part.blob) > _IMAGE_BYTES:
        return None
    return Image(media_type=part.content_type, data=part.blob)
