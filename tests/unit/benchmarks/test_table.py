from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.table import markdown, put_between


def test_a_table_has_its_head_and_its_rows() -> None:
    text = markdown(["", "ms"], [["ours", "0.2"]])

    assert text == "|  | ms |\n| --- | ---: |\n| ours | 0.2 |"


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- mine -->\nold\n<!-- /mine -->\nafter\n")

    put_between(page, "mine", "new")

    assert page.read_text() == "before\n<!-- mine -->\nnew\n<!-- /mine -->\nafter\n"


def test_a_page_without_the_marks_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n")

    with pytest.raises(SystemExit, match="no place marked mine"):
        put_between(page, "mine", "new")

    assert page.read_text() == "before\n"
