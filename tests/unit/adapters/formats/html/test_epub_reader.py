from __future__ import annotations

import io
import zipfile

import pytest

from ragtenancy.adapters.formats.html.epub_reader import EpubReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Heading, Paragraph, ParsedDocument, Picture
from tests.factories_docx import png, zipped
from tests.factories_files import epub_bytes, epub_parts


def read(data: bytes) -> ParsedDocument:
    return EpubReader().load()(io.BytesIO(data))


def test_the_spine_is_read_in_order() -> None:
    document = read(epub_bytes(z="<h1>One</h1>", a="<p>Two</p>"))

    assert document.title == "A Book"
    assert document.blocks == [Heading(text="One", level=1), Paragraph(text="Two")]


def test_a_document_that_is_listed_twice_is_read_once() -> None:
    parts = epub_parts(a="<p>One</p>")
    twice = parts["OPS/book.opf"].replace('<itemref idref="a"/>', '<itemref idref="a"/>' * 2)

    document = read(zipped({**parts, "OPS/book.opf": twice}))

    assert document.blocks == [Paragraph(text="One")]


def test_pictures_of_the_book_are_kept() -> None:
    parts = epub_parts(a='<img src="a.png" alt="A duck"/>')
    listed = parts["OPS/book.opf"].replace(
        "<manifest>", '<manifest><item id="p" href="a.png" media-type="image/png"/>'
    )

    document = read(zipped({**parts, "OPS/book.opf": listed, "OPS/a.png": png()}))

    assert document.blocks == [Picture(index=0, alternative_text="A duck")]
    assert document.images[0].data == png()


def test_a_missing_chapter_is_a_warning() -> None:
    parts = epub_parts(a="<p>One</p>", b="<p>Two</p>")
    del parts["OPS/b.xhtml"]

    document = read(zipped(parts))

    assert document.blocks == [Paragraph(text="One")]
    assert document.warnings == ["Files missing from the book: 1."]


def test_a_damaged_chapter_costs_only_itself() -> None:
    data = zipped(epub_parts(a="<p>One</p>", b="<p>Two</p>", c="<p>Three</p>"), zipfile.ZIP_STORED)

    document = read(data.replace(b"Two", b"Owt"))

    assert document.blocks == [Paragraph(text="One"), Paragraph(text="Three")]
    assert document.warnings == ["Damaged files in the book, not read: 1."]


def test_a_book_of_damaged_chapters_is_refused() -> None:
    data = zipped(epub_parts(a="<p>One</p>"), zipfile.ZIP_STORED)

    with pytest.raises(UnreadableDocumentError) as refused:
        read(data.replace(b"One", b"Eno"))

    assert refused.value.reason == "corrupt_document"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"META-INF/container.xml": "<a/>"}, "corrupt_document"),
        ({"OPS/book.opf": '<!DOCTYPE a [<!ENTITY a "a">]><a/>'}, "dtd"),
        ({"META-INF/encryption.xml": '<a><b URI="OPS/a.xhtml"/></a>'}, "encrypted"),
        ({"OPS/bomb": "\0" * (4 << 20)}, "zip_bomb"),
    ],
)
def test_an_unsound_book_is_refused_with_its_code(changes: dict[str, str], code: str) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        read(zipped(epub_parts(a="text") | changes))

    assert refused.value.reason == code


OPF = (
    '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" '
    '"http://openebook.org/dtds/oeb-1.2/oebpkg12.dtd">'
)


def test_the_doctype_of_an_old_book_is_passed_over() -> None:
    parts = epub_parts(a="<p>Keep dry.</p>")
    old = {"OPS/book.opf": OPF + parts["OPS/book.opf"]}

    assert read(zipped(parts | old)).blocks == [Paragraph(text="Keep dry.")]


def test_doubts_about_a_chapter_are_warnings() -> None:
    parts: dict[str, str | bytes] = {**epub_parts(a="x", b="y")}
    parts["OPS/a.xhtml"] = "<html><body><p>Größe für Länder</p></body></html>".encode("cp1252")

    document = read(zipped(parts))

    assert document.warnings == ["The text is not UTF-8; it was read as windows-1252."]


def test_each_mark_of_a_book_is_in_the_text_or_in_the_warnings() -> None:
    chapter = (
        '<h1>mark1</h1><p>mark2<sup><a href="#f">1</a></sup> <ruby>mark3<rt>mark4</rt></ruby></p>'
        '<img src="absent.png" alt="mark5"/><img src="lost.png"/><svg><text>mark6</text></svg>'
    )

    document = read(epub_bytes(a=chapter))

    assert [f"mark{n}" in str(document.blocks) for n in range(1, 6)] == [True] * 5
    assert document.warnings == ["1 drawing was not read.", "2 pictures were not read."]
