"""Crafted Word documents whose XML or pictures are hostile; their containers are sound."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

from tests.factories_docx import (
    cell,
    docx_bytes,
    docx_parts,
    drawing,
    illustrated,
    level,
    listed,
    numbering,
    paragraph,
    png,
    relationship,
    relationships,
    root,
    row,
    run,
    style,
    table,
    zipped,
)
from tests.hostile.containers import MEBIBYTE, OLE2

SPAN = '<w:gridSpan w:val="%s"/>'
LINKS = "word/_rels/document.xml.rels"
MAIN = "word/document.xml"
TENFOLD = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 10))
BILLION_LAUGHS = f'<!DOCTYPE x [<!ENTITY l0 "ha">{TENFOLD}]>'
QUADRATIC = '<!DOCTYPE x [<!ENTITY a "' + "a" * 50_000 + '">]>'
EXTERNAL_ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EXTERNAL_DTD = '<!DOCTYPE x SYSTEM "http://169.254.169.254/latest">'
PARAMETER_ENTITY = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p">%p;]>'


def with_part(name: str, content: str | bytes, body: str = "") -> bytes:
    """A document with one part put in the place of its own."""
    return zipped(docx_parts(body or paragraph("text")) | {name: content})


def without(name: str) -> bytes:
    """A document that lacks a part."""
    parts = docx_parts(paragraph("text"))
    return zipped({n: content for n, content in parts.items() if n != name})


def linked(*links: str, body: str = "") -> bytes:
    """A document with relationships of its main part."""
    return with_part(LINKS, relationships(*links), body)


def with_entities(declaration: str, text: str) -> bytes:
    """A document whose main part declares a DOCTYPE."""
    return with_part(MAIN, declaration + root("document", f"<w:body>{paragraph(text)}</w:body>"))


def spanning(properties: str, rows: int = 1) -> bytes:
    """A table of cells with some property."""
    return docx_bytes(table(*[row(cell("x", properties), cell("y"))] * rows))


def empty_paragraphs(count: int = 2_000_000) -> bytes:
    """Nothing, very often."""
    return docx_bytes("<w:p/>" * count)


def square_table(side: int = 1_000) -> bytes:
    """A table of side x side cells."""
    return docx_bytes(table(*[row(*[cell("x")] * side)] * side))


def nested_tables(depth: int) -> str:
    """A table in a table in a table."""
    inner = paragraph("deep")
    for _ in range(depth):
        inner = table(row(cell(inner + paragraph(""))))
    return inner


def large_png(side: int) -> bytes:
    """A black square of one bit a pixel that packs to a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")  # fmt: skip


def chained_styles(count: int) -> str:
    """Styles each based on the next, the last on the first."""
    return root("styles", "".join(
        style(f"s{n}", f"heading {n % 9}", f'<w:basedOn w:val="s{(n + 1) % count}"/>')
        for n in range(count)
    ))  # fmt: skip


def _picture(data: bytes) -> bytes:
    return illustrated(data, drawing("a picture"))


