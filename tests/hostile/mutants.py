"""Documents changed at random, each by its own seed: in the zip, in a member, or as XML."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from tests.factories_docx import (
    cell,
    docx_bytes,
    drawing,
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
from tests.factories_docx import docx_parts as parts_of

ODD_VALUES = (
    "",
    "-1",
    "0",
    "1000000000",
    "abc",
    "9" * 500,
    "\u0663",
    "true",
    "../../x",
    "x" * 70_000,
)
XML = (".xml", ".rels", ".xhtml", ".opf")
MAX_COPIES = 300
DEEPEST = 150

Parts = dict[str, bytes]
Change = Callable[[random.Random, Parts], None]


def mutant(data: bytes, seed: int) -> bytes:
    """Return a document with one to four changes; the same seed makes the same."""
    chance = random.Random(seed)
    parts = _parts(data)
    if not parts:
        for _ in range(chance.randint(1, 4)):
            data = _damaged(chance, data)
        return data
    if chance.random() < 0.15:
        return _damaged(chance, data)
    for _ in range(chance.randint(1, 4)):
        chance.choice(CHANGES)(chance, parts)
    packed = zipped(parts, chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
    return _damaged(chance, packed) if chance.random() < 0.05 else packed


def own_documents() -> Sequence[bytes]:
    """Documents that hold something of everything that is read."""
    return (_plain(), _tables(), _everything(), _forms())


def _parts(data: bytes) -> Parts:
    """Return the members of a zip file, none for what is no zip file or a huge one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > 30_000_000:
                return {}
            return {info.filename: archive.read(info) for info in infos if not info.is_dir()}
    except Exception:  # noqa: BLE001 - whatever a file provokes, it is then changed as a whole
        return {}


def _damaged(chance: random.Random, data: bytes) -> bytes:
    """Return bytes flipped, cut off, put in, or doubled."""
    changed = bytearray(data or b"x")
    match chance.randrange(4):
        case 0:
            for _ in range(chance.randint(1, 20)):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        case 1:
            del changed[chance.randrange(len(changed)) :]
        case 2:
            at = chance.randrange(len(changed))
            changed[at:at] = chance.randbytes(chance.randint(1, 200))
        case _:
            at = chance.randrange(len(changed))
            changed[at:at] = changed[at : at + chance.randint(1, 2_000)]
    return bytes(changed)


def _flip(chance: random.Random, parts: Parts) -> None:
    name = chance.choice(list(parts))
    parts[name] = _damaged(chance, parts[name])


def _drop(chance: random.Random, parts: Parts) -> None:
    if len(parts) > 1:
        del parts[chance.choice(list(parts))]


def _swap(chance: random.Random, parts: Parts) -> None:
    one, other = chance.choice(list(parts)), chance.choice(list(parts))
    parts[one], parts[other] = parts[other], parts[one]


def _as_xml(change: Callable[[random.Random, list[etree._Element]], None]) -> Change:
    """Return a change of one part's tree; a part that is no XML stays as it is."""

    def changed(chance: random.Random, parts: Parts) -> None:
        names = [n for n in parts if n.endswith(XML)]
        likely = [n for n in names if n == "word/document.xml"] * 3 + names
        if not likely:
            return
        name = chance.choice(likely)
        try:
            tree = etree.fromstring(parts[name], etree.XMLParser(resolve_entities=False))
        except (etree.XMLSyntaxError, ValueError):
            return
        nodes = [node for node in tree.iter() if isinstance(node.tag, str)]
        change(chance, nodes)
        parts[name] = etree.tostring(tree)

    return changed


