from __future__ import annotations

import io
import re
import zipfile
from itertools import count

import pptx
import pytest
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Inches

from ragtenancy.domain.parsed import Attachment, Note, Paragraph, ParsedDocument, Picture
from tests.factories_docx import png, zipped
from tests.factories_files import pptx_bytes, saved, xlsx_bytes
from tests.unit.adapters.formats.pptx.test_pptx_reader import read

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
EQUATION = (
    "<a14:m><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r>"
    "</m:sup></m:sSup></m:oMath></a14:m>"
)
BOX = (Inches(1), Inches(2), Inches(4), Inches(1))


@pytest.fixture
def slides() -> Presentation:
    return pptx.Presentation()


def blank(slides: Presentation) -> Slide:
    slide: Slide = slides.slides.add_slide(slides.slide_layouts[6])
    return slide


def shape(paragraphs: str, number: int = 9) -> str:
    """The XML of a text box."""
    return (
        f'<p:sp {NAMES}><p:nvSpPr><p:cNvPr id="{number}" name="Box"/><p:cNvSpPr txBox="1"/><p:nvPr/>'
        '</p:nvSpPr><p:spPr><a:xfrm><a:off x="9" y="9"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
        f"</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def run(text: str, attributes: str = "", inner: str = "") -> str:
    return f"<a:r><a:rPr {attributes}>{inner}</a:rPr><a:t>{text}</a:t></a:r>"


def with_shape(slides: Presentation, xml: str) -> Slide:
    slide = blank(slides)
    slide.shapes._spTree.append(parse_xml(xml))
    return slide


def text_of(document: ParsedDocument) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (run("10") + run("6", 'baseline="30000"') + run(" ohm"), "10⁶ ohm"),
        (run("H") + run("2", 'baseline="-25000"') + run("O"), "H₂O"),
        (run("m") + run("2", 'baseline="30%"'), "m²"),
        (run("was ") + run("12", 'strike="sngStrike"') + run(" now 9"), "was ~~12~~ now 9"),
        (run("was", 'strike="dblStrike"'), "~~was~~"),
        (run("is", 'strike="noStrike"'), "is"),
        (run("ü", "", '<a:latin typeface="Wingdings"/>'), "✓"),
        (run("\uf0fb", "", '<a:sym typeface="Wingdings"/>'), "✗"),
        (run("a") + "<a:br/>" + run("b"), "a\nb"),
        ('<a:fld id="{1}" type="slidenum"><a:t>7</a:t></a:fld>' + run("text"), "text"),
        (run("Area ") + EQUATION, "Area x^2"),
    ],
)
def test_a_paragraph_reads_as_it_is_shown(
    slides: Presentation, content: str, expected: str
) -> None:
    with_shape(slides, shape(f"<a:p>{content}</a:p>"))

    assert text_of(read(saved(slides))) == expected


