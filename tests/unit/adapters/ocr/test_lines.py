from __future__ import annotations

import pytest

from ragtenancy.adapters.ocr.lines import Piece, text_of


def piece(text: str, left: float, top: float) -> Piece:
    return Piece(text=text, left=left, top=top, bottom=top + 20)


def test_lines_go_from_top_to_bottom() -> None:
    assert text_of([piece("second", 10, 40), piece("first", 300, 10)]) == "first\nsecond"


def test_pieces_at_one_height_are_one_line() -> None:
    assert text_of([piece("Name", 200, 12), piece("File", 10, 8)]) == "File  Name"


def test_no_pieces_are_no_text() -> None:
    assert text_of([]) == ""


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Error Ox80070005: denied", "Error 0x80070005: denied"),
        ("at ox7FFE", "at 0x7FFE"),
        ("Oxford", "Oxford"),
        ("Ox", "Ox"),
        ("0x12", "0x12"),
    ],
)
def test_a_hexadecimal_number_starts_with_a_nought(read: str, meant: str) -> None:
    assert text_of([piece(read, 0, 0)]) == meant
