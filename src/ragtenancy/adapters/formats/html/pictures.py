"""Pictures embedded in a page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from lxml import etree

from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.parsed import Image, Picture
from ragtenancy.domain.visible_text import visible_text

_IMAGES = 200
_IMAGE_BYTES = 25 << 20
_RASTER = frozenset(("image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"))

_SPACERS = ("0", "1", "2", "0px", "1px", "2px")
_SPACERS = ("0", "1", "2", "0px", "1px", "2px")

Load = Callable[[str], Image | None]


def embedded(source: str) -> Image | None:
    """Return the picture that a `data:` URL holds; anything else is not fetched."""
    head, _, content = source.partition(",")
    media_type, _, encoding = head.removeprefix("data:").partition(";")
    if not head.startswith("data:") or encoding != "base64" or media_type not in _RASTER:
        return None
    try:
        return Image(media_type=media_type, data=base64.b64decode(content))
    except (binascii.Error, ValueError):
        return None


def _is_ornament(element: etree._Element) -> bool:
    """Return whether a picture is a spacer or a tracking pixel, or has no source."""
    sizes = (element.get("width"), element.get("height"))
    return not element.get("src") or any(size in _SPACERS for size in sizes)


class Gallery:
    """Collects pictures in order, without repeats."""

    def __init__(self, unread: Unread) -> None:
        self._unread = unread
        self._load: Load = embedded
        self._folder = ""
        self.images: list[Image] = []
        self._indexes: dict[tuple[str, str], int] = {}

    def look_in(self, folder: str, load: Load) -> None:
        """Resolve sources that are not embedded in this folder from now on."""
        self._folder = folder
        self._load = lambda source: embedded(source) or load(source)

    def picture(self, element: etree._Element) -> Picture | None:
        """Return the block for an `img`; None for an ornament without picture and words."""
        source = element.get("src") or ""
        key = (self._folder, source)
        if key not in self._indexes:
            self._indexes[key] = self._keep(source)
        words = " ".join(visible_text(element.get("alt") or "").split())
        index = self._indexes[key]
        if index < 0 and not _is_ornament(element):
            self._unread.add("picture", "pictures")
        return Picture(index=index, alternative_text=words) if words or index >= 0 else None

    def _keep(self, source: str) -> int:
        image = self._load(source) if len(self.images) < _IMAGES else None
        if image is None or image.media_type not in _RASTER or len(image.data) > _IMAGE_BYTES:
            return -1
        self.images.append(image)
        return len(self.images) - 1
