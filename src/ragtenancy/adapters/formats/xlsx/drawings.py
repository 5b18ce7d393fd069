"""What lies on a sheet: text boxes, pictures and charts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from ragtenancy.adapters.formats.docx.inline import PictureReference
from ragtenancy.adapters.formats.docx.pictures import Gallery, graphic_blocks
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.package import Link, Package, number_of, relationship_id
from ragtenancy.adapters.formats.xlsx.texts import drawn_lines
from ragtenancy.domain.parsed import Block, Paragraph, Picture, Table
from ragtenancy.domain.visible_text import visible_text

_EMBED = re.compile(r"\}(?:embed|link)\Z")
_STRICT = b"http://purl.oclc.org/ooxml/drawingml/"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/drawingml/2006/"


class Drawings:
    """Reads the drawings of a workbook's sheets."""

    def __init__(self, package: Package, unread: Unread) -> None:
        self._package = package
        self._unread = unread
        self.gallery = Gallery(package.read)

    def blocks_of(self, part: str, shown: frozenset[str]) -> Iterator[tuple[int, Block]]:
        """Yield the blocks of a drawing, each with the row of its upper edge.

        `shown` are the sheets that are read: a chart of their cells is no more than its titles.
        """
        root = self._package.tree(part)
        links = self._package.links_by_id(part)
        for anchor in root if root is not None else ():
            row = number_of(next((e.text for e in anchor.iterfind("{*}from/{*}row")), "0"))
            for block in self._anchored(anchor, links, shown):
                yield row, block

    def _anchored(
        self, anchor: etree._Element, links: Mapping[str, Link], shown: frozenset[str]
    ) -> Iterator[Block]:
        for element in anchor.iter("{*}sp", "{*}pic", "{*}graphicFrame", "{*}cxnSp"):
            kind = str(element.tag).rpartition("}")[2]
            if kind == "pic":
                yield self._picture(element, links)
            elif kind == "sp":
                lines = list(drawn_lines(element))
                yield from [Paragraph(text="\n".join(lines))] if lines else []
            elif kind == "graphicFrame":
                yield from self._graphic(element, links, shown)

    def _picture(self, element: etree._Element, links: Mapping[str, Link]) -> Picture:
        blip = next(element.iter("{*}blip"), None)
        keys = [] if blip is None else [v for k, v in blip.items() if _EMBED.search(str(k))]
        link = links.get(str(keys[0])) if keys else None
        name = link.target if link is not None and not link.external else ""
        properties = next(element.iter("{*}cNvPr"), None)
        words = "" if properties is None else properties.get("descr", "")
        return self.gallery.picture(PictureReference(relationship_id=name, alternative_text=words))

    def _graphic(
        self, element: etree._Element, links: Mapping[str, Link], shown: frozenset[str]
    ) -> Iterator[Block]:
        for chart in element.iter("{*}chart", "{*}relIds"):
            link = links.get(relationship_id(chart) or _data_of(chart))
            root = self._graphic_root(link.target) if link is not None else None
            if root is None:
                self._unread.add("chart", "charts")
                continue
            repeats = _is_of_sheets(root, shown)
            blocks = graphic_blocks(root)
            yield from (each for each in blocks if not (repeats and isinstance(each, Table)))

    def _graphic_root(self, part: str) -> etree._Element | None:
        data = self._package.read(part)
        if data is None or _STRICT not in data:
            return self._package.tree(part)
        return etree.fromstring(data.replace(_STRICT, _TRANSITIONAL))


def _data_of(element: etree._Element) -> str:
    """Return the id of a diagram's data."""
    return next((str(v) for k, v in element.items() if str(k).endswith("}dm")), "")


def _is_of_sheets(root: etree._Element, shown: frozenset[str]) -> bool:
    """Return whether all data of a chart are cells of sheets that are read."""
    formulas = [visible_text(each.text or "") for each in root.iter("{*}f")]
    sheets = {formula.rpartition("!")[0].strip("()'").replace("''", "'") for formula in formulas}
    return bool(sheets) and sheets <= shown


_CODES = re.compile(r'&(?:"[^"]*"|\d{1,3}|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|[A-Za-z&])')
_AMPERSAND = "\ue000"
_FIELDS = re.compile(r"&[PNDTGFZA](?:[+-]\d+)?")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_PAGE_WORDS = re.compile(
    r"\b(?:page|seite|pagina|página|strona|sida|side|of|von|de|di|van|sur)\b", re.IGNORECASE
)


def header_text(code: str) -> str:
    """Return the words of a header or footer; empty if it says no more than page and file."""
    parts = re.split(r"&[LCR]", code.replace("&&", _AMPERSAND))
    texts = [_CODES.sub("", _FIELDS.sub("", part)).replace(_AMPERSAND, "&") for part in parts]
    text = " ".join(" | ".join(each.strip() for each in texts if each.strip()).split())
    return visible_text(text) if _WORDS.search(_PAGE_WORDS.sub("", text)) else ""
