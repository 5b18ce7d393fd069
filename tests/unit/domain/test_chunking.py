"""Cutting documents into chunks."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.domain.chunking import CHARACTERS_PER_TOKEN, SPECIAL_TOKENS, chunk_document
from ragtenancy.domain.chunks import ChunkDraft, indexed_text
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Picture,
    Span,
    Table,
)
from ragtenancy.domain.sentences import sentences

MAX_TOKENS = 40
WORD = re.compile(r"\w+")
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def count(texts: Sequence[str]) -> Sequence[int]:
    return [len(WORD.findall(text)) for text in texts]


def cut(*blocks: Block, title: str = "", max_tokens: int = MAX_TOKENS) -> list[ChunkDraft]:
    document = ParsedDocument(title=title, blocks=blocks)
    return chunk_document(document, count=count, max_tokens=max_tokens)


def test_headings_become_the_section_path() -> None:
    chunks = cut(
        Heading(text="Reports", level=1),
        Heading(text="Sharing", level=2),
        Paragraph(text="Press Share."),
        Heading(text="Refunds", level=1),
        Paragraph(text="Within 30 days."),
        title="Guide",
    )

    assert [list(chunk.section) for chunk in chunks] == [
        ["Guide", "Reports", "Sharing"],
        ["Guide", "Refunds"],
    ]


def test_a_first_heading_that_is_the_title_is_not_over_its_siblings() -> None:
    chunks = cut(
        Heading(text="Refunds", level=1),
        Paragraph(text="Within 30 days."),
        Heading(text="Reports", level=1),
        Paragraph(text="Press New."),
        title="Refunds",
    )

    assert [list(chunk.section) for chunk in chunks] == [["Refunds"], ["Reports"]]


def test_chunks_of_one_section_share_its_ordinal() -> None:
    text = " ".join(f"Sentence number {n} stands here." for n in range(30))
    chunks = cut(Heading(text="A", level=1), Paragraph(text=text), Heading(text="B", level=1),
                 Paragraph(text="End."))  # fmt: skip

    ordinals = [chunk.section_ordinal for chunk in chunks]
    assert ordinals == sorted(ordinals)
    assert len(set(ordinals)) == 2
    assert len(chunks) > 2


def test_chunks_end_at_sentences() -> None:
    text = " ".join(f"Sentence number {n} stands here." for n in range(30))

    assert all(chunk.text.endswith(".") for chunk in cut(Paragraph(text=text)))


def test_sections_of_few_words_share_a_chunk_under_their_headings() -> None:
    chunks = cut(
        Heading(text="Guide", level=1),
        Heading(text="Opening", level=2),
        Paragraph(text="Press Open."),
        Heading(text="Closing", level=2),
        Paragraph(text="Press Close."),
        Heading(text="Annex", level=1),
        Paragraph(text="None."),
        max_tokens=256,
    )

    assert [(list(chunk.section), chunk.text) for chunk in chunks] == [
        (["Guide"], "Opening\nPress Open.\nClosing\nPress Close."),
        (["Annex"], "None."),
    ]


def test_sections_with_much_to_say_stay_apart() -> None:
    text = " ".join(f"word{n}" for n in range(30)) + "."
    chunks = cut(
        Heading(text="Guide", level=1),
        Heading(text="Opening", level=2),
        Paragraph(text=text),
        Heading(text="Closing", level=2),
        Paragraph(text=text),
        max_tokens=256,
    )

    assert [list(chunk.section) for chunk in chunks] == [["Guide", "Opening"], ["Guide", "Closing"]]


def test_an_overlap_repeats_whole_sentences_of_the_chunk_before() -> None:
    text = " ".join(f"Sentence number {n} stands here." for n in range(30))
    document = ParsedDocument(blocks=[Paragraph(text=text)])

    chunks = chunk_document(document, count=count, max_tokens=256, target=20, overlap=6)

    pairs = list(pairwise(chunk.text for chunk in chunks))
    assert all(before.endswith(sentences(after)[0].strip()) for before, after in pairs)
    assert all(chunk.token_count <= 20 for chunk in chunks)
    assert len(chunks) > 5


def test_a_table_row_makes_sense_alone_and_is_never_split() -> None:
    rows = [["Plan", "Price"], *[[f"Plan{n}", f"{n} euros"] for n in range(30)]]
    chunks = cut(Table(rows=rows, header_rows=1))

    lines = [line for chunk in chunks for line in chunk.text.splitlines()]
    assert lines == [f"Plan: Plan{n}; Price: {n} euros" for n in range(30)]
    assert len(chunks) > 1


def test_a_row_longer_than_the_target_stays_whole() -> None:
    cell = " ".join(f"word{n}" for n in range(100))
    document = ParsedDocument(blocks=[Table(rows=[["short", cell]])])

    assert len(chunk_document(document, count=count, max_tokens=120, target=30)) == 1


def test_a_row_longer_than_the_model_reads_is_cut_at_words() -> None:
    cell = " ".join(f"word{n}" for n in range(100))
    chunks = cut(Table(rows=[[cell]]))

    assert " ".join(chunk.text for chunk in chunks) == cell
    assert max(chunk.token_count for chunk in chunks) <= MAX_TOKENS - SPECIAL_TOKENS


def test_each_piece_of_a_long_row_has_its_name_and_whole_cells() -> None:
    names = ["Rider", *(f"Stage {n} time" for n in range(40))]
    rows = [[who, *(f"{n} min {who}" for n in range(40))] for who in ("Ada", "Bea")]

    chunks = cut(Table(rows=[names, *rows], header_rows=1))

    pieces = [chunk.text for chunk in chunks]
    cells = [f"Stage {n} time: {n} min {who}" for who in ("Ada", "Bea") for n in range(40)]
    assert [cell for piece in pieces for cell in piece.split("; ")[1:]] == cells
    assert {piece.split("; ")[0] for piece in pieces} == {"Rider: Ada", "Rider: Bea"}
    assert max(chunk.token_count for chunk in chunks) <= MAX_TOKENS - SPECIAL_TOKENS


def test_each_piece_of_a_long_cell_has_the_names_of_row_and_column() -> None:
    words = [f"word{n}" for n in range(90)]
    rows = [["Task", "Steps"], ["Bleed", " ".join(words)], ["Fill", "none"]]

    chunks = cut(Table(rows=rows, header_rows=1))

    *pieces, last = [line for chunk in chunks for line in chunk.text.splitlines()]
    lead = "Task: Bleed; Steps: "
    assert all(piece.startswith(lead) for piece in pieces)
    assert " ".join(piece.removeprefix(lead) for piece in pieces) == " ".join(words)
    assert last == "Task: Fill; Steps: none"


@pytest.mark.parametrize("own", [True, False])
def test_each_chunk_of_a_table_begins_with_its_caption(own: bool) -> None:
    caption = "Table 4: Output (in million tonnes)"
    rows = [["Plant", "2024"], *[[f"Plant {n}", f"{n}7"] for n in range(30)]]
    table = Table(rows=rows, header_rows=1, caption=caption if own else "")

    chunks = cut(Paragraph(text="Before."), *([] if own else [Paragraph(text=caption)]), table)

    assert len(chunks) > 1
    assert [chunk.text.count(caption) for chunk in chunks] == [1] * len(chunks)
    assert max(chunk.token_count for chunk in chunks) <= MAX_TOKENS - SPECIAL_TOKENS


@given(st.lists(ANY_TEXT, max_size=4), st.integers(8, 60))
def test_a_count_is_that_of_the_indexed_text_and_fits(texts: list[str], max_tokens: int) -> None:
    def uneven(texts: Sequence[str]) -> Sequence[int]:
        return [len(text.strip()) + sum(len(word) > 9 for word in text.split()) for text in texts]

    document = ParsedDocument(title="A", blocks=[Paragraph(text=text) for text in texts])
    chunks = chunk_document(document, count=uneven, max_tokens=max_tokens)

    indexed = [indexed_text(chunk.section, chunk.text) for chunk in chunks]
    assert [chunk.token_count for chunk in chunks] == uneven(indexed)
    assert all(chunk.token_count <= max_tokens - SPECIAL_TOKENS for chunk in chunks)
    assert all(chunk.text for chunk in chunks)


@given(st.lists(ANY_TEXT, max_size=4), st.integers(8, 60))
def test_counts_that_add_up_are_added_and_stay_exact(texts: list[str], max_tokens: int) -> None:
    def by_words(texts: Sequence[str]) -> Sequence[int]:
        return [sum(1 + len(w) // 4 for w in re.split(r"[ \t\n\r]+", text) if w) for text in texts]

    document = ParsedDocument(title="A", blocks=[Paragraph(text=text) for text in texts])
    added = chunk_document(document, count=by_words, max_tokens=max_tokens, adds_up=True)

    assert added == chunk_document(document, count=by_words, max_tokens=max_tokens)


def test_code_is_cut_between_lines_alone() -> None:
    code = "\n".join(f"line {n} of the code = value" for n in range(30))
    chunks = cut(Code(text=code))

    assert "\n".join(chunk.text for chunk in chunks) == code
    assert len(chunks) > 1


def test_a_sentence_longer_than_a_chunk_is_cut_at_words() -> None:
    text = " ".join(f"word{n}" for n in range(200))
    chunks = cut(Paragraph(text=text))

    assert " ".join(chunk.text for chunk in chunks) == text


def test_a_heading_with_nothing_under_it_can_still_be_found() -> None:
    chunks = cut(Heading(text="Alone", level=1), Heading(text="Also alone", level=1))

    assert [chunk.text for chunk in chunks] == ["Alone", "Also alone"]


def test_list_items_keep_their_markers() -> None:
    chunks = cut(ListItem(text="Open it.", marker="1."), ListItem(text="Close it.", marker="2."))

    assert chunks[0].text == "1. Open it.\n2. Close it."


def test_pictures_and_notes_are_found_by_their_words() -> None:
    chunks = cut(Picture(index=0, alternative_text="A red button"), Note(text="See annex."))

    assert chunks[0].text == "A red button\nSee annex."


def test_a_very_long_path_leaves_room_for_the_text() -> None:
    heading = " ".join(f"heading{n}" for n in range(300))
    chunks = cut(Heading(text=heading, level=1), Paragraph(text="The text."), max_tokens=256)

    assert chunks[0].token_count <= 256 - SPECIAL_TOKENS


def test_a_document_without_text_has_no_chunks() -> None:
    assert cut(Paragraph(text="  \n ")) == []


WORDS = st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=6)
PROSE = st.lists(WORDS, min_size=1, max_size=60).map(lambda w: " ".join(w) + ".")
HEADINGS = st.lists(st.sampled_from("XYZ"), min_size=1, max_size=40).map(" ".join)
BLOCKS = st.one_of(
    PROSE.map(lambda t: Paragraph(text=t)),
    PROSE.map(lambda t: ListItem(text=t, marker="-")),
    PROSE.map(lambda t: Note(text=t)),
    st.lists(PROSE, min_size=1, max_size=4).map(lambda t: Code(text="\n".join(t))),
    st.builds(Heading, text=HEADINGS, level=st.integers(1, 4)),
    st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=1, max_size=5).map(
        lambda rows: Table(rows=rows)
    ),
)


def words_of(block: Block) -> list[str]:
    match block:
        case Table():
            return [word for row in block.rows for word in row]
        case Heading():
            return []
        case Picture():
            return WORD.findall(block.alternative_text)
        case _:
            return WORD.findall(block.text)


@settings(max_examples=60)
@given(st.lists(BLOCKS, max_size=12))
def test_every_word_is_in_the_chunks_once_and_in_order(blocks: list[Block]) -> None:
    chunks = cut(*blocks)

    found = [word for chunk in chunks for word in WORD.findall(chunk.text)]
    assert [word for word in found if word not in "XYZ"] == [w for b in blocks for w in words_of(b)]


@settings(max_examples=60)
@given(st.lists(ANY_TEXT, max_size=6), st.integers(4, 60))
def test_no_character_of_any_script_is_lost(texts: list[str], max_tokens: int) -> None:
    def characters(texts: Sequence[str]) -> Sequence[int]:
        return [len(text) for text in texts]

    document = ParsedDocument(blocks=[Paragraph(text=text) for text in texts])
    chunks = chunk_document(document, count=characters, max_tokens=max_tokens + SPECIAL_TOKENS)

    found = "".join("".join(chunk.text.split()) for chunk in chunks)
    assert found == "".join("".join(text.split()) for text in texts)


@settings(max_examples=60)
@given(st.lists(BLOCKS, max_size=12))
def test_no_chunk_is_longer_than_the_model_reads(blocks: list[Block]) -> None:
    chunks = cut(*blocks, max_tokens=120)

    assert all(chunk.token_count <= 120 - SPECIAL_TOKENS for chunk in chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))


@pytest.mark.parametrize("text", ["東" * 400, "x" * 5_000])
def test_text_without_spaces_is_cut_too(text: str) -> None:
    def characters(texts: Sequence[str]) -> Sequence[int]:
        return [len(t) for t in texts]

    document = ParsedDocument(blocks=[Paragraph(text=text)])
    chunks = chunk_document(document, count=characters, max_tokens=256)

    assert "".join(chunk.text for chunk in chunks) == text
    assert max(chunk.token_count for chunk in chunks) <= 254


BLIND = ("\u0e01" * 74_000, "QUJD" * 5_000, "a" + "\u0301" * 9_000, "\u200b" * 9_000, "x " * 9_000)


@pytest.mark.parametrize("text", BLIND)
@pytest.mark.parametrize("block", [Paragraph, Code, lambda text: Table(rows=[[text, text]])])
def test_text_that_a_counter_takes_for_a_word_is_cut(
    text: str, block: Callable[..., Block]
) -> None:
    def blind(texts: Sequence[str]) -> Sequence[int]:
        return [1 for _ in texts]

    document = ParsedDocument(blocks=[Heading(text=text, level=1), block(text=text)])
    chunks = chunk_document(document, count=blind, max_tokens=64)

    assert max(len(chunk.text) for chunk in chunks) <= 64 * CHARACTERS_PER_TOKEN
    assert max(len(path) for chunk in chunks for path in chunk.section) <= 64 * CHARACTERS_PER_TOKEN
    assert "".join("".join(chunk.text.split()) for chunk in chunks).count(text[:1]) >= 1


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(BLIND), st.integers(0, 3_000)), max_size=4),
    st.integers(8, 300),
)
def test_no_chunk_has_more_characters_than_its_model_reads(
    texts: list[tuple[str, int]], max_tokens: int
) -> None:
    def blind(texts: Sequence[str]) -> Sequence[int]:
        return [len(text) // 900 for text in texts]

    cells = [text[:size] for text, size in texts]
    document = ParsedDocument(blocks=[Paragraph(text=text) for text in cells])
    chunks = chunk_document(document, count=blind, max_tokens=max_tokens)

    most = max_tokens * CHARACTERS_PER_TOKEN
    assert all(len(chunk.text) <= most for chunk in chunks)
    found = "".join("".join(chunk.text.split()) for chunk in chunks)
    assert found == "".join("".join(text.split()) for text in cells)


def test_a_letter_keeps_its_marks_where_text_without_spaces_is_cut() -> None:
    def characters(texts: Sequence[str]) -> Sequence[int]:
        return [len(text) for text in texts]

    document = ParsedDocument(blocks=[Paragraph(text="x" + "ที่" * 2_000)])
    chunks = chunk_document(document, count=characters, max_tokens=256)

    assert not any(unicodedata.combining(chunk.text[0]) for chunk in chunks)
    assert not any(chunk.text.startswith("\u0e35") for chunk in chunks)


LONG = "long " * 2_000
NUMBERS = [[str(n), ""] for n in range(10_000)]
EMPTY = [""] * 100


@pytest.mark.parametrize(
    "table",
    [
        Table(rows=[[LONG, ""], *NUMBERS], header_rows=1),
        Table(rows=[["a", "b"], [LONG, ""], *NUMBERS], header_rows=1, section_rows=(1,)),
        Table(
            rows=[[LONG, *EMPTY[1:]], *[EMPTY] * 99],
            spans=(Span(row=0, column=0, down=100, across=100),),
        ),
    ],
    ids=["header", "section", "merged"],
)
def test_a_table_that_repeats_too_much_text_is_refused(table: Table) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        cut(table)

    assert refused.value.reason == "too_many_cells"


def test_the_tables_of_a_document_are_bounded_together() -> None:
    table = Table(rows=[[LONG, ""], *NUMBERS[:3_000]], header_rows=1)

    with pytest.raises(UnreadableDocumentError):
        cut(table, table)


def test_a_long_heading_is_not_copied_for_each_section_below_it() -> None:
    counted: list[int] = []

    def count_sizes(texts: Sequence[str]) -> Sequence[int]:
        counted.append(sum(map(len, texts)))
        return count(texts)

    below = [
        block
        for n in range(100)
        for block in (Heading(text=str(n), level=2), Paragraph(text="word " * 30))
    ]
    document = ParsedDocument(blocks=[Heading(text=LONG, level=1), *below])

    chunks = chunk_document(document, count=count_sizes, max_tokens=MAX_TOKENS)

    assert [list(chunk.section) for chunk in chunks] == [[str(n)] for n in range(100)]
    assert max(counted) < 3 * len(LONG)


def test_a_counter_that_raises_ends_the_cutting_of_one_long_text() -> None:
    """Cutting it all takes several times as long."""
    asked = 0

    def stopped(texts: Sequence[str]) -> Sequence[int]:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise InterruptedError
        return count(texts)

    text = "One two. " * 400_000
    begun = time.process_time()

    with pytest.raises(InterruptedError):
        chunk_document(
            ParsedDocument(blocks=[Paragraph(text=text)]), count=stopped, max_tokens=MAX_TOKENS
        )

    assert time.process_time() - begun < 1


def test_headings_without_text_keep_their_own_page() -> None:
    headings = [Heading(text=f"Slide {number}", level=1) for number in (1, 2, 3)]
    document = ParsedDocument(blocks=headings, pages=[1, 2, 3])

    chunks = chunk_document(document, count=count, max_tokens=MAX_TOKENS)

    assert [(chunk.text, chunk.page) for chunk in chunks] == [
        ("Slide 1", 1),
        ("Slide 2", 2),
        ("Slide 3", 3),
    ]


def test_a_chunk_names_the_page_on_which_it_begins() -> None:
    document = ParsedDocument(
        blocks=[
            Heading(text="Guide", level=1),
            Heading(text="Sharing", level=2),
            Paragraph(text="Press Share."),
            Heading(text="Refunds", level=2),
            Paragraph(text="Within 30 days."),
        ],
        pages=[1, 1, 2, 2, 3],
    )

    (chunk,) = chunk_document(document, count=count, max_tokens=MAX_TOKENS)

    assert (chunk.text.splitlines()[0], chunk.page) == ("Sharing", 1)


SENTENCES = ["One two three four.", "Five six seven eight.", "Nine ten eleven twelve."]


@pytest.mark.parametrize(
    ("target", "counts"), [(7, [4, 4, 4]), (8, [8, 4]), (11, [8, 4]), (12, [12])]
)
def test_a_chunk_takes_sentences_up_to_its_target_and_not_one_token_more(
    target: int, counts: list[int]
) -> None:
    document = ParsedDocument(title="", blocks=[Paragraph(text=" ".join(SENTENCES))])

    chunks = chunk_document(document, count=count, max_tokens=256, target=target)

    assert [chunk.token_count for chunk in chunks] == counts


@pytest.mark.parametrize(("spare", "counts"), [(0, [14]), (-1, [10, 6])])
def test_headings_and_text_fill_what_a_model_reads_and_not_one_token_more(
    spare: int, counts: list[int]
) -> None:
    heading, text = Heading(text="Two words", level=1), Paragraph(text=" ".join(SENTENCES))
    document = ParsedDocument(title="", blocks=[heading, text])

    chunks = chunk_document(document, count=count, max_tokens=14 + SPECIAL_TOKENS + spare)

    assert [chunk.token_count for chunk in chunks] == counts


@pytest.mark.parametrize(("target", "chunks"), [(12, 1), (11, 2)])
def test_a_sentence_is_cut_where_it_is_one_token_longer_than_the_target(
    target: int, chunks: int
) -> None:
    text = " ".join(f"word{n}" for n in range(12))
    document = ParsedDocument(title="", blocks=[Paragraph(text=text)])

    assert len(chunk_document(document, count=count, max_tokens=256, target=target)) == chunks
