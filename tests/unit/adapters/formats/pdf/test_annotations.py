from __future__ import annotations

import io
from collections.abc import Sequence

from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import Attachment, Note, ParsedDocument
from tests.factories_files import Words
from tests.factories_pdf import Page, annotation, marked, pdf_of, string

RENT = Words(text="The rent is 950 EUR.", y=700)
OVER_RENT = (72, 695, 98, 712)
WIDE = (72, 695, 250, 712)


def read(
    lines: Sequence[Words], *annotations: str, catalog: str = "", objects: Sequence[str] = ()
) -> ParsedDocument:
    page = Page(lines=lines, annotations=annotations)
    return PdfReader().load()(io.BytesIO(pdf_of(page, catalog=catalog, objects=objects)))


def notes(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Note)]


def texts(document: ParsedDocument) -> list[str]:
    return [getattr(block, "text", "") for block in document.blocks]


def test_a_text_box_is_a_note_behind_the_text_beside_it() -> None:
    box = annotation("FreeText", (300, 640, 500, 712), text="From May on: 990 EUR.")

    document = read([RENT, Words(text="It is due on the first.", y=600)], box)

    assert texts(document) == [
        "The rent is 950 EUR.",
        "From May on: 990 EUR.",
        "It is due on the first.",
    ]
    assert document.blocks[1] == Note(text="From May on: 990 EUR.", kind="comment")


def test_a_text_box_behind_a_label_fills_in_a_form() -> None:
    lines = [Words(text="Tenant: ______________", y=700)]
    box = annotation("FreeText", (116, 696, 200, 712), text="Ida Nygaard")

    assert texts(read(lines, box)) == ["Tenant: Ida Nygaard"]


def test_a_sticky_note_names_its_author() -> None:
    note = annotation("Text", (300, 690, 320, 710), f"/T {string('Ola')}", "Too high.")

    assert notes(read([RENT], note)) == ["Too high. (Ola)"]


def test_a_comment_quotes_the_words_that_it_marks() -> None:
    comment = marked("Highlight", (72, 695, 118, 712), text="Since May.")

    assert notes(read([RENT], comment)) == ["“The rent”: Since May."]


def test_a_highlight_without_a_comment_is_no_note() -> None:
    assert notes(read([RENT], marked("Highlight", WIDE))) == []


def test_a_comment_that_repeats_its_words_is_no_note() -> None:
    comment = marked("Underline", WIDE, text="The rent is 950 EUR.")

    assert notes(read([RENT], comment)) == []


def test_words_struck_out_are_marked() -> None:
    assert notes(read([RENT], marked("StrikeOut", WIDE))) == ["~~The rent is 950 EUR.~~"]


def test_a_rich_comment_is_read_without_its_markup() -> None:
    rich = string("<body><p>Too <b>high</b> &amp; late</p></body>")

    assert notes(read([RENT], annotation("Text", WIDE, f"/RC {rich}"))) == ["Too high & late"]


def test_a_stamp_is_read_by_its_name() -> None:
    assert notes(read([RENT], annotation("Stamp", WIDE, "/Name/NotApproved"))) == ["Not Approved"]


def test_the_state_of_a_comment_is_none() -> None:
    state = annotation("Text", WIDE, f"/StateModel {string('Review')}", "Accepted set by Ola")

    assert notes(read([RENT], state)) == []


def test_a_link_shows_where_it_leads() -> None:
    link = "/A<</S/URI/URI(https://rent.example.org/list)>>"

    document = read([RENT], annotation("Link", OVER_RENT, link))

    assert texts(document) == ["The (https://rent.example.org/list) rent is 950 EUR."]


def test_an_address_is_shown_once() -> None:
    link = "/A<</S/URI/URI(mailto:rent@example.org)>>"
    lines = [Words(text="Write to rent@example.org", y=700), Words(text="or here", y=600)]
    here = annotation("Link", (90, 595, 130, 612), link)

    document = read(lines, annotation("Link", WIDE, link), here)

    assert texts(document) == ["Write to rent@example.org", "or here"]


def test_a_link_on_turned_words_shows_its_address() -> None:
    turned = [
        Words(text="The lease is here.", y=100, x=300, state="q 0 1 -1 0 600 0 cm"),
    ]
    link = annotation("Link", (480, 300, 505, 420), "/A<</S/URI/URI(https://example.org/lease)>>")

    assert texts(read(turned, link)) == ["The lease is here. (https://example.org/lease)"]


def test_a_link_within_the_document_shows_nothing() -> None:
    document = read([RENT], annotation("Link", WIDE, "/Dest[3 0 R/Fit]"))

    assert texts(document) == ["The rent is 950 EUR."]


def test_attached_files_are_kept() -> None:
    objects = [
        "<</Type/EmbeddedFile/Length 4>>\nstream\na,b\n\nendstream",
        f"<</Type/Filespec/F(rents.csv)/UF {string('rents.csv')}/EF<</F 3 0 R/UF 3 0 R>>>>",
    ]
    names = "/Names<</EmbeddedFiles<</Names[(a) 4 0 R]>>>>"
    pinned = annotation("FileAttachment", WIDE, "/FS 4 0 R", "rents.csv")

    document = read([RENT], pinned, catalog=names, objects=objects)

    assert document.attachments == [Attachment(filename="rents.csv", data=b"a,b\n")]
    assert document.warnings == []
    assert notes(document) == []


def test_what_has_no_words_is_counted() -> None:
    drawn = [
        annotation("Ink", WIDE, "/InkList[[1 1 2 2]]"),
        annotation("Square", WIDE),
        annotation("Stamp", WIDE),
        annotation("Movie", WIDE),
        annotation("Text", WIDE, "/F 2", "secret"),
    ]

    assert read([RENT], *drawn).warnings == [
        "2 drawings on pages were not read.",
        "1 stamp without text was not read.",
        "1 sound, video or model was not read.",
        "1 hidden annotation was left out.",
    ]


def test_a_value_that_is_also_drawn_is_said_once() -> None:
    lines = [Words(text="Tenant:", y=700), Words(text="Ida Nygaard", y=700, x=120)]
    widget = annotation("Widget", (116, 696, 200, 712), f"/FT/Tx/T(t)/V {string('Ida Nygaard')}")

    document = read(lines, "3 0 R", catalog="/AcroForm<</Fields[3 0 R]>>", objects=[widget])

    assert " ".join(texts(document)).count("Ida Nygaard") == 1
