"""Widening a hit to its section."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.sources import passages, widen


def chunk(ordinal: int, tokens: int = 10) -> Chunk:
    return Chunk(
        document_id=DocumentId("doc_1"),
        revision=Revision("1-1"),
        ordinal=ordinal,
        section_ordinal=0,
        section=["Guide"],
        text=f"text {ordinal}",
        token_count=tokens,
    )


SECTION = [chunk(ordinal) for ordinal in range(3, 9)]


def test_a_section_that_fits_is_read_whole() -> None:
    passage = widen(SECTION[2], SECTION, budget=1_000, taken=())

    assert passage.text == "\n".join(c.text for c in SECTION)


def test_a_passage_begins_on_the_page_of_its_first_chunk() -> None:
    section = [structs.replace(each, page=each.ordinal // 2) for each in SECTION]

    passage = widen(section[4], section, budget=1_000, taken=())

    assert (passage.page, passage.page_breaks) == (1, ((7, 2), (21, 3), (35, 4)))


def test_neighbours_are_taken_nearest_first() -> None:
    passage = widen(SECTION[2], SECTION, budget=30, taken=())

    assert [c.ordinal for c in passage.chunks] == [4, 5, 6]


def test_what_another_passage_holds_is_not_repeated() -> None:
    passage = widen(SECTION[2], SECTION, budget=1_000, taken={4, 7})

    assert [c.ordinal for c in passage.chunks] == [5, 6]


def test_a_hit_larger_than_the_budget_still_stands() -> None:
    passage = widen(chunk(5, tokens=900), SECTION, budget=100, taken=())

    assert [c.ordinal for c in passage.chunks] == [5]


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=20),
    at=st.integers(0, 19),
    budget=st.integers(60, 400),
)
def test_a_passage_is_a_run_around_its_hit_within_the_budget(
    sizes: list[int], at: int, budget: int
) -> None:
    section = [chunk(ordinal, tokens) for ordinal, tokens in enumerate(sizes)]
    hit = section[at % len(section)]

    ordinals = [c.ordinal for c in widen(hit, section, budget=budget, taken=()).chunks]

    assert hit.ordinal in ordinals
    assert ordinals == list(range(ordinals[0], ordinals[-1] + 1))
    assert sum(sizes[o] for o in ordinals) <= budget


def test_no_two_passages_hold_the_same_chunk_and_a_hit_within_one_makes_none() -> None:
    hits = [SECTION[1], SECTION[2], SECTION[5]]

    made = passages(hits, SECTION, budget=30, most=9)

    assert [[c.ordinal for c in p.chunks] for p in made] == [[3, 4, 5], [6, 7, 8]]


def test_there_are_at_most_as_many_passages_as_asked_for() -> None:
    assert [p.hit for p in passages(SECTION, [], budget=30, most=2)] == SECTION[:2]


def test_a_passage_takes_in_nothing_of_another_section_or_document() -> None:
    hit = SECTION[2]
    strangers = [
        structs.replace(SECTION[3], section_ordinal=hit.section_ordinal + 1),
        structs.replace(SECTION[1], document_id=DocumentId("doc_other")),
    ]

    (made,) = passages([hit], strangers, budget=1_000, most=1)

    assert made.chunks == [hit]
