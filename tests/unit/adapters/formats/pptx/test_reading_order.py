from __future__ import annotations

from collections.abc import Sequence

import pptx
import pytest
from pptx.util import Inches

from ragtenancy.domain.parsed import Heading, ListItem, Paragraph
from tests.factories_files import saved
from tests.unit.adapters.formats.pptx.test_pptx_reader import read

Boxed = tuple[str, float, float, float, float]


def slide_of(boxes: Sequence[Boxed]) -> bytes:
    """A slide of boxes, each a text and its left, top, width and height in inches."""
    slides = pptx.Presentation()
    shapes = slides.slides.add_slide(slides.slide_layouts[6]).shapes
    for text, *place in boxes:
        shapes.add_textbox(*map(Inches, place)).text_frame.text = text
    return saved(slides)


def texts(boxes: Sequence[Boxed]) -> list[str]:
    """What is read from boxes."""
    blocks = read(slide_of(boxes)).blocks
    return [block.text for block in blocks if isinstance(block, Heading | Paragraph | ListItem)]


TWO = [("Red", 0.5, 1.5, 4, 0.5), ("Cheap", 0.5, 2.2, 4, 1), ("Blue", 5, 1.4, 4, 0.5), ("Dear", 5, 2.1, 4, 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        (TWO, ["Red", "Cheap", "Blue", "Dear"]),
        (TWO[::-1], ["Red", "Cheap", "Blue", "Dear"]),
        ([("Colours", 0.5, 0.4, 9, 0.6), *TWO], ["Colours", "Red", "Cheap", "Blue", "Dear"]),
        ([("Colours", 3, 0.4, 3, 0.6), *TWO], ["Colours", "Red", "Cheap", "Blue", "Dear"]),
        ([*TWO, ("Source: own", 0.5, 6.5, 9, 0.4)], ["Red", "Cheap", "Blue", "Dear", "Source: own"]),
        (
            [(f"{name}{row}", 0.5 + 3 * column, 1 + row, 2.5, 0.6)
             for row in range(3) for column, name in enumerate("abc")],
            ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"],
        ),
        (
            [(f"{year}", 0.2 + 2.4 * i, 2, 2.3, 0.5) for i, year in enumerate((2019, 2021, 2023, 2025))]
            + [(f"event {i}", 0.2 + 2.4 * i, 3, 2.3, 0.5) for i in range(4)],
            ["2019", "event 0", "2021", "event 1", "2023", "event 2", "2025", "event 3"],
        ),
        (
            [("Price:", 0.5, 1, 2, 0.5), ("5 EUR", 4, 1, 2, 0.5), ("Users:", 0.5, 1.6, 2, 0.5),
             ("ten", 4, 1.6, 2, 0.5)],
            ["Price:", "5 EUR", "Users:", "ten"],
        ),
        (
            [("Price", 0.5, 1, 1, 0.4), ("5 EUR", 1.6, 1, 1, 0.4), ("Users", 0.5, 2, 1, 0.4),
             ("ten", 1.6, 2, 1, 0.4)],
            ["Price", "5 EUR", "Users", "ten"],
        ),
        (
            [(f"{year}", 0.5, 1 + 1.5 * i, 1, 0.5) for i, year in enumerate((2001, 2005))]
            + [(f"event {i}", 1.7, 1 + 1.5 * i, 6, 1) for i in range(2)],
            ["2001", "event 0", "2005", "event 1"],
        ),
        (
            [(f"{name}{row}", 0.4 + 3.1 * column, 1 + row, 2.9, 0.5)
             for row in range(4) for column, name in enumerate("abc")],
            ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3", "c0", "c1", "c2", "c3"],
        ),
        ([("low", 1, 4, 3, 1), ("high", 1, 1, 3, 1), ("middle", 1, 2.5, 3, 1)], ["high", "middle", "low"]),
        (
            [("Red", 0.5, 1.5, 4, 3), ("Cheap", 0.5, 2.2, 4, 3), ("Blue", 5, 1.4, 4, 3),
             ("Dear", 5, 2.1, 4, 3)],
            ["Red", "Cheap", "Blue", "Dear"],
        ),
        (
            [("أحمر", 5, 1.5, 4, 0.5), ("رخيص", 5, 2.2, 4, 1), ("أزرق", 0.5, 1.5, 4, 0.5),
             ("غال", 0.5, 2.2, 4, 1)],
            ["أحمر", "رخيص", "أزرق", "غال"],
        ),
    ],
)  # fmt: skip
def test_boxes_are_read_as_people_read_them(boxes: Sequence[Boxed], expected: list[str]) -> None:
    assert texts(boxes) == expected


def test_in_a_grid_each_head_is_followed_by_its_body() -> None:
    places = [(0.5 + 4.7 * (i % 2), 1 + 3 * (i // 2)) for i in range(4)]
    heads = [(f"head {i}", left, top, 4, 0.5) for i, (left, top) in enumerate(places)]
    bodies = [(f"body {i}", left, top + 0.6, 4, 1.5) for i, (left, top) in enumerate(places)]

    read_texts = texts([*heads, *bodies])

    assert read_texts[::2] == sorted(read_texts[::2])
    assert [text[-1] for text in read_texts[::2]] == [text[-1] for text in read_texts[1::2]]


def test_cards_in_a_grid_are_read_row_by_row() -> None:
    places = ((0.5, 1), (5, 1), (0.5, 4), (5, 4))
    cards = [(f"Card {i}\nof several lines", x, y, 4, 1) for i, (x, y) in enumerate(places)]

    assert [text for text in texts(cards) if text.startswith("Card")] == [
        f"Card {i}" for i in range(4)
    ]


def test_a_line_above_a_column_is_its_heading() -> None:
    blocks = read(slide_of(TWO)).blocks

    assert blocks == [
        Heading(text="Red", level=2),
        Paragraph(text="Cheap"),
        Heading(text="Blue", level=2),
        Paragraph(text="Dear"),
    ]


def test_text_below_all_columns_is_not_the_last_ones() -> None:
    blocks = read(slide_of([*TWO, ("All in euros", 0.5, 6, 9, 0.5)])).blocks

    assert not any(isinstance(block, Heading) for block in blocks)
