from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Note, Paragraph
from tests.factories_docx import (
    docx_parts,
    paragraph,
    relationship,
    relationships,
    root,
    run,
    style,
    zipped,
)
from tests.unit.adapters.formats.docx.reading import blocks, read

STRUCK = "<w:strike/>"
TARGET = "https://example.org/tariff.pdf"


def link(text: str, relationship_id: str = "a", more: str = "") -> str:
    return f'<w:hyperlink r:id="{relationship_id}"{more}>{run(text)}</w:hyperlink>'


def linked(body: str, **targets: str) -> list[str]:
    """The texts of a document whose links lead to these targets."""
    parts = docx_parts(body)
    links = (relationship(key, "hyperlink", to, "External") for key, to in targets.items())
    parts["word/_rels/document.xml.rels"] = relationships(*links)
    return [block.text for block in read(zipped(parts)).blocks if isinstance(block, Paragraph)]


def field_link(instruction: str, result: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (link("tariff"), f"tariff ({TARGET})"),
        (link("tariff") + run(" and ") + link("again"), f"tariff ({TARGET}) and again"),
        (link("the ") + link("tariff"), f"the tariff ({TARGET})"),
        (link(TARGET), TARGET),
        (link("Ann", "m"), "Ann (ann@example.org)"),
        (link("part", "a", ' w:anchor="p2"'), f"part ({TARGET}#p2)"),
        ('<w:hyperlink w:anchor="_Toc1"><w:r><w:t>page</w:t></w:r></w:hyperlink>', "page"),
        (field_link(f' HYPERLINK "{TARGET}" \\o "tip" ', "tariff"), f"tariff ({TARGET})"),
        (field_link(' HYPERLINK \\l "place" ', "tariff"), "tariff"),
        (
            f"<w:fldSimple w:instr=' HYPERLINK \"{TARGET}\" '>{run('go')}</w:fldSimple>",
            f"go ({TARGET})",
        ),
    ],
)
def test_the_target_of_a_link_follows_its_words_once(content: str, expected: str) -> None:
    assert linked(paragraph(content), a=TARGET, m="mailto:ann@example.org") == [expected]


def test_the_links_of_a_footnote_have_targets_of_their_own() -> None:
    note = root("footnotes", f'<w:footnote w:id="1">{paragraph(link("Source"))}</w:footnote>')
    parts = docx_parts(
        paragraph(run("Text") + '<w:r><w:footnoteReference w:id="1"/></w:r>'), footnotes=note
    )
    target = relationship("a", "hyperlink", "https://example.org/study", "External")
    parts["word/_rels/footnotes.xml.rels"] = relationships(target)

    read_blocks = read(zipped(parts)).blocks

    assert Note(text="Source (https://example.org/study)") in read_blocks


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (run("Fee ") + run("12 EUR", STRUCK) + run(" 15 EUR"), "Fee ~~12 EUR~~ 15 EUR"),
        (run("Fee ") + run("12 ", STRUCK) + run("EUR ", STRUCK) + run("15"), "Fee ~~12 EUR~~ 15"),
        (run("old", "<w:dstrike/>"), "~~old~~"),
        (run("kept", '<w:strike w:val="0"/>'), "kept"),
        (run("old", '<w:rStyle w:val="Gone"/>'), "~~old~~"),
        (run("kept", '<w:rStyle w:val="Gone"/><w:strike w:val="false"/>'), "kept"),
    ],
)
def test_struck_text_is_marked(content: str, expected: str) -> None:
    styles = root("styles", style("Gone", "Gone", f"<w:rPr>{STRUCK}</w:rPr>", kind="character"))

    assert blocks(paragraph(content), styles=styles) == [Paragraph(text=expected)]


def test_a_style_strikes_out_a_whole_paragraph() -> None:
    styles = root("styles", style("Gone", "Gone", f"<w:rPr>{STRUCK}</w:rPr>"))

    read_blocks = blocks(paragraph("old", '<w:pStyle w:val="Gone"/>'), styles=styles)

    assert read_blocks == [Paragraph(text="~~old~~")]


@pytest.mark.parametrize(
    ("text", "font", "expected"),
    [
        ("ü", "Wingdings", "✓"),
        ("\uf0fb", "Wingdings", "✗"),
        ("o x", "Wingdings", "□ ⌧"),
        ("P", "Wingdings 2", "✓"),
        ("O", "Wingdings 2", "✗"),
        ("a", "Webdings", "✔"),
        ("r", "Webdings", "✗"),
        ("p", "Wingdings 3", "▲"),
        ("abW", "Symbol", "αβΩ"),
        ("ü", "Calibri", "ü"),
        ("日本", "Wingdings", "日本"),
    ],
)
def test_letters_in_a_symbol_font_read_as_its_symbols(text: str, font: str, expected: str) -> None:
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>'

    assert blocks(paragraph(run(text, fonts))) == [Paragraph(text=expected)]
