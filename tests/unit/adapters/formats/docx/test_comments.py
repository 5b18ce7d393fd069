from __future__ import annotations

from ragtenancy.domain.parsed import Comment, Paragraph
from tests.factories_docx import docx_bytes, paragraph, root, run
from tests.unit.adapters.formats.docx.reading import read

COMMENTS = root(
    "comments",
    f'<w:comment w:id="1" w:author="Ada">{paragraph("Really?")}</w:comment>'
    f'<w:comment w:id="2">{paragraph("nowhere")}</w:comment>',
)


def test_comments_stand_beside_the_text_with_what_they_are_about() -> None:
    reference = '<w:r><w:commentReference w:id="1"/></w:r>'

    document = read(docx_bytes(paragraph(run("A claim.") + reference), comments=COMMENTS))

    assert document.blocks == [Paragraph(text="A claim.")]
    assert document.comments == [Comment(text="Really?", author="Ada", about="A claim.")]


def test_comments_that_nothing_refers_to_are_left_out() -> None:
    document = read(docx_bytes(paragraph("A claim."), comments=COMMENTS))

    assert document.comments == []
