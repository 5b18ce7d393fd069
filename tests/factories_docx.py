"""Small Word documents made for tests, part by part."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
NAMESPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{OFFICE}" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)

Part = str | bytes


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    """A paragraph of runs, or of a text alone."""
    inner = content if content.startswith("<") or not content else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def listed(text: str, *, number: int = 1, level: int = 0) -> str:
    """A paragraph that belongs to a list."""
    place = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
    return paragraph(text, f"<w:numPr>{place}</w:numPr>")


def cell(content: str, properties: str = "") -> str:
    """A table cell."""
    inner = content if content.startswith("<") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    """A table row."""
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    """A table."""
    return f"<w:tbl><w:tblPr/>{''.join(rows)}</w:tbl>"


def root(name: str, content: str) -> str:
    """A part's root element."""
    return f"<w:{name} {NAMESPACES}>{content}</w:{name}>"


def level(index: int, template: str, number_format: str = "decimal", more: str = "") -> str:
    """A level of a list definition."""
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{template}"/></w:lvl>'
    )


def numbering(levels: str, *numbers: str) -> str:
    """A numbering part with one abstract list and its numbers, 1 unless others are given."""
    shown = numbers or ('<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',)
    abstract = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    return root("numbering", abstract + "".join(shown))


def style(style_id: str, name: str, content: str = "", *, kind: str = "paragraph") -> str:
    """A style."""
    return f'<w:style w:type="{kind}" w:styleId="{style_id}"><w:name w:val="{name}"/>{content}</w:style>'


def relationship(relationship_id: str, kind: str, target: str, mode: str = "Internal") -> str:
    """A relationship of a standard type."""
    return (
        f'<Relationship Id="{relationship_id}" Type="{OFFICE}/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/>'
    )


def relationships(*links: str) -> str:
    """A relationships part."""
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}</Relationships>'


def docx_parts(body: str = "", *, main_type: str = MAIN_TYPE, **stories: str) -> dict[str, Part]:
    """The parts of a document; `stories` are parts such as `styles`, `numbering`, `header`."""
    links = [relationship(kind, kind, f"{kind}.xml") for kind in stories]
    types = (
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/>'
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": relationships(relationship("main", "officeDocument", "word/document.xml")),
        "word/document.xml": root("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relationships(*links),
        **{f"word/{kind}.xml": content for kind, content in stories.items()},
    }


def zipped(parts: Mapping[str, Part], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as a zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx_bytes(body: str = "", **stories: str) -> bytes:
    """A document with a body and other parts."""
    return zipped(docx_parts(body, **stories))


def illustrated(picture: bytes, drawing: str, mode: str = "Internal") -> bytes:
    """A document whose body is a drawing in a paragraph; the picture's relationship is `pic`."""
    parts = docx_parts(paragraph(f"<w:r>{drawing}</w:r>"))
    link = relationship("pic", "image", "media/image1.png", mode)
    parts["word/_rels/document.xml.rels"] = relationships(link)
    return zipped(parts | {"word/media/image1.png": picture})


def graphic(content: str) -> str:
    """A paragraph that shows a chart or SmartArt."""
    data = f"<a:graphic><a:graphicData>{content}</a:graphicData></a:graphic>"
    return paragraph(f"<w:r><w:drawing><wp:inline>{data}</wp:inline></w:drawing></w:r>")


def drawing(description: str = "") -> str:
    """A drawing that shows the picture `pic`."""
    return (
        f'<w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{description}"/><a:graphic>'
        '<a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="pic"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(b"\0\0")
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
