from __future__ import annotations

from typing import Any

from benchmarks.dialog_folder import Turn
from benchmarks.dialog_gold import find_fact
from benchmarks.dialog_prompts import Passage

PRICES = Passage(
    number=2,
    filename="prices.xlsx",
    text="Article: A1; Machine: Fjord; Price: 49; Rent: 5; In stock: yes\n"
    "Article: A2; Machine: Skagen; Price: 94; Rent: 9; In stock: no",
)
GUIDE = Passage(
    number=1, filename="guide.md", text="Care\nIt runs for 36 months. Rinse it.\n1. Fill.\n2. Wait."
)


def _turn(**changes: Any) -> Turn:
    given = {"session": "d01", "number": "1", "client": "acme", "question": "?", "kind": "fact"}
    return Turn(**{**given, **changes})


def test_the_sentence_that_says_it_is_quoted_with_its_marker() -> None:
    answer = find_fact(_turn(expect=[r"36 months"]), [GUIDE, PRICES])

    assert answer == "It runs for 36 months [1]."


def test_a_row_is_cut_to_the_cells_that_are_asked() -> None:
    turn = _turn(expect=[r"Skagen", r"\b94\b"], forbid=[r"\b49\b"])

    assert find_fact(turn, [GUIDE, PRICES]) == "Machine: Skagen, Price: 94 [2]."


def test_rows_are_compared_in_one_sentence() -> None:
    turn = _turn(expect=[r"(?=.*\b49\b)(?=.*\b94\b)"], question="Fjord or Skagen price?")

    answer = find_fact(turn, [PRICES])

    assert answer == "Machine: Fjord, Price: 49, against Machine: Skagen, Price: 94 [2]."


def test_items_of_a_list_have_one_marker() -> None:
    turn = _turn(expect=["Fill", "Wait"], max_sentences=12)

    assert find_fact(turn, [GUIDE]) == "1. Fill.\n2. Wait [1]."


def test_what_is_spread_over_passages_is_quoted_from_each() -> None:
    turn = _turn(expect=["36 months", r"\b94\b"], cite="prices.xlsx")

    answer = find_fact(turn, [GUIDE, PRICES])

    assert answer is not None
    assert answer.splitlines()[0] == "It runs for 36 months [1]."
    assert "94 [2]." in answer


def test_a_fact_that_only_another_file_holds_is_none() -> None:
    assert find_fact(_turn(expect=["36 months"], cite="prices.xlsx"), [GUIDE, PRICES]) is None


def test_a_heading_is_not_quoted() -> None:
    assert find_fact(_turn(expect=["Care"]), [GUIDE], ["1. Care", "Care"]) is None


def test_where_a_refusal_is_due_there_is_no_fact() -> None:
    assert find_fact(_turn(expect=["36 months"], refuse="yes"), [GUIDE]) is None