CONTENTS: Mapping[str, Callable[[], bytes]] = {
    "billion laughs": lambda: with_entities(BILLION_LAUGHS, "&l9;"),
    "quadratic entities": lambda: with_entities(QUADRATIC, "&a;" * 50_000),
    "external entity": lambda: with_entities(EXTERNAL_ENTITY, "&a;"),
    "external DTD": lambda: with_entities(EXTERNAL_DTD, "x"),
    "parameter entity": lambda: with_entities(PARAMETER_ENTITY, "x"),
    "entities in relationships": lambda: with_part(LINKS, BILLION_LAUGHS + relationships()),
    "entities in the types": lambda: with_part("[Content_Types].xml", BILLION_LAUGHS + "<a/>"),
    "external picture": lambda: linked(
        relationship("p", "image", "http://169.254.169.254/a.png", "External")
    ),
    "picture from a file": lambda: linked(
        relationship("p", "image", "file:///etc/passwd", "External")
    ),
    "picture from a share": lambda: linked(
        relationship("p", "image", "\\\\127.0.0.1\\share\\a.png", "External")
    ),
    "attached template": lambda: linked(
        relationship("p", "attachedTemplate", "http://127.0.0.1/t.dotm", "External")
    ),
    "linked object": lambda: linked(
        relationship("p", "oleObject", "http://127.0.0.1/o", "External")
    ),
    "Target ../NULL": lambda: linked(relationship("p", "image", "../NULL")),
    "target above the root": lambda: linked(relationship("p", "styles", "../../../../etc/passwd")),
    "target is the document": lambda: linked(relationship("p", "header", "document.xml")),
    "target is the relationships": lambda: linked(
        relationship("p", "footnotes", "_rels/document.xml.rels")
    ),
    "circular relationships": lambda: zipped(
        docx_parts(paragraph("x"), header=root("hdr", paragraph("h")))
        | {"word/_rels/header.xml.rels": relationships(relationship("h", "header", "header.xml"))}
    ),
    "20,000 relationships": lambda: linked(
        *(relationship(f"p{n}", "header", f"header{n}.xml") for n in range(20_000))
    ),
    "alternative chunk": lambda: linked(
        relationship("c", "aFChunk", "chunk.html"), body=paragraph("a") + '<w:altChunk r:id="c"/>'
    ),
    "embedded object": lambda: zipped(
        docx_parts(paragraph("x")) | {"word/embeddings/o.bin": OLE2 + bytes(5_000)}
    ),
    "gridSpan=1e9": lambda: spanning(SPAN % "1000000000"),
    "gridSpan=1e400": lambda: spanning(SPAN % f"{10**400}"),
    "gridSpan of 5,000 digits": lambda: spanning(SPAN % ("9" * 5_000)),
    "gridSpan=abc": lambda: spanning(SPAN % "abc"),
    "gridSpan=-5": lambda: spanning(SPAN % "-5"),
    "gridSpan of Arabic digits": lambda: spanning(SPAN % "٣"),
    "gridBefore=1e9": lambda: docx_bytes(
        table(row(cell("x"), properties='<w:gridBefore w:val="1000000000"/>'))
    ),
    "spans of 512 in 2,000 rows": lambda: spanning('<w:gridSpan w:val="512"/>', 2_000),
    "orphan vMerge": lambda: spanning("<w:vMerge/>", 20),
    "vMerge down 20,000 rows": lambda: spanning('<w:gridSpan w:val="9"/><w:vMerge/>', 20_000),
    "table of 1,000 x 1,000": square_table,
    "rows without cells": lambda: docx_bytes(table(*[row()] * 1_000)),
    "cells without paragraphs": lambda: docx_bytes(table(row("<w:tc/>" * 100))),
    "2 million empty paragraphs": empty_paragraphs,
    "100,000 content controls": lambda: docx_bytes(
        f"<w:sdt><w:sdtContent>{paragraph('x')}</w:sdtContent></w:sdt>" * 100_000
    ),
    "nested 5,000 deep": lambda: docx_bytes("<w:sdt>" * 5_000 + "</w:sdt>" * 5_000),
    "nested 99 deep": lambda: docx_bytes("<w:sdt>" * 90 + "</w:sdt>" * 90),
    "30 tables in each other": lambda: docx_bytes(nested_tables(30)),
    "15 tables in each other": lambda: docx_bytes(nested_tables(15)),
    "attribute of 20 MB": lambda: docx_bytes('<w:p w:rsidR="' + "a" * 20 * MEBIBYTE + '"/>'),
    "text of 20 MB": lambda: docx_bytes(paragraph("word " * 4 * MEBIBYTE)),
    "50,000 attributes": lambda: docx_bytes(
        "<w:p" + "".join(f' w:a{n}="1"' for n in range(50_000)) + "/>"
    ),
    "50,000 namespaces": lambda: docx_bytes(
        "<w:p" + "".join(f' xmlns:n{n}="urn:{n}"' for n in range(50_000)) + "/>"
    ),
    "name of 100,000 letters": lambda: docx_bytes(f"<{'a' * 100_000}/>"),
    "200,000 runs in a paragraph": lambda: docx_bytes(paragraph(run("x") * 100_000)),
    "100,000 comments and instructions": lambda: docx_bytes("<!--c--><?p i?>" * 100_000),
    "PNG of 13,000 pixels square": lambda: _picture(large_png(13_000)),
    "PNG of 50,000 pixels square": lambda: _picture(large_png(50_000)),
    "picture that is none": lambda: _picture(b"<svg><script/></svg>"),
    "picture of no bytes": lambda: _picture(b""),
    "picture cut off": lambda: _picture(png()[:30]),
    "10,000 drawings of one picture": lambda: illustrated(png(), drawing("x") * 10_000),
    "no relationships of the package": lambda: without("_rels/.rels"),
    "no types": lambda: without("[Content_Types].xml"),
    "no main part": lambda: without(MAIN),
    "missing styles": lambda: linked(relationship("s", "styles", "styles.xml")),
    "main part of no bytes": lambda: with_part(MAIN, ""),
    "another root": lambda: with_part(MAIN, "<html><body>text</body></html>"),
    "no body": lambda: with_part(MAIN, root("document", "")),
    "two bodies": lambda: with_part(MAIN, root("document", "<w:body/><w:body/>")),
    "text beside the root": lambda: with_part(MAIN, root("document", "<w:body/>") + "<x/>"),
    "unclosed": lambda: with_part(MAIN, root("document", "<w:body>")[:-5]),
    "encoding that is unknown": lambda: with_part(
        MAIN, '<?xml version="1.0" encoding="x-no-such"?>' + root("document", "<w:body/>")
    ),
    "UTF-16 without its mark": lambda: with_part(
        MAIN, root("document", f"<w:body>{paragraph('x')}</w:body>").encode("utf-16-le")
    ),
    "UTF-7": lambda: with_part(
        MAIN, '<?xml version="1.0" encoding="utf-7"?>' + root("document", "<w:body/>")
    ),
    "bytes that are no UTF-8": lambda: with_part(
        MAIN, root("document", f"<w:body>{paragraph('@@')}</w:body>").encode().replace(b"@@", b"\xff\xfe")
    ),
    "characters that XML forbids": lambda: docx_bytes(paragraph("&#0;&#xFFFF;&#xD800;")),
    "styles in a circle": lambda: docx_bytes(
        paragraph("x", '<w:pStyle w:val="s0"/>'), styles=chained_styles(3)
    ),
    "5,000 styles in a circle": lambda: docx_bytes(
        paragraph("x", '<w:pStyle w:val="s0"/>'), styles=chained_styles(5_000)
    ),
    "lists from 1e9": lambda: docx_bytes(
        listed("x") * 3,
        numbering=numbering(level(0, "%1.", "upperRoman", '<w:start w:val="999999999"/>')),
    ),
    "list level 1e9": lambda: docx_bytes(listed("x", level=10**9), numbering=numbering("")),
    "list template of 1 MB": lambda: docx_bytes(
        listed("x") * 50, numbering=numbering(level(0, "%1" * MEBIBYTE))
    ),
    "fields that never end": lambda: docx_bytes(
        paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 5_000)
    ),
    "notes that refer to themselves": lambda: docx_bytes(
        paragraph('<w:r><w:footnoteReference w:id="1"/></w:r>'),
        footnotes=root("footnotes", '<w:footnote w:id="1"><w:p><w:r><w:footnoteReference '
                       'w:id="1"/></w:r></w:p></w:footnote>'),
    ),
    "50 MB of notes": lambda: docx_bytes(
        paragraph("x"), footnotes=root("footnotes", paragraph("note " * 1_000) * 9_000)
    ),
}  # fmt: skip

HEAVY = (
    "vMerge down 20,000 rows",
    "2 million empty paragraphs",
    "table of 1,000 x 1,000",
    "100,000 content controls",
    "attribute of 20 MB",
    "text of 20 MB",
    "200,000 runs in a paragraph",
    "100,000 comments and instructions",
    "10,000 drawings of one picture",
    "list template of 1 MB",
    "50 MB of notes",
)
