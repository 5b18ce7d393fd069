"""A Word document of many pages, written without any library: `python … PATH`."""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

PAGES = 1_500
_PICTURES = 24
_PICTURE_BYTES = 600_000
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_STYLES = "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"


class Writer:
    """Writes the same pages for the same seed: a heading, prose in runs, a table on some."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkqjxz"
        self._lexicon = [
            "".join(self._random.choices(letters, k=self._random.randint(2, 11)))
            for _ in range(20_000)
        ]

    def pages(self, count: int) -> Iterator[str]:
        """Yield the XML of each page."""
        for number in range(1, count + 1):
            yield _paragraph(_run(f"Section {number} {self._words(4)}"), "Heading2")
            yield from (_paragraph(self._runs()) for _ in range(4))
            if number % 3 == 0:
                yield self._table()
            if number % (PAGES // _PICTURES) == 0:
                yield _drawing(number // (PAGES // _PICTURES))

    def picture(self) -> bytes:
        """Return bytes that begin as a picture does and cannot be compressed."""
        return b"\x89PNG\r\n\x1a\n" + self._random.randbytes(_PICTURE_BYTES)

    def _words(self, count: int) -> str:
        return " ".join(self._random.choices(self._lexicon, k=count))

    def _runs(self) -> str:
        marks = ("", "<w:b/>", "", "", "<w:i/>", "")
        return "".join(_run(f"{self._words(15)} ", mark) for mark in marks)

    def _table(self) -> str:
        rows = "".join(f"<w:tr>{self._cells()}</w:tr>" for _ in range(8))
        return f"<w:tbl><w:tblPr/><w:tblGrid>{'<w:gridCol/>' * 4}</w:tblGrid>{rows}</w:tbl>"

    def _cells(self) -> str:
        texts = (self._words(3) for _ in range(4))
        return "".join(f"<w:tc><w:tcPr/>{_paragraph(_run(text))}</w:tc>" for text in texts)


def write(path: Path, pages: int = PAGES) -> None:
    """Write the document, pictures included: 1,500 pages make 17 MB."""
    writer = Writer()
    pictures = range(1, _PICTURES + 1)
    links = [("s", "styles", "styles.xml")]
    links += [(f"p{number}", "image", f"media/image{number}.png") for number in pictures]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _types())
        archive.writestr(
            "_rels/.rels", _relationships([("d", "officeDocument", "word/document.xml")])
        )
        archive.writestr("word/_rels/document.xml.rels", _relationships(links))
        archive.writestr("word/styles.xml", _styles())
        body = "".join(writer.pages(pages))
        archive.writestr("word/document.xml", _root("document", f"<w:body>{body}</w:body>"))
        for number in pictures:
            archive.writestr(f"word/media/image{number}.png", writer.picture())


def _run(text: str, properties: str = "") -> str:
    shown = f'<w:t xml:space="preserve">{escape(text)}</w:t>'
    return (
        f'<w:r w:rsidR="00A1">{f"<w:rPr>{properties}</w:rPr>" if properties else ""}{shown}</w:r>'
    )


def _paragraph(content: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p w:rsidR="00A1" w:rsidRDefault="00B2">{properties}{content}</w:p>'


def _drawing(number: int) -> str:
    blip = f'<a:blip r:embed="p{number}"/>'
    graphic = f"<a:graphic><a:graphicData>{blip}</a:graphicData></a:graphic>"
    described = f'<wp:docPr id="{number}" name="p" descr="Figure {number}"/>'
    inline = f"<wp:inline>{described}{graphic}</wp:inline>"
    return _paragraph(f"<w:r><w:drawing>{inline}</w:drawing></w:r>")


def _root(name: str, content: str) -> str:
    spaces = (
        f'xmlns:w="{_WORD}" xmlns:r="{_OFFICE}" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{name} {spaces}>{content}</w:{name}>'


def _styles() -> str:
    names = (("Normal", "Normal", ' w:default="1"'), ("Heading2", "heading 2", ""))
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"{more}><w:name w:val="{name}"/></w:style>'
        for key, name, more in names
    )
    return _root("styles", styles)


def _relationships(links: list[tuple[str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in links
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _types() -> str:
    kinds = "".join(
        f'<Default Extension="{extension}" ContentType="{kind}"/>'
        for extension, kind in (
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("xml", "application/xml"),
            ("png", "image/png"),
        )
    ) + "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>'
        for name, kind in (("document", _DOCUMENT), ("styles", _STYLES))
    )
    return f'<Types xmlns="{_PACKAGE}/content-types">{kinds}</Types>'


if __name__ == "__main__":
    write(Path(sys.argv[1]))
