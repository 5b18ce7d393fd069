from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Heading, Note, Paragraph, ParsedDocument
from ragtenancy.domain.sections import sections_of
from tests.factories_docx import cell, docx_bytes, paragraph, root, row, run, style, table
from tests.unit.adapters.formats.docx.reading import read

STYLES = root(
    "styles",
    style("h1", "heading 1")
    + style("Verzeichnis1", "toc 1")
    + style("Inhalt", "TOC Heading", '<w:basedOn w:val="h1"/>')
    + style("Abb", "table of figures")
    + style("Ind", "index 1"),
)
CHAPTERS = ("Scope", "Fees", "Notice")
TEXT = "".join(
    paragraph(name, '<w:pStyle w:val="h1"/>') + paragraph(f"Rules of {name.lower()}, in full.")
    for name in CHAPTERS
)
BEGIN = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> {} </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def entry(name: str, page: int, leader: str = "<w:tab/>") -> str:
    """The run of an entry."""
    gap = f"<w:r>{leader}</w:r>" if leader.startswith("<") else run(leader)
    return run(name) + gap + run(str(page))


def entries(properties: str = "", leader: str = "<w:tab/>") -> list[str]:
    return [
        paragraph(entry(name, page, leader), properties) for page, name in enumerate(CHAPTERS, 3)
    ]


def by_field(instruction: str) -> str:
    """A field over several paragraphs of no style, as Google Docs writes it."""
    first, *middle = [entry(name, page) for page, name in enumerate(CHAPTERS, 3)]
    lines = [BEGIN.format(instruction) + first, *middle]
    lines[-1] += END
    return "".join(map(paragraph, lines))


def by_control(gallery: str) -> str:
    part = f'<w:docPartObj><w:docPartGallery w:val="{gallery}"/></w:docPartObj>'
    content = paragraph("Overview") + "".join(entries())
    return f"<w:sdt><w:sdtPr>{part}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def chunked(document: ParsedDocument) -> str:
    return "\n".join(unit.text for section in sections_of(document) for unit in section.units)


@pytest.mark.parametrize(
    "contents",
    [
        by_field('TOC \\o "1-3" \\h'),
        by_field('TOC \\c "Figure"'),
        by_field('INDEX \\c "2"'),
        "".join(entries('<w:pStyle w:val="Verzeichnis1"/>')),
        "".join(entries('<w:pStyle w:val="Abb"/>')),
        "".join(entries('<w:pStyle w:val="Ind"/>')),
        by_control("Table of Contents"),
        "".join(entries()),
        "".join(entries(leader=" ........ ")),
        "".join(entries(leader=" … … … ")),
        paragraph("Contents")
        + table(*(row(cell(name), cell(str(page))) for page, name in enumerate(CHAPTERS, 3))),
        table(row(cell("Chapter"), cell("Page")),
              *(row(cell(name), cell(str(page))) for page, name in enumerate(CHAPTERS, 3))),
        paragraph("Inhaltsverzeichnis") + "".join(entries(leader="\u2026\u2026\u2026")),
        paragraph(f"<w:r>{'<w:br/>'.join(f'<w:t>{name} ..... {page}</w:t>' for page, name in enumerate(CHAPTERS, 1))}</w:r>"),
    ],
)  # fmt: skip
def test_a_table_of_contents_is_kept_out_of_chunks(contents: str) -> None:
    document = read(docx_bytes(contents + TEXT, styles=STYLES))

    [note] = [block for block in document.blocks if isinstance(block, Note)]
    assert note.kind == "contents"
    assert "Fees" in note.text
    assert "4" not in chunked(document)
    assert "Rules of fees, in full." in chunked(document)
    assert document.warnings == ["1 table of contents was left out of the chunks."]


@pytest.mark.parametrize(
    "lines",
    [
        ("Espresso\t2", "Latte\t3", "Mocha\t4"),
        ("Espresso ..... 2", "Latte ..... 3", "Mocha ..... 4"),
        ("Contents", "Bolts\t20", "Nuts\t20", "Washers\t40"),
        ("Fees\t9", "Scope\t4", "Notice\t7"),
        ("Fees\t3", "Scope\t4"),
    ],
)
def test_lines_that_end_in_numbers_may_be_prices(lines: tuple[str, ...]) -> None:
    body = "".join(
        paragraph(f"<w:r><w:t>{line.replace(chr(9), '</w:t><w:tab/><w:t>')}</w:t></w:r>")
        for line in lines
    )

    document = read(docx_bytes(body + TEXT, styles=STYLES))

    assert document.blocks[: len(lines)] == [Paragraph(text=line) for line in lines]
    assert document.warnings == []


def test_a_heading_ends_a_table_of_contents_that_never_ends() -> None:
    unended = by_field("TOC").removesuffix("</w:p>").replace(END, "") + "</w:p>"

    document = read(docx_bytes(unended + TEXT, styles=STYLES))

    assert document.blocks[1:3] == [
        Heading(text="Scope", level=1),
        Paragraph(text="Rules of scope, in full."),
    ]


def test_a_table_of_prices_is_no_table_of_contents() -> None:
    prices = table(*(row(cell(name), cell(str(price))) for price, name in enumerate(CHAPTERS, 3)))

    document = read(docx_bytes(prices + TEXT, styles=STYLES))

    assert document.warnings == []
