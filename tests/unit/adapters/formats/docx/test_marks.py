from __future__ import annotations

import re
from itertools import count

from tests.factories_docx import (
    Part,
    cell,
    docx_parts,
    drawing,
    graphic,
    listed,
    paragraph,
    png,
    relationship,
    relationships,
    root,
    row,
    run,
    table,
    zipped,
)
from tests.unit.adapters.formats.docx.reading import read

W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
LOST = {
    "passage of hidden text", "passages in white or 1-point type", "prompt of an empty field",
    "ActiveX control", "comment without a place",
    "picture watermark",
}  # fmt: skip


class Marks:
    """Gives out marks; those of content that a warning counts are not expected in the text."""

    def __init__(self) -> None:
        self._numbers = count(100)
        self.shown: list[str] = []

    def __call__(self) -> str:
        self.shown.append(f"mark{next(self._numbers)}x")
        return self.shown[-1]


def in_run(element: str) -> str:
    return paragraph(f"<w:r>{element}</w:r>")


def a_chart(mark: Marks) -> str:
    category = f'<c:cat><c:strCache><c:pt idx="0"><c:v>{mark()}</c:v></c:pt></c:strCache></c:cat>'
    value = f'<c:val><c:numCache><c:pt idx="0"><c:v>{mark()}</c:v></c:pt></c:numCache></c:val>'
    title = f"<c:title><a:p><a:r><a:t>{mark()}</a:t></a:r></a:p></c:title>"
    return (
        root("x", "")
        .replace("w:x", "c:chartSpace")
        .replace("></c:chartSpace>", f">{title}<c:ser>{category}{value}</c:ser></c:chartSpace>")
    )


def a_document(mark: Marks) -> bytes:
    """A Word file in which each text is a mark."""
    data = f'<w:ddList><w:listEntry w:val="{mark()}"/></w:ddList>'
    hidden = run("lost", "<w:vanish/>")
    white = run("lost", '<w:color w:val="FFFFFF"/>') + run("lost", '<w:sz w:val="2"/>')
    prompt = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('lost')}</w:sdtContent></w:sdt>"
    body = (
        paragraph(mark(), '<w:outlineLvl w:val="0"/>')
        + paragraph(mark()) + listed(mark()) + paragraph(run(mark(), "<w:strike/>"))
        + paragraph(f'<w:hyperlink r:id="link">{run(mark())}</w:hyperlink>')
        + table(row(cell(mark()), cell(mark())), row(cell(mark()), cell(table(row(cell(mark()), cell(mark()))))))
        + in_run(f"<w:fldChar w:fldCharType='begin'><w:ffData>{data}</w:ffData></w:fldChar>"
                 "<w:fldChar w:fldCharType='end'/>")
        + paragraph(f"<w:ins>{run(mark())}</w:ins><w:fldSimple w:instr='DATE'>{run(mark())}</w:fldSimple>")
        + paragraph(f"<w:sdt><w:sdtPr/><w:sdtContent>{run(mark())}</w:sdtContent></w:sdt>" + prompt)
        + paragraph(hidden + white)
        + in_run(f"<w:ruby><w:rt>{run(mark())}</w:rt><w:rubyBase>{run(mark())}</w:rubyBase></w:ruby>")
        + paragraph(f"<m:oMath><m:r><m:t>{mark()}</m:t></m:r></m:oMath>")
        + in_run(f"<w:pict><w:txbxContent>{paragraph(mark())}</w:txbxContent></w:pict>")
        + in_run(f'<w:pict><v:textpath string="{mark()}"/></w:pict>')
        + in_run("<w:object><w:control/></w:object>")
        + in_run(drawing(mark()))
        + graphic('<c:chart r:id="chart"/>')
        + '<w:altChunk r:id="page"/><w:altChunk r:id="rich"/>'
        + paragraph(run("x") + '<w:r><w:footnoteReference w:id="1"/><w:endnoteReference w:id="1"/>'
                    '<w:commentReference w:id="1"/></w:r>')
        + '<w:sectPr><w:headerReference r:id="head"/><w:footerReference r:id="foot"/></w:sectPr>'
    )  # fmt: skip
    art = f'<w:r><w:pict><v:shape id="Watermark"><v:textpath string="{mark()}"/></v:shape></w:pict></w:r>'
    empty = '<w:r><w:pict><v:shape id="Watermark2"/></w:pict></w:r>'
    comments = "".join(
        f'<w:comment w:id="{number}" w:author="{author}">{paragraph(text)}</w:comment>'
        for number, author, text in ((1, mark(), mark()), (2, "", "lost"))
    )
    stories: dict[str, Part] = {
        "header.xml": root("hdr", paragraph(run(mark()) + art + empty)),
        "footer.xml": root("ftr", paragraph(mark())),
        "footnotes.xml": root(
            "footnotes", f'<w:footnote w:id="1">{paragraph(mark())}</w:footnote>'
        ),
        "endnotes.xml": root("endnotes", f'<w:endnote w:id="1">{paragraph(mark())}</w:endnote>'),
        "comments.xml": root("comments", comments),
        "chart.xml": a_chart(mark),
        "page.html": f"<html><p>{mark()}</p></html>",
        "rich.rtf": f"{{\\rtf1 {mark()}}}",
        f"embeddings/{mark()}.xlsx": "x",
        "picture.png": png(),
    }
    names = {
        "head": "header",
        "foot": "footer",
        "page": "aFChunk",
        "rich": "aFChunk",
        "pic": "image",
    }
    links = [relationship("link", "hyperlink", f"https://example.org/{mark()}", "External")]
    for name in stories:
        key = next((key for key, value in (("head", "header.xml"), ("foot", "footer.xml"),
                   ("page", "page.html"), ("rich", "rich.rtf"), ("pic", "picture.png"))
                   if value == name), name.split(".")[0])  # fmt: skip
        kind = names.get(key, "package" if name.startswith("embeddings") else key)
        links.append(relationship(key, kind, name))
    parts = docx_parts(body)
    parts["word/_rels/document.xml.rels"] = relationships(*links)
    return zipped(parts | {f"word/{name}": content for name, content in stories.items()})


def test_each_text_of_a_word_file_is_read_or_named_in_a_warning() -> None:
    mark = Marks()

    document = read(a_document(mark))

    files = [each.filename for each in document.attachments]
    known = f"{document.blocks} {files} {document.warnings}"
    assert [each for each in mark.shown if each not in known] == []
    assert "lost" not in known
    assert {kind for kind in LOST if kind not in known} == set()
    assert len(re.findall(r"mark\d+x", known)) == len(mark.shown)
