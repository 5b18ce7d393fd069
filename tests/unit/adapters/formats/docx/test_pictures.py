from __future__ import annotations

from ragtenancy.domain.parsed import Image, Picture
from tests.factories_docx import docx_bytes, drawing, illustrated, paragraph, png
from tests.unit.adapters.formats.docx.reading import read


def test_a_picture_is_kept_with_its_alternative_text() -> None:
    document = read(illustrated(png(), drawing("A red button")))

    assert document.blocks == [Picture(index=0, alternative_text="A red button")]
    assert document.images == [Image(media_type="image/png", data=png())]


def test_a_picture_shown_twice_is_kept_once() -> None:
    document = read(illustrated(png(), drawing("first") + drawing("second")))

    assert document.blocks == [
        Picture(index=0, alternative_text="first"),
        Picture(index=0, alternative_text="second"),
    ]
    assert len(document.images) == 1


def test_vector_pictures_are_counted_and_not_kept() -> None:
    document = read(illustrated(b"\x01\x00\x00\x00" + bytes(36) + b" EMF", drawing("plan")))

    assert document.blocks == [Picture(index=-1, alternative_text="plan")]
    assert document.warnings == ["Pictures not kept: 1 (EMF)."]


def test_an_external_picture_is_never_fetched() -> None:
    document = read(illustrated(png(), drawing("x"), mode="External"))

    assert document.blocks == [Picture(index=-1, alternative_text="x")]
    assert "An external image was not fetched." in document.warnings


def test_a_missing_picture_is_tolerated() -> None:
    document = read(docx_bytes(paragraph(f"<w:r>{drawing('lost')}</w:r>")))

    assert document.blocks == [Picture(index=-1, alternative_text="lost")]


def test_a_file_name_is_no_alternative_text() -> None:
    document = read(illustrated(png(), drawing("C:\\\\pictures\\\\moon.JPG")))

    assert document.blocks == [Picture(index=0)]


def test_what_word_adds_to_its_own_descriptions_is_left_out() -> None:
    description = "A duck&#10;&#10;Description automatically generated with low confidence"

    document = read(illustrated(png(), drawing(description)))

    assert document.blocks == [Picture(index=0, alternative_text="A duck")]
