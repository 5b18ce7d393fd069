from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import ParsedDocument
from tests.factories_files import Words
from tests.factories_pdf import Page, annotation, pdf_of, string

RADIO, PUSH, COMBO, PASSWORD = 1 << 15, 1 << 16, 1 << 17, 1 << 13


def read(
    lines: Sequence[Words], *fields: str, more: Sequence[str] = (), form: str = ""
) -> ParsedDocument:
    """Read a page with fields, which are objects from 3 on; `more` objects follow them."""
    named = [f"{number} 0 R" for number in range(3, 3 + len(fields))]
    data = pdf_of(
        Page(lines=lines, annotations=named),
        catalog=f"/AcroForm<</Fields[{' '.join(named)}]/DA(/F1 0 Tf){form}>>",
        objects=[*fields, *more],
    )
    return PdfReader().load()(io.BytesIO(data))


def text_of(document: ParsedDocument) -> str:
    return "\n".join(getattr(block, "text", "") for block in document.blocks)


def field(kind: str, name: str, left: int, bottom: int, more: str, flags: int = 0) -> str:
    width, height = (14, 14) if kind == "Btn" else (90, 16)
    own = f"/FT/{kind}/T {string(name)}/Ff {flags}{more}"
    return annotation("Widget", (left, bottom, left + width, bottom + height), own)


def entry(name: str, left: int, bottom: int, value: str, flags: int = 0) -> str:
    return field("Tx", name, left, bottom, f"/V {string(value)}", flags)


def tick(name: str, left: int, bottom: int, *, is_on: bool) -> str:
    state = "Yes" if is_on else "Off"
    return field("Btn", name, left, bottom, f"/V/{state}/AS/{state}/AP<</N<</Yes null>>>>")


def test_a_value_follows_its_label() -> None:
    lines = [Words(text="Skipper:", y=700), Words(text="Harbour", y=670)]

    document = read(lines, entry("a", 150, 696, "Ida Berg"), entry("b", 150, 666, "Aarhus"))

    assert text_of(document) == "Skipper: Ida Berg\nHarbour: Aarhus"


def test_two_fields_in_a_row_have_their_own_labels() -> None:
    lines = [Words(text="Skipper", y=700), Words(text="Boat", y=700, x=260)]

    document = read(lines, entry("b", 300, 696, "Heron"), entry("a", 130, 696, "Ida"))

    assert text_of(document) == "Skipper: Ida Boat: Heron"


def test_a_label_may_stand_above() -> None:
    document = read([Words(text="Name of the boat", y=720)], entry("a", 72, 698, "Heron"))

    assert text_of(document) == "Name of the boat: Heron"


def test_the_name_of_a_field_is_its_label_where_there_is_none() -> None:
    shown = f"/V {string('Heron')}/TU {string('Name of the boat')}"
    fields = [field("Tx", "a", 72, 500, shown), entry("form1[0].Berth[0]", 72, 460, "B 12")]

    document = read([Words(text="Berths", y=700)], *fields)

    assert "Name of the boat: Heron" in text_of(document)
    assert "Berth: B 12" in text_of(document)


def test_an_empty_field_says_nothing() -> None:
    document = read([Words(text="Skipper:", y=700)], entry("a", 150, 696, ""))

    assert text_of(document) == "Skipper:"


def test_boxes_are_ticked_before_their_labels() -> None:
    lines = [Words(text="Sails", y=700, x=92), Words(text="Engine", y=670, x=92)]

    document = read(
        lines,
        tick("s", 72, 698, is_on=True),
        tick("e", 72, 668, is_on=False),
    )

    assert text_of(document) == "☒ Sails\n☐ Engine"


def test_a_box_may_stand_above_its_label() -> None:
    lines = [Words(text="Options", y=740), Words(text="Berth", y=700), Words(text="Water", y=670)]
    boxes = [tick("b", 72, 714, is_on=True), tick("w", 72, 684, is_on=False)]

    document = read(lines, *boxes)

    assert text_of(document) == "Options\n☒ Berth\n☐ Water"


def test_a_box_is_ticked_by_a_state_that_it_does_not_draw() -> None:
    box = field("Btn", "b", 150, 696, "/V/Yes/AS/Yes/AP<</N<</on null/Off null>>>>")

    assert text_of(read([Words(text="Berth", y=700)], box)) == "Berth ☒"


