"""Answers made of the passages' own sentences, lists and cells."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel, is_ellipsis
from ragtenancy.adapters.extractive.values import offers
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.questions import Kind
from ragtenancy.domain.sources import Source
from tests.doubles import one_embedder, query_vectors
from tests.passages import passage, request_of
from tests.scripted.token_counters import ScriptedTokenCounter

STEPS = (
    "To create a report:\n1. Open Reports. It is in the side bar.\n2. Press New.\n3. Save it.\n"
    "Reports are kept for a year."
)
CODES = (
    "Code: E07; Meaning: Grinder blocked; Remedy: Remove the hopper\n"
    "Code: E12; Meaning: Brew unit not in place; Remedy: Push it in\n"
    "Code: E21; Meaning: Drip tray full; Remedy: Empty the tray"
)
PLANS = (
    "Plan: Starter; Trucks: 15; Price per month: EUR 190\n"
    "Plan: Team; Trucks: 60; Price per month: EUR 540\n"
    "Plan: Fleet; Trucks: 300; Price per month: EUR 1,650"
)
LIMITS = (
    "City: Dublin; Limit per night: EUR 190\nCity: Paris; Limit per night: EUR 210\n"
    "City: Berlin; Limit per night: EUR 145"
)
ALLOWANCES = (
    "Trip: up to 8 hours; Daily allowance: none\nTrip: 8 to 24 hours; Daily allowance: EUR 18\n"
    "Trip: full day; Daily allowance: EUR 38"
)
LEXICONS = Lexicons(SnowballAnalyzer().terms)
MARKED = re.compile(r"(.+?) \[(\d+)\](?:\n|\Z)", re.DOTALL)


def model() -> ExtractiveChatModel:
    embedders = one_embedder()
    return ExtractiveChatModel(
        embedders, query_vectors(embedders), LEXICONS, ScriptedTokenCounter()
    )


async def answered(question: str, *passages: Source, max_tokens: int = 800) -> str:
    request = request_of(question, *passages, max_tokens=max_tokens)
    return "".join([delta.text async for delta in model().stream(request)])


async def best_answer(question: str, *passages: Source) -> str:
    """Return the answer however unsure it is."""
    embedders = one_embedder()
    counter = ScriptedTokenCounter()
    unsure = ExtractiveChatModel(
        embedders,
        query_vectors(embedders),
        LEXICONS,
        counter,
        is_sure=lambda _: True,
    )
    request = request_of(question, *passages)
    return "".join([delta.text async for delta in unsure.stream(request)])


async def read_as(readings: list[list[Reading]], *passages: Source) -> str:
    request = structs.replace(request_of(readings[0][0].text, *passages), questions=readings)
    return "".join([delta.text async for delta in model().stream(request)])


async def test_the_sentence_that_answers_is_given_alone() -> None:
    text = "The office is blue. Refunds are paid within 30 days. Lunch is at noon."

    assert await answered("When are refunds paid?", passage(text)) == (
        "Refunds are paid within 30 days. [1]"
    )


@pytest.mark.parametrize(
    "blocker",
    [
        "{} I don't know the answer to this question.",
        "{} The documents do not contain this information.",
        "Where is Rome? No answer can be given.\n\n{} No answer can be given.\n\nWhat is a car?",
    ],
)
@pytest.mark.parametrize(
    ("question", "guide"),
    [
        ("Who sold the rights?", "In 1418 Maciot de Bethencourt sold the rights to Enrique. [2]"),
        ("Where is the office?", "Our office is in Dresden. [2]"),
    ],
)
async def test_a_text_that_repeats_the_question_and_refuses_keeps_no_other_from_answering(
    blocker: str, question: str, guide: str
) -> None:
    passages = passage(blocker.format(question), 1), passage(guide.removesuffix(" [2]"), 2)

    assert await answered(question, *passages) == guide


async def test_a_sentence_that_reads_like_a_refusal_answers_where_nothing_else_does() -> None:
    manual = passage("The manual does not cover repairs. Lunch is at noon.")

    assert await answered("Does the manual cover repairs?", manual) == (
        "The manual does not cover repairs. [1]"
    )


async def test_a_label_brings_the_line_that_it_stands_above() -> None:
    text = "Kiln\nFires at 900 degrees C\nGlaze kiln\nFires at 1240 degrees C\nWheel"

    said = await answered("How hot is the glaze kiln?", passage(text))

    assert "Glaze kiln [1]\nFires at 1240 degrees C [1]" in said


async def test_a_line_that_only_repeats_the_question_brings_the_next() -> None:
    invoice = passage("Order 77-1832\nSum to pay 2,310 EUR")

    answer = await answered("What is the sum of order 77-1832?", invoice)

    assert "2,310 EUR" in answer


async def test_a_formula_without_a_value_is_no_answer() -> None:
    sheet = passage("Part: Lid; Gross: =B2+C2\nPart: Sum; Gross: =SUM(D2:D3)")

    assert await answered("What is the gross sum?", sheet) == ""


async def test_a_label_in_a_passage_is_no_answer() -> None:
    said = await answered(
        "How long is the refund period?",
        passage("Refund period\nThe refund period is 14 days.\nWarranty\nFaults are repaired."),
    )

    assert said == "The refund period is 14 days. [1]"


async def test_a_sentence_that_points_back_takes_the_one_before_it_along() -> None:
    text = "Salaries are paid on the 26th. They are reviewed every April. Lunch is free."

    said = await answered("When are salaries reviewed in spring, every April?", passage(text))

    assert said == "Salaries are paid on the 26th. [1]\nThey are reviewed every April. [1]"


async def test_the_exception_behind_a_rule_is_given_with_it() -> None:
    text = "Work from outside the EU is not possible. The only exception is Norway."

    said = await answered("Is work from outside the EU possible?", passage(text))

    assert said.endswith("The only exception is Norway. [1]")


async def test_the_value_that_is_asked_for_is_taken_from_the_next_sentence() -> None:
    text = "A machine can be borrowed for testing. That costs EUR 190."

    said = await answered("What does it cost to borrow a machine for testing?", passage(text))

    assert "EUR 190" in said


async def test_steps_are_given_whole_and_in_order_under_one_marker() -> None:
    said = await answered("How do I create a report?", passage(STEPS))

    assert said == (
        "To create a report:\n1. Open Reports. It is in the side bar.\n2. Press New.\n3. Save it. [1]"
    )


async def test_what_stands_under_a_question_answers_it() -> None:
    under = structs.replace(
        passage("Yes. We set up a trial machine for two weeks."),
        section=["FAQ", "Can I try a machine first?"],
    )

    said = await answered("Can I try a machine first?", under)

    assert said == "Yes. We set up a trial machine for two weeks. [1]"


async def test_questions_within_a_passage_give_way_to_their_answers() -> None:
    said = await answered(
        "What does the express delivery cost?",
        passage(
            "How do I cancel my contract?\nWrite to us 30 days before the end.\n"
            "What does the express delivery cost?\nIt costs 9 EUR."
        ),
    )

    assert said == "It costs 9 EUR. [1]"


async def test_an_item_stands_after_the_label_of_its_list() -> None:
    text = "Removed:\n• Support for Windows 8.\n• Import of old files."

    said = await answered("Is Windows 8 still supported?", passage(text))

    assert said == "Removed: Support for Windows 8. [1]"


async def test_a_cell_is_given_with_its_names() -> None:
    assert await answered("What is the limit per night in Paris?", passage(LIMITS)) == (
        "Paris \N{EN DASH} Limit per night: EUR 210 [1]"
    )


async def test_a_code_gives_its_own_row() -> None:
    said = await answered("E12", passage(CODES))

    assert said == "E12: Meaning: Brew unit not in place; Remedy: Push it in [1]"


async def test_what_stands_under_the_line_of_a_code_answers() -> None:
    said = await answered(
        "What is the total amount of invoice 2025-0817?",
        passage(
            "Invoice 2025-0817\nTotal amount 1,940 EUR\nInvoice 2025-0818\nTotal amount 80 EUR"
        ),
    )

    assert said == "Total amount 1,940 EUR [1]"


async def test_a_sentence_in_a_script_without_spaces_answers() -> None:
    said = await answered(
        "发票什么时候付款？", passage("病假需提供医生证明。\n发票应在三十天内付款。")
    )

    assert said == "发票应在三十天内付款。 [1]"


async def test_a_number_of_the_question_finds_the_range_that_holds_it() -> None:
    said = await answered(
        "What is the daily allowance for a trip of 12 hours?", passage(ALLOWANCES)
    )

    assert "EUR 18" in said
    assert "EUR 38" not in said


async def test_the_lowest_of_a_column_is_named_in_a_sentence() -> None:
    said = await answered("Which plan is the cheapest?", passage(PLANS))

    assert said == "Starter has the lowest value of “Price per month”: EUR 190. [1]"


async def test_a_name_with_a_number_is_no_quantity() -> None:
    table = (
        "Model: Gyra 12; Code: TN-1012; Price: EUR 480\n"
        "Model: Gyra 50; Code: TN-1050; Price: EUR 310"
    )

    said = await answered("Which model is the least expensive?", passage(table))

    assert said == "Gyra 50 has the lowest value of “Price”: EUR 310. [1]"


async def test_a_column_with_its_unit_in_brackets_fits_the_kind_of_value() -> None:
    table = (
        "Space: Garage; Fee (EUR per month): 85; Waiting time (weeks): 12\n"
        "Space: Open-air; Fee (EUR per month): 45; Waiting time (weeks): 3"
    )
    readings = [
        [Reading("Open-air?"), Reading("How long must I wait for a garage? Open-air?", 0.5)]
    ]

    assert await read_as(readings, passage(table)) == (
        "Open-air \N{EN DASH} Waiting time (weeks): 3 [1]"
    )


async def test_the_answer_is_given_where_a_row_is_named_by_a_question() -> None:
    table = (
        "Question: Can rotors of others be used?; Answer: No, only ours fit.\n"
        "Question: How long are parts kept?; Answer: For twelve years."
    )

    assert await answered("How long are parts kept?", passage(table)) == "For twelve years. [1]"


async def test_steps_told_in_sentences_are_given_in_order() -> None:
    text = (
        "A run may be ended at any time. First, select the rotor. Then enter the speed. "
        "Finally, press START to begin the run. The rotor stops in 35 seconds."
    )

    assert await answered("How do I begin a run?", passage(text)) == (
        "First, select the rotor.\nThen enter the speed.\n"
        "Finally, press START to begin the run. [1]"
    )


async def test_what_a_story_asks_is_found_in_it() -> None:
    story = (
        "Right, so on Monday I had an appointment with one of your fitters for the window, and of "
        "course that was the morning when the school rang, so off I went and forgot all about the "
        "fitter, and nobody was at home when he came for the visit, so how much is it?"
    )

    said = await answered(
        story,
        passage("If a fitter comes and nobody is at home, we charge GBP 28 for the visit."),
        passage("Windows are cleaned in April. The lift is out of service."),
    )

    assert said == "If a fitter comes and nobody is at home, we charge GBP 28 for the visit. [1]"


async def test_what_was_just_computed_is_not_looked_up_again() -> None:
    readings = [[Reading("Which plan is the cheapest?")], [Reading("how much is it?")]]

    said = await read_as(readings, passage(PLANS))

    assert said == "Starter has the lowest value of “Price per month”: EUR 190. [1]"


async def test_two_values_are_compared() -> None:
    said = await answered("How many more trucks does Fleet have than Team?", passage(PLANS))

    assert "a difference of 240" in said


async def test_an_ellipsis_asks_of_another_row_what_was_asked_before() -> None:
    before = "What is the limit per night in Paris?"
    readings = [[Reading("Berlin?"), Reading(f"{before} Berlin?", 0.5)]]

    assert await read_as(readings, passage(LIMITS)) == (
        "Berlin \N{EN DASH} Limit per night: EUR 145 [1]"
    )


async def test_several_questions_are_answered_in_turn() -> None:
    readings = [[Reading("What do refunds cost?")], [Reading("How long does shipping take?")]]

    said = await read_as(
        readings, passage("Refunds cost EUR 3.", 1), passage("Shipping takes five days.", 2)
    )

    assert said == "Refunds cost EUR 3. [1]\nShipping takes five days. [2]"


async def test_a_part_that_nothing_answers_is_said_to_be_missing() -> None:
    readings = [[Reading("What do refunds cost?")], [Reading("Who painted the ceiling?")]]

    said = await read_as(readings, passage("Refunds cost EUR 3."))

    assert said == (
        "Refunds cost EUR 3. [1]\n"
        "“Who painted the ceiling?”: I couldn't find that in your documents."
    )


async def test_a_code_that_no_document_holds_is_named_behind_the_other_parts() -> None:
    request = structs.replace(
        request_of("What do refunds cost, and what is E99?", passage("Refunds cost EUR 3.")),
        questions=[[Reading("What do refunds cost?")]],
        missing_identifiers=["E99"],
    )

    said = "".join([delta.text async for delta in model().stream(request)])

    assert said == "Refunds cost EUR 3. [1]\nI couldn't find E99 in your documents."


async def test_nothing_is_said_where_nothing_answers() -> None:
    request = request_of("Who painted the ceiling?", passage("Refunds are paid within 30 days."))

    deltas = [delta async for delta in model().stream(request)]

    assert [delta.refused for delta in deltas] == [True, False]
    assert not any(delta.text for delta in deltas)


async def test_the_answer_is_no_longer_than_the_tenant_allows() -> None:
    readings = [[Reading("What do refunds cost?")], [Reading("How long does shipping take?")]]
    request = structs.replace(
        request_of("?", passage("Refunds cost EUR 3. Shipping takes five days."), max_tokens=4),
        questions=readings,
    )

    deltas = [delta async for delta in model().stream(request)]

    assert len([delta for delta in deltas if delta.text]) == 1
    assert deltas[-1].truncated


async def test_a_list_is_cut_between_its_items() -> None:
    request = request_of("How do I create a report?", passage(STEPS), max_tokens=12)

    deltas = [delta async for delta in model().stream(request)]

    assert deltas[0].text.startswith("To create a report:\n1. Open Reports.")
    assert deltas[0].text.endswith(". [1]")
    assert "3. Save it." not in deltas[0].text
    assert deltas[-1].truncated


async def test_marks_of_notes_and_citations_in_a_document_are_not_quoted() -> None:
    text = "Refunds are paid within 30 days[2] as agreed.[^1]"

    said = await answered("When are refunds paid?", passage(text), passage("Other.", 2))

    assert said == "Refunds are paid within 30 days as agreed. [1]"


SENTENCES = st.lists(
    st.text(st.sampled_from("abc deé1.\n!?"), min_size=1, max_size=30), min_size=1, max_size=6
).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(SENTENCES, min_size=1, max_size=4), question=SENTENCES)
async def test_every_piece_is_verbatim_in_the_passage_that_its_marker_names(
    texts: list[str], question: str
) -> None:
    passages = [passage(text, index) for index, text in enumerate(texts, 1)]

    for text, number in MARKED.findall(await answered(question, *passages)):
        assert text in texts[int(number) - 1]


async def test_an_amount_is_a_sum_of_money_rather_than_any_number() -> None:
    lease = passage("Lease of Unit 7, Canal Yard.\nThe yearly rent is 86,400 pounds.")

    said = await best_answer("How much is the rent at Canal Yard?", lease)

    assert said == "The yearly rent is 86,400 pounds. [1]"


async def test_a_sentence_without_a_sum_does_not_answer_how_much() -> None:
    text = passage("The lease of a bicycle runs for 36 months; the company pays the insurance.")

    assert await answered("How much does the lease of a bicycle cost?", text) == ""
    assert await answered("How long does the lease of a bicycle run?", text) != ""


async def test_a_second_sentence_has_the_requested_value_too() -> None:
    trial = passage("The machine has a trial in May.\nThe trial costs 120 pounds.")

    said = await best_answer("What does the trial of the machine cost?", trial)

    assert said == "The trial costs 120 pounds. [1]"


@pytest.mark.parametrize(
    ("text", "kind", "offered"),
    [
        ("Amount due: 9,680.40", Kind.AMOUNT, 1.0),
        ("It comes to 1290 in all", Kind.AMOUNT, 0.5),
        ("dated 18 February 2026", Kind.AMOUNT, 0.0),
        ("for 36 months", Kind.AMOUNT, 0.0),
        ("at 9:30 in Hall 4, Leeds", Kind.AMOUNT, 0.0),
        ("Total due: 18 February", Kind.AMOUNT, 0.0),
        ("35 pounds, in Hall 4", Kind.AMOUNT, 1.0),
        ("the trial costs 35, all in", Kind.AMOUNT, 0.5),
        ("at least 20 percent", Kind.AMOUNT, 1.0),
        ("ten million dollars", Kind.AMOUNT, 1.0),
        ("two hundred in all", Kind.AMOUNT, 0.5),
        ("门票三十元", Kind.AMOUNT, 1.0),
        ("max. 3 Monatsmieten inkl. Nebenkosten", Kind.AMOUNT, 1.0),
        ("höchstens zwei Bruttomonatsgehälter", Kind.AMOUNT, 1.0),
        ("bis zu 30 Tagessätze", Kind.AMOUNT, 1.0),
        ("equal to two months' rent", Kind.AMOUNT, 1.0),
        ("one week\u2019s pay", Kind.AMOUNT, 1.0),
        ("égal à deux mois de loyer", Kind.AMOUNT, 1.0),
        ("de tres meses de alquiler", Kind.AMOUNT, 1.0),
        ("within two months of the rent review", Kind.AMOUNT, 0.0),
        ("innerhalb von 3 Monaten", Kind.AMOUNT, 0.0),
        ("3 Monatsmieten", Kind.DURATION, 0.0),
        ("eine 3-monatige Frist", Kind.DURATION, 1.0),
        ("By 1883, engines were sold.", Kind.YEAR, 1.0),
        ("一九八三年开业", Kind.YEAR, 1.0),
        ("The invasion was in 1169.", Kind.YEAR, 0.5),
        ("late in the 12th century", Kind.YEAR, 0.5),
        ("It has 1,442 dresses.", Kind.YEAR, 0.0),
        ("sold for 13 million", Kind.SHARE, 0.0),
        ("sechs bis neun Prozent", Kind.SHARE, 1.0),
        ("one in five of the rooms", Kind.SHARE, 1.0),
        ("keeps 9.5% of it", Kind.SHARE, 1.0),
        ("a third of the rooms", Kind.SHARE, 1.0),
        ("on the fourth day", Kind.DATE, 1.0),
        ("binnen sechs Wochen", Kind.DATE, 1.0),
        ("two pages or fewer", Kind.DURATION, 0.5),
        ("for two years", Kind.DURATION, 1.0),
        ("on 12 March in Hall 4", Kind.PERSON, 1.0),
        ("on 12 March", Kind.PERSON, 0.0),
    ],
)
def test_kinds_of_values_are_told_apart(text: str, kind: Kind, offered: float) -> None:
    assert offers(text, kind) == offered


async def test_a_field_that_the_question_names_answers_alone() -> None:
    form = passage(
        "Project manager: Ada Lane\nThe new test is a project.\nEach test of Leeds is new."
    )

    said = await best_answer("Who is the project manager of the new test?", form)

    assert said == "Project manager: Ada Lane [1]"


async def test_a_follow_up_that_names_another_thing_is_not_answered_about_the_first() -> None:
    shows = passage("Winter Walk is shown at 4:30 each day.\nNight Tale comes at 9:30.")
    before = "When is Winter Walk shown?"

    said = await read_as([[Reading("Night Tale?"), Reading(f"{before} Night Tale?", 0.8)]], shows)

    assert said == "Night Tale comes at 9:30. [1]"


@pytest.mark.parametrize(
    ("clause", "elliptic"),
    [("the filter?", True), ("When is it?", False), ("他妻子叫什么名字？", False)],
)
def test_a_short_clause_without_a_question_of_its_own_is_an_ellipsis(
    clause: str, *, elliptic: bool
) -> None:
    assert is_ellipsis(clause, [Reading("When is the desk delivered?")]) is elliptic
