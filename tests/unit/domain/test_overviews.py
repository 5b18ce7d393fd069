"""Which document an overview is asked of, and where its parts begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.chunks import ChunkDraft, of_revision
from ragtenancy.domain.ids import DocumentId, revision
from ragtenancy.domain.overviews import (
    above_parts,
    document_asked,
    has_more_parts,
    named_document,
    openings,
    words_of_name,
)

HANDBOOK, PRICES = DocumentId("doc_a"), DocumentId("doc_b")
PATHS = st.lists(st.sampled_from("abc"), max_size=3)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("What is the employee handbook about?", "the employee handbook"),
        ("Summarise Price_List.xlsx", "Price_List.xlsx"),
        ("Can you give me a short overview of the travel policy?", "the travel policy"),
        ("what's in prices.csv", "prices.csv"),
        ("Hi, could you please give me a quick summary of the manual?", "the manual"),
        ("What topics does the manual cover?", "the manual"),
        ("show me the price list", "the price list"),
        ("Worum geht es im Handbuch?", "Handbuch"),
        ("Fass den Vertrag bitte zusammen.", "den Vertrag bitte"),
        ("De quoi parle le manuel ?", "le manuel"),
        ("¿De qué trata el contrato?", "el contrato"),
    ],
)
def test_an_overview_is_asked_of_a_document(message: str, name: str) -> None:
    assert document_asked(message) == name


@pytest.mark.parametrize(
    "message",
    [
        "What does the handbook say about smoking?",
        "What does the warranty cover?",
        "What is the hotel limit?",
        "What is in the box?",
        "Show me how to descale it.",
        "How long should the executive summary of a business plan be?",
        "Where do I send the summary of the contract?",
    ],
)
def test_what_asks_for_one_thing_is_no_overview(message: str) -> None:
    assert document_asked(message) is None


def test_a_name_is_parted_into_its_words() -> None:
    assert words_of_name("Fjord4Manual_v2 (final).docx") == "Fjord 4 Manual v 2 final docx"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({"handbook"}, HANDBOOK), ({"list"}, PRICES), ({"tern"}, None), ({"minutes"}, None)],
)
def test_a_document_is_known_by_all_words_that_are_asked(
    asked: set[str], expected: DocumentId | None
) -> None:
    names = {HANDBOOK: {"tern", "handbook"}, PRICES: {"tern", "list"}}

    assert named_document(asked, names) == expected


def test_without_a_name_the_only_document_is_meant() -> None:
    assert named_document([], {HANDBOOK: {"a"}}) == HANDBOOK
    assert named_document([], {HANDBOOK: {"a"}, PRICES: {"b"}}) is None


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ([[], ["T"], ["T", "A"], ["T", "B"]], ("T",)),
        ([["T"], ["T", "P"], ["T", "P", "A"], ["T", "P", "B"]], ("T", "P")),
        ([["T"], ["T", "A", "a"], ["T"]], ("T",)),
        ([["A"], ["B"]], ()),
        ([[]], ()),
    ],
)
def test_what_stands_above_the_parts(sections: list[list[str]], path: tuple[str, ...]) -> None:
    assert above_parts(sections) == path


@given(st.lists(PATHS, max_size=12), st.integers(1, 5))
def test_openings_are_in_order_and_begin_as_many_parts_as_they_can(
    paths: list[list[str]], most: int
) -> None:
    drafts = [
        ChunkDraft(ordinal=n, section_ordinal=n, section=path, text="x", token_count=1)
        for n, path in enumerate(paths)
    ]
    chunks = of_revision(HANDBOOK, revision(1, 1), drafts)

    chosen = openings(chunks, most)

    ordinals = [chunk.ordinal for chunk in chosen]
    assert ordinals == sorted(set(ordinals))
    assert len(chosen) == min(most, len(chunks))
    if len(chunks) <= most:
        assert not has_more_parts(chunks, chosen)
