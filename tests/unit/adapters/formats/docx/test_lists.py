from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.docx.numbering import written
from ragtenancy.domain.parsed import ListItem
from tests.factories_docx import level, listed, numbering, paragraph, root, style
from tests.unit.adapters.formats.docx.reading import blocks

TWO_LEVELS = level(0, "%1.") + level(1, "%1.%2)", "lowerLetter")


def markers(body: str, lists: str, **stories: str) -> list[str]:
    read_blocks = blocks(body, numbering=lists, **stories)
    return [block.marker for block in read_blocks if isinstance(block, ListItem)]


def test_a_deeper_level_starts_again_after_a_higher_one() -> None:
    body = (
        listed("a")
        + listed("b", level=1)
        + listed("c", level=1)
        + listed("d")
        + listed("e", level=1)
    )

    shown = markers(body, numbering(TWO_LEVELS))

    assert shown == ["1.", "1.a)", "1.b)", "2.", "2.a)"]


def test_a_level_that_never_restarts_counts_on() -> None:
    lists = numbering(level(0, "%1.") + level(1, "%2", more='<w:lvlRestart w:val="0"/>'))
    body = listed("a") + listed("b", level=1) + listed("c") + listed("d", level=1)

    shown = markers(body, lists)

    assert shown == ["1.", "1", "2.", "2"]


def test_lists_of_one_definition_count_on_unless_one_restarts() -> None:
    plain = '<w:num w:numId="{}"><w:abstractNumId w:val="0"/>{}</w:num>'
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    lists = numbering(
        TWO_LEVELS, plain.format(1, ""), plain.format(2, ""), plain.format(3, override)
    )
    body = "".join(listed("x", number=number) for number in (1, 2, 3, 3, 1))

    shown = markers(body, lists)

    assert shown == ["1.", "2.", "5.", "6.", "7."]


def test_text_between_items_does_not_stop_the_count() -> None:
    body = listed("a") + paragraph("between") + listed("b")

    shown = markers(body, numbering(TWO_LEVELS))

    assert shown == ["1.", "2."]


def test_an_empty_item_takes_its_number() -> None:
    body = listed("a") + listed("") + listed("c")

    shown = markers(body, numbering(TWO_LEVELS))

    assert shown == ["1.", "3."]


def test_a_style_can_put_a_paragraph_into_a_list() -> None:
    styles = root(
        "styles",
        style("L", "List Bullet", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'),
    )
    body = paragraph("a", '<w:pStyle w:val="L"/>')

    read_blocks = blocks(body, styles=styles, numbering=numbering(level(0, "\uf0b7", "bullet")))

    assert read_blocks == [ListItem(text="a", marker="•", depth=0)]


def test_number_zero_takes_a_paragraph_out_of_its_list() -> None:
    body = listed("a", number=0)

    shown = markers(body, numbering(TWO_LEVELS))

    assert shown == []


def test_legal_numbering_shows_decimals() -> None:
    lists = numbering(level(0, "%1", "upperRoman") + level(1, "%1.%2", more="<w:isLgl/>"))
    body = listed("a") + listed("b", level=1)

    shown = markers(body, lists)

    assert shown == ["I", "1.1"]


@pytest.mark.parametrize(
    ("number", "number_format", "expected"),
    [
        (4, "decimal", "4"),
        (4, "decimalZero", "04"),
        (28, "lowerLetter", "bb"),
        (3, "upperLetter", "C"),
        (1994, "upperRoman", "MCMXCIV"),
        (5_000, "lowerRoman", "5000"),
        (22, "ordinal", "22nd"),
        (113, "ordinal", "113th"),
        (12, "decimalEnclosedCircle", "⑫"),
        (23, "chineseCounting", "二十三"),
        (7, "unheardOf", "7"),
    ],
)
def test_numbers_are_written_as_word_writes_them(
    number: int, number_format: str, expected: str
) -> None:
    shown = written(number, number_format)

    assert shown == expected


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from(["lowerLetter", "lowerRoman", "ordinal", "chineseCounting", "none"]),
)
def test_no_number_makes_a_long_marker(number: int, number_format: str) -> None:
    shown = written(number, number_format)

    assert len(shown) <= 15


@pytest.mark.parametrize(
    ("character", "marker"), [("\uf0fc", "✓"), ("\uf0fb", "✗"), ("\uf0a8", "☐"), ("\uf0d8", "•")]
)
def test_a_bullet_that_ticks_off_is_kept(character: str, marker: str) -> None:
    fonts = '<w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr>'
    definition = level(0, character, "bullet", fonts)

    [item] = blocks(listed("packed"), numbering=numbering(definition))

    assert item == ListItem(text="packed", marker=marker)
