"""Copies of one passage among sources."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.sources import FEWEST_WORDS, Source, distinct, merged, wording
from tests.factories import source

LEAVE = "Remote work is allowed on two days per week. The manager must agree in writing."
WORDS = st.lists(
    st.text(st.sampled_from("abcé東"), min_size=1, max_size=4), min_size=1, max_size=30
)
GAPS = st.sampled_from([" ", "\n", ", ", ". ", " | ", "; "])


def passage(
    text: str, document: str = "doc_a", *, ordinal: int = 0, section: Sequence[str] = ()
) -> Source:
    return source(
        document_id=DocumentId(document),
        filename=f"{document}.md",
        chunk_id=ChunkId(f"{document}#1-1#{ordinal:06}"),
        section=section,
        text=text,
    )


def places(found: Source) -> list[str]:
    return [place.document_id for place in found.also_in]


def test_copies_are_one_source_that_names_the_others() -> None:
    copies = [passage(LEAVE, f"doc_{name}") for name in "abcd"]
    abroad = passage("Remote work abroad is limited to 20 days a year.", "doc_e")

    first, second = distinct([*copies, abroad], 2)

    assert (first.document_id, places(first)) == ("doc_a", ["doc_b", "doc_c", "doc_d"])
    assert (second.document_id, second.index, places(second)) == ("doc_e", 2, [])


def test_copies_after_the_last_source_are_named_too() -> None:
    found = distinct([passage(LEAVE), passage("Other.", "doc_b"), passage(LEAVE, "doc_c")], 1)

    assert [places(each) for each in found] == [["doc_c"]]


@pytest.mark.parametrize(
    "other",
    [
        LEAVE.replace("two", "three"),
        LEAVE.replace("is allowed", "is not allowed"),
        LEAVE.replace("manager", "director"),
        LEAVE + " Ask HR.",
        "The fee is 5 % of $100.",
    ],
)
def test_what_says_anything_else_is_no_copy(other: str) -> None:
    found = distinct([passage(LEAVE), passage(other, "doc_b")], 5)

    assert [places(each) for each in found] == [[], []]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It costs $5.", "It costs 5."),
        ("Store at -5 degrees.", "Store at 5 degrees."),
        ("Version 2.10 is out.", "Version 2.1 is out."),
        ("Version 2.1.3 is out.", "Version 2.1"),
        ("It weighs 1.50", "It weighs 1"),
        ("Half is .5 of it.", "Half is 5 of it."),
        ("See E021.", "See E047."),
        ("At most 10.5 bar.", "At most 105 bar."),
    ],
)
def test_numbers_and_codes_are_equal_in_copies(one: str, other: str) -> None:
    assert len(distinct([passage(one), passage(other, "doc_b")], 5)) == 2


def test_a_piece_of_a_better_passage_is_a_copy() -> None:
    piece = "allowed on two days per week; the manager must agree in writing"

    [found] = distinct([passage(LEAVE), passage(piece, "doc_b")], 5)

    assert places(found) == ["doc_b"]


def test_a_few_words_that_another_passage_holds_too_are_no_copy() -> None:
    assert len(distinct([passage(LEAVE), passage("The manager must agree.", "doc_b")], 5)) == 2


def test_a_piece_of_a_word_is_no_copy() -> None:
    cut = LEAVE.removesuffix("ing.")

    assert len(distinct([passage(LEAVE), passage(cut, "doc_b")], 5)) == 2


def test_a_short_answer_to_another_question_is_no_copy() -> None:
    parking = passage("Yes.", section=["Is parking free?"])
    dogs = passage("Yes.", "doc_b", section=["Are dogs allowed?"])

    assert len(distinct([parking, dogs], 5)) == 2


def test_the_same_words_under_another_heading_are_no_copy() -> None:
    germany = passage("Three months.", section=["Handbook", "Germany"])
    austria = passage("Three months.", section=["Handbook", "Austria"], ordinal=1)

    assert len(distinct([germany, austria], 5)) == 2


def test_the_titles_of_two_documents_may_differ() -> None:
    first = passage(LEAVE, section=["Handbook 2025", "Leave"])
    second = passage(LEAVE, "doc_b", section=["Handbook 2026", "Leave"])

    [found] = distinct([first, second], 5)

    assert places(found) == ["doc_b"]


def test_a_document_is_not_named_as_a_place_of_its_own_passage() -> None:
    [found] = distinct([passage(LEAVE), passage(LEAVE, ordinal=4)], 5)

    assert places(found) == []


def test_copies_found_for_two_questions_are_one_source() -> None:
    [first] = distinct([passage(LEAVE), passage(LEAVE, "doc_b")], 5)
    [second] = distinct([passage(LEAVE, "doc_b"), passage(LEAVE, "doc_c")], 5)

    [found] = merged([[first], [second]], most=5)

    assert (found.document_id, places(found)) == ("doc_a", ["doc_b", "doc_c"])


@given(WORDS, st.data())
def test_case_white_space_and_punctuation_make_no_difference(
    words: list[str], data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(GAPS, min_size=len(words), max_size=len(words)))
    other = "".join(word.upper() + gap for word, gap in zip(words, gaps, strict=True))

    [found] = distinct([passage(" ".join(words)), passage(other, "doc_b")], 5)

    assert places(found) == ["doc_b"]


@given(WORDS, st.integers(0, 29), st.sampled_from(["7", "not", "E021"]))
def test_one_word_more_is_no_copy(words: list[str], at: int, word: str) -> None:
    more = [*words[:at], word, *words[at:]]

    assert len(distinct([passage(" ".join(words)), passage(" ".join(more), "doc_b")], 5)) == 2


@given(st.lists(WORDS.map(" ".join), max_size=8), st.integers(1, 5))
def test_no_source_says_only_what_a_better_one_says(texts: list[str], most: int) -> None:
    found = distinct([passage(text, f"doc_{n}") for n, text in enumerate(texts)], most)

    said = [wording(each.text) for each in found]
    assert len(said) == len(set(said)) <= most
    long = [each for each in said if len(each.split()) >= FEWEST_WORDS]
    assert not any(worse in better for better, worse in combinations(long, 2))
    assert [each.index for each in found] == list(range(1, len(found) + 1))


@given(st.lists(WORDS.map(" ".join), max_size=8))
def test_every_document_is_a_source_or_a_place_of_one(texts: list[str]) -> None:
    documents = [f"doc_{n}" for n in range(len(texts))]

    found = distinct(map(passage, texts, documents), len(texts))

    named = [each.document_id for each in found] + [
        place for each in found for place in places(each)
    ]
    assert sorted(named) == sorted(documents)


NOTICE = (
    "Page {page} of 12. As of {day} May 2024 the tenant cleans the stairs every second week and"
    " clears the snow before seven in the morning, on holidays before eight."
)


def notices() -> list[Source]:
    return [
        passage(NOTICE.format(page=3, day=2)),
        passage(NOTICE.format(page=4, day=9), "doc_b"),
        passage(NOTICE.format(page=3, day=2), "doc_c"),
    ]


@pytest.mark.parametrize(
    ("alike", "also"), [(1.0, [["doc_c"], []]), (0.6, [["doc_b", "doc_c"]]), (None, [[], [], []])]
)
def test_near_copies_are_one_source_if_the_setting_says_so(
    alike: float | None, also: list[list[str]]
) -> None:
    assert [places(each) for each in distinct(notices(), 5, alike)] == also


def test_near_copies_in_a_script_without_spaces_are_compared_by_letters() -> None:
    rule = "承租人每周打扫楼梯并在早上七点前清除积雪节假日为八点前 "
    text = rule + "a b c d e f g h i j k l m {}"

    assert len(distinct([passage(text.format(1)), passage(text.format(2), "doc_b")], 5, 0.7)) == 1


def test_unlike_passages_are_no_near_copies() -> None:
    other = "The landlord heats the flat from October to April, at least to twenty degrees by day."

    assert len(distinct([*notices()[:1], passage(other, "doc_b")], 5, 0.5)) == 2