def _delete(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    if (parent := node.getparent()) is not None:
        parent.remove(node)


def _copy(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    if (parent := node.getparent()) is not None and len(node) < MAX_COPIES:
        parent.extend(deepcopy(node) for _ in range(chance.choice((1, 3, MAX_COPIES))))


def _move(chance: random.Random, nodes: list[etree._Element]) -> None:
    node, place = chance.choice(nodes), chance.choice(nodes)
    if node.getparent() is not None and node not in (place, *place.iterancestors()):
        place.insert(chance.randint(0, len(place)), node)


def _wrap(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    if (parent := node.getparent()) is None:
        return
    at, inner = parent.index(node), node
    for _ in range(chance.randint(1, DEEPEST)):
        outer = etree.Element(node.tag)
        outer.append(inner)
        inner = outer
    parent.insert(at, inner)


def _rename(chance: random.Random, nodes: list[etree._Element]) -> None:
    chance.choice(nodes).tag = chance.choice(nodes).tag


def _odd_attribute(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice([n for n in nodes if n.attrib] or nodes)
    name = chance.choice(list(node.attrib) or ["x"])
    node.set(name, chance.choice(ODD_VALUES))


def _odd_text(chance: random.Random, nodes: list[etree._Element]) -> None:
    texts = (
        "",
        "\u202e\u2066\u200b",
        "\U0001f600" * 5_000,
        "word " * 50_000,
        "\ufffe"[:0] + "\u0301" * 9_000,
    )
    chance.choice(nodes).text = chance.choice(texts)


CHANGES: Sequence[Change] = (
    _flip,
    _drop,
    _swap,
    *map(
        _as_xml, (_delete, _copy, _move, _wrap, _rename, _odd_attribute, _odd_attribute, _odd_text)
    ),
)


def _plain() -> bytes:
    titled = paragraph("Title", '<w:pStyle w:val="h1"/>')
    styles = root(
        "styles", style("h1", "heading 1") + style("b", "Body", '<w:basedOn w:val="h1"/>')
    )
    return docx_bytes(titled + paragraph("Some text. " * 50) * 20, styles=styles)


def _tables() -> bytes:
    merged = row(cell("a", '<w:gridSpan w:val="2"/>'), cell("b", '<w:vMerge w:val="restart"/>'))
    below = row(cell("c"), cell("d"), cell("", "<w:vMerge/>"))
    inner = table(row(cell("inner")))
    return docx_bytes(
        table(merged, below, row(cell(inner + paragraph("x")), cell("y"), cell("z"))) * 5
    )


def _everything() -> bytes:
    body = (
        paragraph("Text " + "with words " * 30)
        + listed("one") + listed("two", level=1) + listed("three")
        + paragraph(run("bold", "<w:b/>") + '<w:r><w:footnoteReference w:id="1"/></w:r>')
        + paragraph(f"<w:r>{drawing('a square')}</w:r>")
        + paragraph("<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t>"
                    "</m:r></m:den></m:f></m:oMath>")
        + f"<w:sdt><w:sdtContent>{paragraph('controlled')}</w:sdtContent></w:sdt>"
        + paragraph('<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old'
                    "</w:delText></w:r></w:del>")
        + paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE'
                    '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
                    '<w:r><w:t>7</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>')
    )  # fmt: skip
    stories: Mapping[str, str] = {
        "numbering": numbering(level(0, "%1.") + level(1, "%1.%2", "lowerLetter")),
        "footnotes": root("footnotes", f'<w:footnote w:id="1">{paragraph("a note")}</w:footnote>'),
        "header": root("hdr", paragraph("a header")),
        "styles": root("styles", style("h1", "heading 1")),
    }
    parts = parts_of(body, **stories)
    links = [relationship(kind, kind, f"{kind}.xml") for kind in stories]
    picture = relationship("pic", "image", "media/image1.png")
    parts["word/_rels/document.xml.rels"] = relationships(*links, picture)
    return zipped(parts | {"word/media/image1.png": png()})


def _forms() -> bytes:
    """Return a document of fields, controls, inserted and embedded files, and a watermark."""
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    parted = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    toc = (
        f"{begin}<w:r><w:instrText>TOC</w:instrText></w:r>{parted}{run('Text')}<w:r><w:tab/></w:r>"
    )
    box = '<w:checkBox><w:default w:val="1"/></w:checkBox>'
    choice = (
        '<w:ddList><w:result w:val="1"/><w:listEntry w:val="a"/><w:listEntry w:val="b"/></w:ddList>'
    )
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    art = (
        '<w:r><w:pict><v:shape id="WaterMark"><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>'
    )
    body = (
        paragraph(f"{toc}{run('1')}") + paragraph(f"{run('More')}{end}")
        + "".join(paragraph(f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData>'
                            f"</w:fldChar></w:r>{end}") for data in (box, choice))
        + control.format("<w:showingPlcHdr/>", paragraph("prompt"))
        + paragraph(f'<w:hyperlink r:id="link">{run("a link", "<w:strike/>")}</w:hyperlink>')
        + paragraph(run("Bold", '<w:b/><w:sz w:val="32"/>')) + paragraph("Text. " * 20)
        + paragraph(run("white", '<w:color w:val="FFFFFF"/>') + run("ü", '<w:rFonts w:ascii="Wingdings"/>'))
        + "".join(paragraph(f"<w:r><w:t>Part {n}</w:t><w:tab/><w:t>{n}</w:t></w:r>") for n in range(4))
        + '<w:altChunk r:id="page"/><w:altChunk r:id="inner"/>'
        + paragraph(run("x") + '<w:r><w:commentReference w:id="1"/></w:r>')
        + '<w:sectPr><w:headerReference r:id="header"/></w:sectPr>'
    )  # fmt: skip
    stories = {
        "header": root("hdr", paragraph(run("head") + art)),
        "comments": root("comments", f'<w:comment w:id="1">{paragraph("why?")}</w:comment>'),
    }
    parts = parts_of(body, **stories)
    files = {"aFChunk": ("page", "page.html"), "package": ("sheet", "embeddings/a.xlsx")}
    links = [relationship(kind, kind, f"{kind}.xml") for kind in stories]
    links += [relationship(key, kind, name) for kind, (key, name) in files.items()]
    links += [relationship("inner", "aFChunk", "inner.docx")]
    links += [relationship("link", "hyperlink", "https://example.org", "External")]
    parts["word/_rels/document.xml.rels"] = relationships(*links)
    inserted: Mapping[str, str | bytes] = {
        "word/page.html": "<p>page</p>",
        "word/inner.docx": docx_bytes(paragraph("inner")),
    }
    return zipped({**parts, **inserted, "word/embeddings/a.xlsx": "x"})