def test_a_shape_with_an_equation_is_read_once(slides: Presentation) -> None:
    choice = shape(f"<a:p>{run('Area is ')}{EQUATION}</a:p>")
    fallback = shape(f"<a:p>{run('picture')}</a:p>")
    xml = (
        f'<mc:AlternateContent {NAMES}><mc:Choice Requires="a14">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )
    with_shape(slides, xml)

    assert text_of(read(saved(slides))) == "Area is x^2"


def test_a_chart_of_a_newer_kind_is_counted(slides: Presentation) -> None:
    chart = '<x:chart xmlns:x="http://schemas.microsoft.com/office/drawing/2014/chartex"/>'
    frame = f"<p:graphicFrame><a:graphic><a:graphicData>{chart}</a:graphicData></a:graphic></p:graphicFrame>"
    fallback = shape(f"<a:p>{run('no chart here')}</a:p>")
    with_shape(
        slides,
        f'<mc:AlternateContent {NAMES}><mc:Choice Requires="cx1">{frame}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>",
    )

    document = read(saved(slides))

    assert text_of(document) == "no chart here"
    assert document.warnings == ["1 chart of a newer kind was not read."]


def test_hidden_slides_and_shapes_are_left_out_and_counted(slides: Presentation) -> None:
    for text in ("first", "secret", "third"):
        blank(slides).shapes.add_textbox(*BOX).text_frame.text = text
    slides.slides[1]._element.set("show", "0")
    hidden = slides.slides[2].shapes.add_textbox(*BOX)
    hidden.text_frame.text = "secret"
    hidden._element.nvSpPr.cNvPr.set("hidden", "1")

    document = read(saved(slides))

    assert document.blocks == [Paragraph(text="first"), Paragraph(text="third")]
    assert document.pages == [1, 3]
    assert document.warnings == ["1 hidden slide was left out.", "1 hidden shape was left out."]


def test_the_target_of_a_link_follows_its_words(slides: Presentation) -> None:
    frame = blank(slides).shapes.add_textbox(*BOX).text_frame
    for text, target in (("form", "https://example.org/form"), ("Ann", "mailto:ann@example.org")):
        linked = frame.paragraphs[0].add_run()
        linked.text, linked.hyperlink.address = text, target
        frame.paragraphs[0].add_run().text = "; "

    text = text_of(read(saved(slides)))

    assert text == "form (https://example.org/form); Ann (ann@example.org);"


def test_a_shape_may_be_a_link(slides: Presentation) -> None:
    slide = blank(slides)
    slide.shapes.add_textbox(*BOX).text_frame.text = "Apply"
    slide.shapes[0].click_action.hyperlink.address = "https://example.org/apply"
    picture = slide.shapes.add_picture(io.BytesIO(png()), Inches(0), Inches(5))
    picture.click_action.hyperlink.address = "https://example.org/map"

    blocks = read(saved(slides)).blocks

    assert Paragraph(text="Apply (https://example.org/apply)") in blocks
    assert "https://example.org/map" in next(
        block.alternative_text for block in blocks if isinstance(block, Picture)
    )


def test_an_embedded_workbook_is_kept(slides: Presentation) -> None:
    data = xlsx_bytes(["Nuts", 5])
    blank(slides).shapes.add_ole_object(io.BytesIO(data), "Excel.Sheet.12", *BOX[:2])

    document = read(saved(slides))

    [attachment] = document.attachments
    assert isinstance(attachment, Attachment)
    assert attachment.data == data


def add_part(owner: Part, kind: str, name: str, xml: str) -> None:
    part = Part(PackURI(f"/ppt/{name}"), "application/xml", owner.package, xml.encode())
    owner.relate_to(part, kind)


MODERN = "http://schemas.microsoft.com/office/2018/10/relationships/"
P188 = 'xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main"'


def modern_comment(text: str, author: str, reply: str = "") -> str:
    body = f"<p188:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p188:txBody>"
    answer = f'<p188:replyLst><p188:reply authorId="{author}">{body.replace(text, reply)}</p188:reply></p188:replyLst>'
    return (
        f'<p188:cmLst {P188} {NAMES}><p188:cm authorId="{author}">{answer if reply else ""}{body}'
        "</p188:cm></p188:cmLst>"
    )


def test_comments_of_both_kinds_follow_the_slide(slides: Presentation) -> None:
    slide = blank(slides)
    slide.shapes.add_textbox(*BOX).text_frame.text = "Margin"
    main = slides.part
    classic = f'<p:cmLst {NAMES}><p:cm authorId="0"><p:text>Too high?</p:text></p:cm></p:cmLst>'
    add_part(slide.part, RELATIONSHIP_TYPE.COMMENTS, "c1.xml", classic)
    add_part(slide.part, f"{MODERN}comments", "c2.xml", modern_comment("Agreed", "{1}", "Thanks"))
    authors = f'<p:cmAuthorLst {NAMES}><p:cmAuthor id="0" name="Ada"/></p:cmAuthorLst>'
    add_part(main, RELATIONSHIP_TYPE.COMMENT_AUTHORS, "a1.xml", authors)
    newer = f'<p188:authorLst {P188}><p188:author id="{{1}}" name="Bo"/></p188:authorLst>'
    add_part(main, f"{MODERN}authors", "a2.xml", newer)

    assert read(saved(slides)).blocks == [
        Paragraph(text="Margin"),
        Note(text="Comment by Ada: Too high?", kind="comment"),
        Note(text="Comment by Bo: Agreed", kind="comment"),
        Note(text="Comment by Bo: Thanks", kind="comment"),
    ]


def strict(data: bytes) -> bytes:
    """A presentation with the names of Strict Open XML."""
    names = (
        (b"http://schemas.openxmlformats.org/presentationml/2006/", b"presentationml/"),
        (b"http://schemas.openxmlformats.org/drawingml/2006/", b"drawingml/"),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/", b"officeDocument/"),
    )
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            parts[name] = package.read(name)
            for transitional, kind in names:
                if name.endswith((".xml", ".rels")):
                    parts[name] = parts[name].replace(
                        transitional, b"http://purl.oclc.org/ooxml/" + kind
                    )
    return zipped(parts)


def test_a_strict_presentation_reads_like_a_transitional_one() -> None:
    data = pptx_bytes("Lids", "They weigh 3 kg.", notes="Say so.")

    assert read(strict(data)) == read(data)


def test_each_text_of_a_presentation_is_read_or_named_in_a_warning(slides: Presentation) -> None:
    numbers = count(100)
    shown: list[str] = []

    def mark() -> str:
        shown.append(f"mark{next(numbers)}x")
        return shown[-1]

    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text_frame.text = mark(), mark()
    old = run(mark(), 'strike="sngStrike"')
    slide.shapes._spTree.append(parse_xml(shape(f"<a:p>{old}</a:p>", 50)))
    table = slide.shapes.add_table(2, 2, *BOX).table
    for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        table.cell(*place).text = mark()
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(*BOX).text_frame.text = mark()
    linked = group.shapes.add_textbox(*BOX)
    linked.text_frame.text = mark()
    linked.click_action.hyperlink.address = f"https://example.org/{mark()}"
    picture = slide.shapes.add_picture(io.BytesIO(png()), Inches(0), Inches(0))
    picture._element.nvPicPr.cNvPr.set("descr", mark())
    slide.notes_slide.notes_text_frame.text = mark()
    comment = f'<p:cmLst {NAMES}><p:cm authorId="0"><p:text>{mark()}</p:text></p:cm></p:cmLst>'
    add_part(slide.part, RELATIONSHIP_TYPE.COMMENTS, "c1.xml", comment)
    slide.shapes.add_ole_object(io.BytesIO(xlsx_bytes(["a"])), "Excel.Sheet.12", *BOX[:2])
    hidden = slide.shapes.add_textbox(*BOX)
    hidden.text_frame.text = "lost"
    hidden._element.nvSpPr.cNvPr.set("hidden", "1")
    blank(slides).shapes.add_textbox(*BOX).text_frame.text = "lost"
    slides.slides[1]._element.set("show", "0")

    document = read(saved(slides))

    known = f"{document.blocks} {document.warnings}"
    assert sorted(re.findall(r"mark\d+x", known)) == shown
    assert "lost" not in known
    assert len(document.attachments) == 1
    kinds = ("hidden slide", "hidden shape")
    assert [kind for kind in kinds if kind not in known] == []
