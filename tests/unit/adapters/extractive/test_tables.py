"""Answers out of tables: several rows, those within a bound, the extreme among those named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.extractive.candidates import markdown_table
from ragtenancy.adapters.extractive.values import Bound, bound_in, difference
from ragtenancy.domain.answers import Reading
from tests.passages import passage
from tests.unit.adapters.extractive.test_extractive import answered, read_as

PRICES = (
    "Article: A-101; Model: Fjord 2 espresso machine; Weight (kg): 8.2; Price (EUR): 890; Delivery (weeks): 2\n"
    "Article: A-102; Model: Fjord 4 espresso machine; Weight (kg): 9.6; Price (EUR): 1290; Delivery (weeks): 3\n"
    "Article: B-201; Model: Skerry grinder; Weight (kg): 3.1; Price (EUR): 340; Delivery (weeks): 1\n"
    "Article: B-202; Model: Skerry Pro grinder; Weight (kg): 4.8; Price (EUR): 520; Delivery (weeks): 4\n"
    "Article: C-301; Model: Milk cooler; Weight (kg): 12; Price (EUR): 410; Delivery (weeks): 2"
)
HOTELS = (
    "Hotels cost at most 140 euros a night.\n"
    "Country: Germany; Daily allowance: 28 EUR; Hotel limit: 140 EUR\n"
    "Country: France; Daily allowance: 44 EUR; Hotel limit: 160 EUR\n"
    "Country: Spain; Daily allowance: 36 EUR; Hotel limit: 120 EUR\n"
    "Country: Norway; Daily allowance: 60 EUR; Hotel limit: 190 EUR"
)


async def test_more_than_two_rows_are_a_table_with_one_marker() -> None:
    assert await answered("What is the hotel limit in each country?", passage(HOTELS)) == (
        "| Country | Hotel limit |\n| :--- | ---: |\n| Germany | 140 EUR |\n| France | 160 EUR |\n"
        "| Spain | 120 EUR |\n| Norway | 190 EUR |\n\n[1]"
    )


async def test_a_column_in_the_plural_asks_for_each_of_its_values() -> None:
    said = await answered("What are the daily allowances?", passage(HOTELS))

    assert said.startswith("| Country | Daily allowance |")
    assert said.count("EUR") == 4


async def test_a_formula_without_a_value_is_no_answer() -> None:
    invoice = passage(
        "Item: Lamp; Net: 40; Gross: =B2*1.2\nItem: Total; Net: 40; Gross: =SUM(C2:C2)"
    )

    assert "[1]" not in await answered("What is the gross total?", invoice)
    assert (
        await answered("What is the net price of the lamp?", invoice) == "Lamp \u2013 Net: 40 [1]"
    )


async def test_two_rows_of_one_kind_are_two_statements() -> None:
    assert await answered("What is the weight of the grinders?", passage(PRICES)) == (
        "Skerry grinder \u2013 Weight (kg): 3.1 [1]\nSkerry Pro grinder \u2013 Weight (kg): 4.8 [1]"
    )


async def test_one_row_in_a_table_of_many_is_given_alone() -> None:
    said = await answered("What are the hotel limits in Spain?", passage(HOTELS))

    assert said == "Spain \u2013 Hotel limit: 120 EUR [1]"


async def test_a_table_is_cut_between_its_rows() -> None:
    said = await answered("What are the hotel limits?", passage(HOTELS), max_tokens=12)

    assert said.startswith("| Country | Hotel limit |\n| :--- | ---: |\n| Germany | 140 EUR |")
    assert said.endswith(" |\n\n[1]")
    assert "Norway" not in said


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (
            "Which models have a price of less than 600 EUR?",
            ["Skerry grinder", "Skerry Pro", "Milk"],
        ),
        (
            "Welches Model hat eine Price von weniger als 600 EUR?",
            ["Skerry grinder", "Skerry Pro", "Milk"],
        ),
        ("Which grinders weigh more than 4 kg?", ["Skerry Pro"]),
        ("Which models are between 300 and 410 euros in price?", ["Skerry grinder", "Milk"]),
        ("Which models have a delivery of at most 14 days?", ["Fjord 2", "Skerry grinder", "Milk"]),
    ],
)
async def test_a_bound_chooses_the_rows(question: str, names: list[str]) -> None:
    said = await answered(question, passage(PRICES))

    every = ["Fjord 2", "Fjord 4", "Skerry grinder", "Skerry Pro", "Milk"]
    assert [name for name in every if name in said] == names


async def test_no_row_is_chosen_by_a_bound_where_cells_spell_ranges() -> None:
    text = "Expense: up to 500 EUR; Approval: none\nExpense: over 500 EUR; Approval: the manager's"

    said = await answered("Which approval is needed for an expense over 600 EUR?", passage(text))

    assert said == "over 500 EUR \u2013 Approval: the manager's [1]"


async def test_the_price_is_the_only_column_that_how_much_can_mean() -> None:
    assert await answered("How much is A-102?", passage(PRICES)) == (
        "A-102 \u2013 Price (EUR): 1290 [1]"
    )


async def test_the_cheapest_of_a_kind_is_chosen_among_its_own() -> None:
    said = await answered("Which machine is cheapest?", passage(PRICES))

    assert said == "Fjord 2 espresso machine has the lowest value of “Price (EUR)”: 890. [1]"


async def test_a_comparison_is_told_in_the_language_of_the_question() -> None:
    text = "Land: Spanien; Hotel: 120 EUR\nLand: Norwegen; Hotel: 190 EUR"
    question = "Wie groß ist der Unterschied zwischen Spanien und Norwegen beim Hotel?"

    assert await answered(question, passage(text)) == (
        "„Hotel“ ist 190 EUR bei Norwegen und 120 EUR bei Spanien, ein Unterschied von 70 EUR. [1]"
    )


@pytest.mark.parametrize(
    ("question", "low", "high", "inclusive"),
    [
        ("less than 600 euros", None, "600 euros", False),
        ("at most 2 weeks", None, "2 weeks", True),
        ("no more than 5 kg", None, "5 kg", True),
        ("heavier than 5 kg", "5 kg", None, False),
        ("mindestens 30 Tage", "30 Tage", None, True),
        ("plus de 3 mois", "3 mois", None, False),
        ("between 5 and 10 km", "5", "10 km", True),
    ],
)
def test_a_bound_is_read(question: str, low: str | None, high: str | None, inclusive: bool) -> None:
    bound = bound_in(f"Which ones are {question}?")

    assert bound is not None
    assert (bound.low, bound.high, bound.inclusive) == (low, high, inclusive)


@pytest.mark.parametrize("question", ["Is the Fjord 4 new?", "Which version came after 2.4?"])
def test_a_number_alone_is_no_bound(question: str) -> None:
    assert bound_in(question) is None


def test_a_bound_converts_units() -> None:
    assert Bound(said="", low=None, high="10 days", inclusive=False).holds("1 week")
    assert not Bound(said="", low=None, high="10 days", inclusive=False).holds("2 weeks")


@pytest.mark.parametrize(
    ("high", "low", "apart"),
    [
        ("190 EUR", "120 EUR", "70 EUR"),
        ("€1,290", "€890", "€400"),
        ("4 kg", "300 g", None),
        ("0.3", "0.1", "0.2"),
    ],
)
def test_a_difference_has_the_unit_that_both_values_have(
    high: str, low: str, apart: str | None
) -> None:
    assert difference(high, low) == apart


@given(st.lists(st.lists(st.text("ab|1 ", max_size=6), min_size=2, max_size=2), min_size=1))
def test_every_cell_of_a_markdown_table_can_be_read_back(rows: list[list[str]]) -> None:
    lines = "\n".join(markdown_table(["one", "two"], rows)).split("\n")[2:]

    read = [line[2:-2].replace("\\|", "\0").split(" | ") for line in lines]
    assert [[cell.replace("\0", "|") for cell in row] for row in read] == rows


async def test_a_total_is_not_the_largest_of_its_table() -> None:
    rows = "Plant: Ulm; Output: 40\nPlant: Hof; Output: 70\nPlant: Total; Output: 110"

    said = await answered("Which plant has the highest output?", passage(rows))

    assert said.startswith("Hof has the highest value")


STOCK = (
    "Part: Shelf pin; In stock: 9600; Supplier: Fixit\n"
    "Part: Hinge; In stock: 1840; Supplier: Blumen\n"
    "Part: Castor; In stock: 430; Supplier: Rollo"
)
ALLOWANCES = (
    "Absence: more than 8 hours; Austria: 33 EUR; Norway: 43 EUR\n"
    "Absence: 24 hours; Austria: 50 EUR; Norway: 64 EUR"
)


async def test_a_follow_up_that_names_another_row_is_about_that_row() -> None:
    before = "How many shelf pins are in stock?"

    said = await read_as(
        [[Reading("the castor?"), Reading(f"{before} the castor?", 0.8)]], passage(STOCK)
    )

    assert said == "Castor \u2013 In stock: 430 [1]"


async def test_a_follow_up_that_names_another_column_is_about_that_column() -> None:
    before = "How many shelf pins are in stock?"

    said = await read_as(
        [[Reading("And the supplier?"), Reading(f"{before} And the supplier?", 0.8)]],
        passage(STOCK),
    )

    assert said == "Shelf pin \u2013 Supplier: Fixit [1]"


async def test_a_verb_asks_for_the_column_named_by_its_noun() -> None:
    said = await answered(
        "Who supplies the shelf pin?", passage(f"Supplied parts come in boxes.\n{STOCK}")
    )

    assert said == "Shelf pin \u2013 Supplier: Fixit [1]"


async def test_a_cell_of_words_is_no_label() -> None:
    text = (
        "The oak bed is for the hotel from 9 January.\n"
        "Product: Oak bed; Price: 1,850; Available: from May\n"
        "Product: Pine shelf; Price: 620; Available: yes"
    )

    said = await answered("When is the oak bed available?", passage(text))

    assert said == "Oak bed \u2013 Available: from May [1]"


async def test_a_number_that_names_a_row_is_not_sought_in_ranges() -> None:
    said = await answered("What is the allowance for 24 hours in Norway?", passage(ALLOWANCES))

    assert said == "24 hours \u2013 Norway: 64 EUR [1]"


async def test_a_row_without_a_sum_does_not_answer_how_much() -> None:
    staff = "Name: Marek Dudek; Role: Lifeguard; Phone: 42\nName: Tessa Kane; Role: Reception; Phone: 10"

    assert await answered("How much does Marek Dudek the lifeguard earn?", passage(staff)) == ""
    assert "42" in await answered("What is the phone of Marek Dudek?", passage(staff))
