"""Pictures, charts and SmartArt of a document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.docx.xml import CHART, DIAGRAM, DRAWING
from ragtenancy.adapters.formats.limits import IMAGE_BYTES, IMAGES
from ragtenancy.domain.parsed import Block, Image, Paragraph, Picture, Table
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
    """Collects pictures in order; `load` returns a relationship's bytes, None if missing."""

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

    def adopted(self, images: Sequence[Image]) -> list[int]:
        """Keep the pictures of an inserted document; return their places."""
        room = max(IMAGES - len(self.images), 0)
        first = len(self.images)
        self.images += images[:room]
        if len(images) > room:
            self._skipped[f"over the limit of {IMAGES}"] += len(images) - room
        return [first + at if at < room else _NOT_KEPT for at in range(len(images))]

    def warnings(self) -> Iterator[str]:
        """Yield the number of skipped pictures, by reason."""
        for reason, count in self._skipped.items():
            yield f"Pictures not kept: {count} ({reason})."

    def _keep(self, relationship_id: str) -> int:
        data = self._load(relationship_id)
        media_type = _media_type(data) if data else None
        if data and media_type and len(self.images) < IMAGES and len(data) <= IMAGE_BYTES:
            self.images.append(Image(media_type=media_type, data=data))
            return len(self.images) - 1
        self._skipped[_reason(data, media_type)] += 1
        return _NOT_KEPT


def _reason(data: bytes | None, media_type: str | None) -> str:
    """Return why a picture is skipped."""
    if not data:
        return "missing"
    if media_type is None:
        return _vector_format(data) or "unknown format"
    return "too large" if len(data) > IMAGE_BYTES else f"over the limit of {IMAGES}"


def _vector_format(data: bytes) -> str | None:
    if data[40:44] == _EMF:
        return "EMF"
    if data.startswith(_WMF):
        return "WMF"
    return "SVG" if b"<svg" in data[:_HEAD] else None


def _media_type(data: bytes) -> str | None:
    """Return the media type of a raster picture by its first bytes, None for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)


_MAX_POINTS = 100
_NOT_CONTENT = ("pres", "parTrans", "sibTrans")
_LINE = f"{{{DRAWING}}}p"
_TEXT = f"{{{DRAWING}}}t"


def graphic_blocks(root: etree._Element) -> Sequence[Block]:
    """Return a chart as its titles and a table of its data, SmartArt as its lines."""
    if root.tag == f"{{{DIAGRAM}}}dataModel":
        return _paragraph(_diagram_lines(root))
    if root.tag == f"{{{CHART}}}chartSpace":
        titles = (line for title in root.iter(_c("title")) for line in _lines(title))
        return [*_paragraph(titles), *_data(root)]
    return []


def _c(name: str) -> str:
    return f"{{{CHART}}}{name}"


def _paragraph(lines: Iterator[str]) -> Sequence[Block]:
    text = visible_text("\n".join(lines))
    return [Paragraph(text=text)] if text else []


def _diagram_lines(root: etree._Element) -> Iterator[str]:
    for point in root.iter(f"{{{DIAGRAM}}}pt"):
        if point.get("type") not in _NOT_CONTENT:
            yield from _lines(point)


def _lines(element: etree._Element) -> Iterator[str]:
    """Yield each paragraph of text that is not empty."""
    for line in element.iter(_LINE):
        text = "".join(part.text or "" for part in line.iter(_TEXT)).strip()
        if text:
            yield text


def _data(root: etree._Element) -> Sequence[Block]:
    """Return a table of categories by series."""
    series = list(root.iter(_c("ser")))
    names = ["".join(_points(each, "tx").values()) for each in series]
    categories: dict[int, str] = {}
    for each in series:
        categories = _points(each, "cat") | _points(each, "xVal") | categories
    values = [_points(each, "val") | _points(each, "yVal") for each in series]
    places = sorted(categories.keys() | {place for each in values for place in each})
    rows = [
        [categories.get(place, ""), *(each.get(place, "") for each in values)]
        for place in places[:_MAX_POINTS]
    ]
    return [Table(rows=[["", *names], *rows], header_rows=1)] if rows else []


def _points(series: etree._Element, kind: str) -> dict[int, str]:
    """Return the cached cells of a series by index."""
    found: dict[int, str] = {}
    for holder in series.iterchildren(_c(kind)):
        for point in holder.iter(_c("pt")):
            place, text = point.get("idx", ""), point.findtext(_c("v"))
            if place.isdecimal() and text:
                found.setdefault(int(place[:9]), visible_text(_rounded(text)))
    return found


def _rounded(text: str) -> str:
    """Return a number as Word shows it: the file says 4.4000000000000004 for 4.4."""
    try:
        return f"{float(text):.12g}" if "." in text else text
    except ValueError:
        return text
