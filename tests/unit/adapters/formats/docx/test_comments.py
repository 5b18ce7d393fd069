from __future__ import annotations

from ragtenancy.domain.parsed import Note, Paragraph
from tests.factories_docx import docx_bytes, paragraph, root, run
from tests.unit.adapters.formats.docx.reading import read

COMMENTS = root(
    "comments",
    f'<w:comment w:id="1" w:author="Ada">{paragraph("Really?")}</w:comment>'
    f'<w:comment w:id="2">{paragraph("nowhere")}</w:comment>',
)


REFERENCE = '<w:r><w:commentReference w:id="1"/></w:r>'


def test_a_comment_follows_its_paragraph_and_says_so() -> None:
    body = paragraph(run("A claim.") + REFERENCE) + paragraph("More.")

    document = read(docx_bytes(body, comments=COMMENTS))

    assert document.blocks == [
        Paragraph(text="A claim."),
        Note(text="Comment by Ada: Really?", kind="comment"),
        Paragraph(text="More."),
    ]


def test_comments_that_nothing_refers_to_are_counted() -> None:
    document = read(docx_bytes(paragraph("A claim."), comments=COMMENTS))

    assert document.blocks == [Paragraph(text="A claim.")]
    assert document.warnings == ["2 comments without a place were not read."]
