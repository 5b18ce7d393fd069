"""Widening a hit to its section."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.passages import widen


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
