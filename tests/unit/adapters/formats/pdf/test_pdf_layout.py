"""What a page looks like decides what its words mean."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Table,
)
from tests.factories_files import Words, file_of, pdf_bytes

LEFT = (
    "Orders are confirmed in writing by the",
    "sales office within three working days",
    "after they have arrived there. Changes",
    "need the same form to be valid.",
)
RIGHT = (
    "Goods are packed in crates of oak that",
    "the buyer returns within two months at",
    "the cost of the seller. Crates that do",
    "not come back are charged at cost.",
)


def read(*pages: Sequence[Words], drawing: str = "") -> ParsedDocument:
    return PdfReader().load()(io.BytesIO(pdf_bytes(*pages, drawing=drawing)))


def blocks(*lines: Words, drawing: str = "") -> list[Block]:
    return list(read(lines, drawing=drawing).blocks)


def row(
    y: float, *cells: str, left: float = 72, width: float = 100, font: str = "F1"
) -> list[Words]:
    """Cells of a row from left to right; an empty one takes its place."""
    return [
        Words(text=text, x=left + width * index, y=y, size=10, font=font)
        for index, text in enumerate(cells)
        if text
    ]


def lattice(columns: Sequence[float], heights: Sequence[float]) -> str:
    """Operators that draw the lines between cells."""
    across = [f"{columns[0]} {y} m {columns[-1]} {y} l S\n" for y in heights]
    upright = [f"{x} {heights[0]} m {x} {heights[-1]} l S\n" for x in columns]
    return "".join([*across, *upright])


def table_of(found: Sequence[Block]) -> list[list[str]]:
    return [list(one) for block in found if isinstance(block, Table) for one in block.rows]


def test_an_empty_cell_of_a_drawn_table_stays_empty() -> None:
    lines = [
        *row(700, "Mixer", "Drum", "Weight", font="F2"),
        *row(680, "M-10", "90 l", "48 kg"),
        *row(660, "M-20", "", "61 kg"),
    ]

    found = blocks(*lines, drawing=lattice([66, 166, 266, 366], [715, 695, 675, 655]))

    assert table_of(found) == [
        ["Mixer", "Drum", "Weight"],
        ["M-10", "90 l", "48 kg"],
        ["M-20", "", "61 kg"],
    ]


def test_banded_rows_have_columns_where_only_every_other_row_is_ruled() -> None:
    lines = [
        *row(700, "Mixer", "Drum", "Weight", font="F2"),
        *row(680, "M-10", "90 l", "48 kg"),
        *row(660, "M-20", "120 l", "61 kg"),
        Words(text="Prices of all of the mixers are net", x=72, y=640, size=10),
    ]
    across = [f"66 {y} m 366 {y} l S\n" for y in (715, 695, 675, 655, 635)]
    upright = [f"{x} 695 m {x} 675 l S\n" for x in (66, 166, 266, 366)]
    edge = "66 635 m 66 715 l S\n"

    found = blocks(*lines, drawing="".join([*across, *upright, edge]))

    assert table_of(found)[:3] == [
        ["Mixer", "Drum", "Weight"],
        ["M-10", "90 l", "48 kg"],
        ["M-20", "120 l", "61 kg"],
    ]
    assert "Prices of all of the mixers are net" in str(found)


def test_a_list_with_bare_counts_is_no_table() -> None:
    marked = [("-", "Wash by hand"), ("-", "Dry flat"), ("1)", "Fill the card")]
    rows = [*marked, ("2)", "Send it"), ("I", "First grade"), ("II", "Second grade")]
    lines = [
        word
        for index, (count, text) in enumerate(rows)
        for word in row(700 - 14 * index, count, text, width=18)
    ]

    found = blocks(*lines)

    items = [(one.marker, one.text) for one in found if isinstance(one, ListItem)]
    assert items == [("-", "Wash by hand"), ("-", "Dry flat"), *rows[2:4]]
    assert table_of(found) == []


def test_a_table_without_lines_goes_on_though_its_next_words_are_narrower() -> None:
    first = [*row(700, "Mixer", "Drum", "Weight", font="F2"), *row(685, "Mixer M-10", "90 l", "8")]
    second = [*row(700, "M-20", "1,120 l", "61"), *row(685, "M-30", "75 l", "4,175")]

    found = read([*first, *row(670, "M-15", "99 l", "9")], second).blocks

    assert table_of(found)[-2:] == [["M-20", "1,120 l", "61"], ["M-30", "75 l", "4,175"]]
    assert len([block for block in found if isinstance(block, Table)]) == 1


def test_a_larger_line_parts_two_tables_of_wide_pitch() -> None:
    one = [*row(700, "Mixer", "Drum", "Price"), *row(676, "M-10", "90 l", "48")]
    other = [*row(604, "Mixer", "Hire", "Deposit"), *row(580, "M-10", "12", "100")]
    heading = Words(text="Hire", x=72, y=622, size=13)

    found = blocks(*one, *row(652, "M-20", "120 l", "61"), heading, *other)

    assert [len(block.rows) for block in found if isinstance(block, Table)] == [3, 2]
    assert [block.text for block in found if isinstance(block, Heading | Paragraph)] == ["Hire"]


def test_a_header_close_to_its_neighbour_keeps_its_column() -> None:
    lines = [
        Words(text="Item", x=72, y=700, size=10),
        Words(text="On hand", x=197, y=700, size=10),
        Words(text="Reserved", x=245, y=700, size=10),
        *(
            Words(text=text, x=x, y=700 - 15 * index, size=10)
            for index, cells in enumerate([("Pump", "12", "3"), ("Hose", "40", "8")], 1)
            for x, text in zip((72, 232, 280), cells, strict=True)
        ),
    ]

    assert table_of(blocks(*lines))[0] == ["Item", "On hand", "Reserved"]


def test_an_empty_cell_of_a_table_without_lines_stays_empty() -> None:
    lines = [
        *row(700, "Mixer", "Drum", "Weight", font="F2"),
        *row(685, "M-10", "90 l", "48 kg"),
        *row(670, "M-20", "", "61 kg"),
        *row(655, "M-30", "120 l", "75 kg"),
    ]

    found = blocks(*lines)

    assert table_of(found)[2] == ["M-20", "", "61 kg"]


def test_accented_letters_are_no_symbols() -> None:
    found = blocks(Words(text="Löhne für Gärtner", y=700))

    assert [getattr(block, "text", "") for block in found] == ["Löhne für Gärtner"]


def test_a_raised_digit_is_little_smaller_than_its_word() -> None:
    """WeasyPrint sets `<sup>` in nine tenths of the size."""
    found = blocks(
        Words(text="48 m", y=700, size=10),
        Words(text="2", x=91.5, y=704.5, size=9),
        Words(text="of floor", x=100, y=700, size=10),
    )

    assert [getattr(block, "text", "") for block in found] == ["48 m² of floor"]


def test_a_cell_of_two_lines_is_one_cell() -> None:
    lines = [
        *row(700, "Code", "Use", "Price"),
        *row(680, "K-1", "for outdoor", "12 EUR"),
        *row(669, "", "work in rain"),
        *row(649, "K-2", "for indoor", "14 EUR"),
        *row(638, "", "work"),
        *row(618, "K-3", "for halls", "9 EUR"),
    ]

    found = blocks(*lines)

    assert table_of(found)[1:3] == [
        ["K-1", "for outdoor work in rain", "12 EUR"],
        ["K-2", "for indoor work", "14 EUR"],
    ]


def test_a_currency_sign_belongs_to_its_number() -> None:
    lines = [
        *row(700, "", "2031", "2032"),
        *[
            w
            for y, n in ((685, 1), (670, 2), (655, 3))
            for w in (
                Words(text=f"Item {n}", y=y, size=10),
                Words(text="$", x=160, y=y, size=10),
                Words(text=f"{n},200", x=190, y=y, size=10),
                Words(text="$", x=260, y=y, size=10),
                Words(text=f"{n},400", x=290, y=y, size=10),
            )
        ],
    ]

    found = blocks(*lines)

    assert table_of(found)[1] == ["Item 1", "$ 1,200", "$ 1,400"]


def test_a_table_goes_on_over_the_page_without_its_repeated_head() -> None:
    head = row(700, "Screw", "Length", "Pieces", font="F2")
    drawing = lattice([66, 166, 266, 366], [715, 695, 675, 655])
    first = [*head, *row(680, "S-1", "20 mm", "100"), *row(660, "S-2", "30 mm", "80")]
    second = [*head, *row(680, "S-3", "40 mm", "60"), *row(660, "S-4", "50 mm", "40")]

    found = read(first, second, drawing=drawing).blocks

    assert [one[0] for one in table_of(found)] == ["Screw", "S-1", "S-2", "S-3", "S-4"]


def shifts(*days: Sequence[str], font: str = "F1") -> list[Words]:
    """The rows of a drawn table, the first in the type of a head."""
    fonts = [font, *["F1"] * len(days)]
    return [
        word
        for index, (cells, own) in enumerate(zip(days, fonts, strict=False))
        for word in row(700 - 20 * index, *cells, font=own)
    ]


@pytest.mark.parametrize("head", [["Day", "Shift", "Guard"], ["Mon", "early", "Olsen"]])
def test_equal_rows_on_both_sides_of_a_page_end_are_all_kept(head: list[str]) -> None:
    drawing = lattice([66, 166, 266, 366], [715, 695, 675, 655, 635])
    week = [["Mon", "early", "Olsen"], ["Mon", "early", "Olsen"], ["Tue", "late", "Haug"]]

    found = read(shifts(head, *week), shifts(head, *week), drawing=drawing).blocks

    texts = [cell for one in table_of(found) for cell in one] + [
        getattr(block, "text", "") for block in found if not isinstance(block, Table)
    ]
    assert " ".join(texts).count("Olsen") == 4 + 2 * (head[0] == "Mon")
    assert " ".join(texts).count("Haug") == 2


def test_the_first_row_below_a_repeated_head_is_kept_though_it_stands_there_twice() -> None:
    drawing = lattice([66, 166, 266, 366], [715, 695, 675, 655])
    rows = [["Day", "Shift", "Guard"], ["Mon", "early", "Olsen"]]

    found = read(
        shifts(*rows, ["Tue", "late", "Haug"], font="F2"),
        shifts(*rows, ["Wed", "late", "Moe"], font="F2"),
        drawing=drawing,
    ).blocks

    assert [one[0] for one in table_of(found)] == ["Day", "Mon", "Tue", "Mon", "Wed"]


def test_a_first_row_of_numbers_that_stands_twice_is_data() -> None:
    drawing = lattice([66, 166, 266, 366], [715, 695, 675])
    first = shifts(["12", "40", "7.5"], ["13", "41", "7.6"])
    second = shifts(["12", "40", "7.5"], ["14", "42", "7.7"])

    text = str(table_of(read(first, second, drawing=drawing).blocks))

    assert text.count("7.5") == 2


@pytest.mark.parametrize(
    "between",
    [
        "The rope below is sold by the reel, and only here.",
        "Table 2: Ropes",
        "The rope below is sold by the reel, and only here, to those\nwho ask for it.",
    ],
)
def test_text_between_two_tables_parts_them(between: str) -> None:
    lines = [
        *row(700, "Screw", "Length", "Pieces", "Price", width=60),
        *row(685, "S-1", "20 mm", "100", "3 EUR", width=60),
        *row(670, "S-2", "30 mm", "80", "4 EUR", width=60),
        *[
            Words(text=text, y=650 - 14 * index, size=10)
            for index, text in enumerate(between.split("\n"))
        ],
        *row(616, "Rope", "Load", width=90),
        *row(601, "R-1", "90 kg", width=90),
        *row(586, "R-2", "60 kg", width=90),
    ]

    tables = [block for block in blocks(*lines) if isinstance(block, Table)]

    assert [list(one.rows[0]) for one in tables] == [
        ["Screw", "Length", "Pieces", "Price"],
        ["Rope", "Load"],
    ]


def test_columns_that_are_drawn_row_by_row_are_read_down() -> None:
    lines = [
        Words(text=text, x=x, y=700 - 14 * index, size=10)
        for index, pair in enumerate(zip(LEFT, RIGHT, strict=True))
        for x, text in zip((72, 320), pair, strict=True)
    ]

    found = blocks(*lines)

    assert found == [Paragraph(text=" ".join(LEFT)), Paragraph(text=" ".join(RIGHT))]


def test_a_label_with_a_dotted_line_is_no_table() -> None:
    lines = [
        Words(text=f"{label}: ..................................", y=700 - 20 * index)
        for index, label in enumerate(("Name", "Street", "Town"))
    ]

    assert not table_of(blocks(*lines))


def test_items_keep_their_markers_and_their_second_lines() -> None:
    found = blocks(
        Words(text="1.", y=700),
        Words(text="Switch the mixer off and wait until", x=92, y=700),
        Words(text="the drum stands still.", x=92, y=686),
        Words(text="2.", y=672),
        Words(text="Rinse the drum.", x=92, y=672),
        Words(text="a)", x=92, y=658),
        Words(text="Use cold water.", x=112, y=658),
    )

    assert found == [
        ListItem(text="Switch the mixer off and wait until the drum stands still.", marker="1."),
        ListItem(text="Rinse the drum.", marker="2."),
        ListItem(text="Use cold water.", marker="a)", depth=1),
    ]


def test_raised_and_lowered_digits_are_written_so() -> None:
    found = blocks(
        Words(text="The load is 10", y=700, x=72),
        Words(text="6", y=704.5, x=148.5, size=7),
        Words(text=" N; CO", y=700, x=153),
        Words(text="2", y=697, x=190, size=7),
        Words(text="-free.", y=700, x=194),
    )

    assert found == [Paragraph(text="The load is 10⁶ N; CO₂-free.")]


def test_a_sentence_goes_on_over_the_page_without_what_stands_between() -> None:
    note = Words(text="1 See the annex.", y=60, size=8)
    pages = [
        [
            Words(text="Rental terms", y=770, size=9),
            Words(text="The tenant returns the keys on the", y=700),
            note,
            Words(text="Page 1 of 2", y=20, size=9),
        ],
        [
            Words(text="Rental terms", y=770, size=9),
            Words(text="last day of the term.", y=700),
            Words(text="Page 2 of 2", y=20, size=9),
        ],
    ]

    found = read(*pages, drawing="72 72 m 160 72 l S\n").blocks

    assert found == [
        Note(text="Rental terms", kind="header"),
        Paragraph(text="The tenant returns the keys on the last day of the term."),
        Note(text="1 See the annex."),
    ]


def test_text_with_a_line_through_it_is_marked() -> None:
    found = blocks(
        Words(text="The price is 28 EUR", y=700),
        Words(text="31 EUR from May.", x=190, y=700),
        drawing="137 704 m 180 704 l S\n",
    )

    assert found == [Paragraph(text="The price is ~~28 EUR~~ 31 EUR from May.")]


@pytest.mark.parametrize(
    ("text", "line", "marked"),
    [
        ("The price is 28 EUR, not more.", (137, 180), "The price is ~~28 EUR~~, not more."),
        ("The price is (28 EUR), not more.", (141, 184), "The price is (~~28 EUR~~), not more."),
        ("The price is 28 EUR, not more.", (137, 184), "The price is ~~28 EUR,~~ not more."),
        ("The price is 8, not 9 EUR.", (137, 143.5), "The price is ~~8~~, not 9 EUR."),
    ],
)
def test_signs_beside_struck_words_are_struck_only_if_the_line_runs_through_them(
    text: str, line: tuple[float, float], marked: str
) -> None:
    found = blocks(Words(text=text, y=700), drawing=f"{line[0]} 704 m {line[1]} 704 l S\n")

    assert found == [Paragraph(text=marked)]


def test_hidden_text_is_left_out_and_counted() -> None:
    document = read(
        [
            Words(text="Seen by all.", y=700),
            Words(text="white secret", y=680, state="1 g"),
            Words(text="tiny", y=660, size=1, state="0 g"),
            Words(text="unpainted", y=640, state="3 Tr"),
        ]
    )

    assert document.blocks == [Paragraph(text="Seen by all.")]
    assert document.warnings == ["4 words of hidden text were left out."]


def test_white_text_on_a_dark_surface_is_read() -> None:
    found = blocks(
        Words(text="Opening hours", y=700, state="1 g"), drawing="0 0 0.5 rg 60 690 300 30 re f\n"
    )

    assert found == [Paragraph(text="Opening hours")]


def test_text_of_a_scan_is_read() -> None:
    found = blocks(Words(text="Read by a machine", y=700, state="3 Tr"))

    assert found == [Paragraph(text="Read by a machine")]


def test_a_turned_table_is_read_upright() -> None:
    turned = "Q q 0 1 -1 0 612 0 cm"
    lines = [
        Words(text=one.text, x=one.x, y=one.y, size=one.size, state=turned)
        for one in (
            *row(500, "Mixer", "Drum", "Weight"),
            *row(485, "M-10", "90 l", "48 kg"),
            *row(470, "M-20", "", "61 kg"),
        )
    ]

    found = blocks(*lines, drawing="q\n")

    assert table_of(found)[2] == ["M-20", "", "61 kg"]


def test_every_mark_is_in_the_text() -> None:
    """One page of each kind of content; a mark is `q` and two digits."""
    lines = [
        Words(text="q00 head", y=770, size=9),
        Words(text="q01 Title", y=740, size=20),
        Words(text="q02 is said here in a sentence of some length that ends.", y=710),
        Words(text="\xb7 q03", y=690),
        Words(text="2. q04", y=676),
        *row(640, "q05", "q06", "q07", font="F2"),
        *row(620, "q08", "q09", "12"),
        *row(600, "q10", "", "13"),
        Words(text="Table 1: q11", y=660, size=10),
        Words(text="q12 turned", y=300, state="q 0 1 -1 0 612 0 cm"),
        Words(text="q13 after all", y=560, state="Q"),
        Words(text="q14", x=400, y=500),
        Words(text="1 q15 note", y=60, size=8),
    ]
    drawing = lattice([66, 166, 266, 366], [652, 632, 612, 592]) + "72 72 m 160 72 l S\n"

    document = read(lines, drawing=drawing)

    text = " ".join([*map(_text, document.blocks), *document.warnings])
    assert [f"q{n:02}" for n in range(16) if f"q{n:02}" not in text] == []


def _text(block: Block) -> str:
    if isinstance(block, Table):
        return " ".join(cell for one in block.rows for cell in one)
    return block.text if isinstance(block, Paragraph | Heading | ListItem | Note) else ""


CELLS = st.lists(
    st.lists(
        st.sampled_from(["", "12", "7.5 kg", "oak", "on request", "Mr Hill"]),
        min_size=3,
        max_size=3,
    ),
    min_size=2,
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(CELLS)
def test_a_word_of_a_drawn_table_never_leaves_its_row(rows: list[list[str]]) -> None:
    named = [["r", "a", "b", "c"], *([f"r{y}", *cells] for y, cells in enumerate(rows))]
    lines = [w for y, cells in enumerate(named) for w in row(690 - 20 * y, *cells)]
    heights = [705 - 20 * y for y in range(len(named) + 1)]

    found = table_of(blocks(*lines, drawing=lattice([66, 166, 266, 366, 466], heights)))

    wanted = [" ".join(filter(None, cells)) for cells in named]
    assert [" ".join(filter(None, cells)) for cells in found] == wanted


PLACES = st.tuples(st.integers(0, 500), st.integers(40, 740), st.sampled_from([8, 10, 14]))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        PLACES, min_size=1, max_size=40, unique_by=lambda place: (place[0] // 60, place[1] // 16)
    )
)
def test_every_word_is_in_exactly_one_block(places: list[tuple[int, int, int]]) -> None:
    lines = [
        Words(
            text=f"w{index:02}x",
            x=20 + place[0] // 60 * 60,
            y=20 + place[1] // 16 * 16,
            size=place[2],
        )
        for index, place in enumerate(places)
    ]

    found = Counter(" ".join(map(_text, blocks(*lines))).split())

    assert all(found[line.text] == 1 for line in lines)


@pytest.mark.parametrize("spaced", ["W A R R A N T Y", "R E T U R N S"])
def test_a_heading_of_spaced_letters_is_read_once(spaced: str) -> None:
    found = blocks(
        Words(text=spaced, y=740, size=16), *paragraph("Goods are sent back", "within a month.")
    )

    assert found[0] == Heading(text=spaced.replace(" ", ""), level=1)


def paragraph(*lines: str) -> list[Words]:
    return [Words(text=text, y=700 - 14 * index, size=10) for index, text in enumerate(lines)]


@pytest.mark.parametrize(("state", "is_read"), [("OFF", False), ("ON", True)])
def test_a_layer_that_is_switched_off_is_not_read_but_counted(state: str, *, is_read: bool) -> None:
    content = (
        "BT /F1 11 Tf 72 700 Td (Fees rise in May.) Tj ET\n"
        "/OC /L1 BDC BT /F1 11 Tf 72 680 Td (Draft: no rise.) Tj ET EMC\n"
    )
    data = file_of(
        [
            (
                "<</Type/Catalog/Pages 2 0 R/OCProperties"
                f"<</OCGs[5 0 R]/D<</{state}[5 0 R]/Order[5 0 R]>>>>>>"
            ),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>",
            (
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources"
                "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
                "/Properties<</L1 5 0 R>>>>>>"
            ),
            f"<</Length {len(content)}>>\nstream\n{content}endstream",
            "<</Type/OCG/Name(Draft)>>",
        ]
    )

    found = PdfReader().load()(io.BytesIO(data))

    assert ("no rise" in str(found.blocks)) is is_read
    assert list(found.warnings) == [] if is_read else ["3 words of hidden text were left out."]


def test_a_large_first_letter_belongs_to_its_word() -> None:
    found = blocks(
        Words(text="B", y=700, size=40),
        Words(text="oats are let from April to the end of", x=102, y=716, size=12),
        Words(text="October, for a day at least, with a", x=102, y=702, size=12),
        Words(text="skipper if you wish so. Bring shoes.", y=682, size=12),
    )

    assert [getattr(block, "text", "") for block in found] == [
        (
            "Boats are let from April to the end of October, for a day at least, with a "
            "skipper if you wish so. Bring shoes."
        )
    ]


def test_running_lines_of_left_and_right_pages_part_no_sentence() -> None:
    texts = ["The seller may charge", "interest of four percent", "a year, from the due day."]
    sides = ["Terms of sale", "Kiel Pumps", "Terms of sale"]
    pages = [
        [Words(text=side, y=770, size=8), Words(text=text, y=700, size=11)]
        for side, text in zip(sides, texts, strict=True)
    ]

    found = read(*pages).blocks

    assert [block.text for block in found if isinstance(block, Paragraph)] == [" ".join(texts)]
    assert [block.text for block in found if isinstance(block, Note)] == sides[:2]