def test_a_choice_among_options_of_one_value_is_told_of() -> None:
    options = "/V()/Opt[[()(Small)][()(Large)]]"

    document = read([Words(text="Size", y=700)], field("Ch", "s", 150, 696, options, COMBO))

    assert document.warnings == ["1 unclear choice in a list was not read."]


def test_a_box_may_stand_behind_its_label() -> None:
    lines = [Words(text="Yes", y=700), Words(text="No", y=700, x=160)]

    document = read(lines, tick("y", 96, 698, is_on=False), tick("n", 180, 698, is_on=True))

    assert text_of(document) == "Yes ☐ No ☒"


def test_a_button_of_a_group_is_chosen() -> None:
    group = f"<</FT/Btn/T {string('fuel')}/Ff {RADIO}/V/Diesel/Kids[4 0 R 5 0 R]>>"
    chosen = "/Parent 3 0 R/AS/Diesel/AP<</N<</Diesel null>>>>"
    other = "/Parent 3 0 R/AS/Off/AP<</N<</Petrol null>>>>"
    buttons = [
        annotation("Widget", (120, 698, 134, 712), chosen),
        annotation("Widget", (220, 698, 234, 712), other),
    ]
    lines = [
        Words(text="Fuel:", y=700),
        Words(text="Diesel", y=700, x=138),
        Words(text="Petrol", y=700, x=238),
    ]
    data = pdf_of(
        Page(lines=lines, annotations=["4 0 R", "5 0 R"]),
        catalog="/AcroForm<</Fields[3 0 R]>>",
        objects=[group, *buttons],
    )

    assert text_of(PdfReader().load()(io.BytesIO(data))) == "Fuel: ☒ Diesel ☐ Petrol"


@pytest.mark.parametrize(
    ("flags", "options", "value", "expected"),
    [
        (COMBO, "[(Aarhus)(Ebeltoft)]", "(Ebeltoft)", "Harbour: Ebeltoft"),
        (COMBO, "[[(a)(Aarhus)][(e)(Ebeltoft)]]", "(e)", "Harbour: Ebeltoft"),
        (COMBO | 1 << 18, "[(Aarhus)(Ebeltoft)]", "(Grenaa)", "Harbour: Grenaa"),
        (1 << 21, "[(Aarhus)(Ebeltoft)(Grenaa)]", "[(Aarhus)(Grenaa)]", "Harbour: Aarhus, Grenaa"),
    ],
)
def test_only_the_chosen_options_are_read(
    flags: int, options: str, value: str, expected: str
) -> None:
    choice = field("Ch", "h", 150, 696, f"/Opt{options}/V {value}", flags)

    assert text_of(read([Words(text="Harbour:", y=700)], choice)) == expected


def test_cells_of_a_table_of_fields_stay_at_their_places() -> None:
    lines = [Words(text="Item", y=720), Words(text="Price", y=720, x=164)]
    rows = [("Anchor", "80 EUR"), ("Rope", "12 EUR")]
    cells = [
        entry(f"{row}{column}", 72 + 92 * column, 700 - 18 * row, text)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    ]

    document = read(lines, *cells)

    assert all(word in text_of(document) for word in ("Anchor", "80 EUR", "Rope", "12 EUR"))
    assert not any(name in text_of(document) for name in ("00", "01", "10:", "11", "Price:"))


def test_secrets_and_what_is_hidden_stay_unread() -> None:
    hidden = annotation("Widget", (150, 600, 240, 616), f"/F 2/FT/Tx/T(h)/V {string('secret')}")
    signed = field("Sig", "s", 150, 560, "/V<</Type/Sig>>")

    document = read(
        [Words(text="PIN:", y=700)],
        entry("pin", 150, 696, "1234", PASSWORD),
        hidden,
        field("Btn", "send", 150, 640, "", PUSH),
        signed,
    )

    assert text_of(document) == "PIN:"
    assert document.warnings == [
        "1 password field was left out.",
        "1 hidden form field was left out.",
        "1 button of a form was not read.",
        "1 signature was not read.",
    ]


def test_a_form_in_xml_is_named() -> None:
    xml = "<<\n/Length 11>>\nstream\n<xdp></xdp>\nendstream"

    document = read([Words(text="Please wait", y=700)], more=[xml], form="/XFA 3 0 R")

    assert document.warnings == ["1 XFA form was not read."]
