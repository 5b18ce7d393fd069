from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph, Picture, Table
from ragtenancy.domain.pictures import ImageContext, picture_contexts
from ragtenancy.domain.prompting import render_picture

BLOCKS: list[Block] = [
    Heading(text="Guide", level=1),
    Heading(text="Reports", level=2),
    ListItem(text="Press New."),
    Picture(index=0, alternative_text="A form"),
    Paragraph(text="Figure 3: The form"),
    Heading(text="Users", level=2),
    Picture(index=1),
    Table(rows=[["a"]]),
    Picture(index=0),
]


def test_a_picture_is_seen_in_its_section_between_its_neighbours() -> None:
    assert picture_contexts(BLOCKS)[0] == ImageContext(
        section=["Guide", "Reports"],
        before="Press New.",
        after="Figure 3: The form",
        caption="Figure 3: The form",
        alternative_text="A form",
    )


def test_texts_of_other_sections_are_not_neighbours() -> None:
    assert picture_contexts(BLOCKS)[1] == ImageContext(section=["Guide", "Users"])


def test_pictures_come_in_the_order_in_which_they_are_shown() -> None:
    assert list(picture_contexts([Picture(index=2), Picture(index=0), Picture(index=-1)])) == [2, 0]


@pytest.mark.parametrize("text", ["Fig. 2 Login", "Abbildung 7: Anmeldung", "図 3 画面", "Рис. 4"])
def test_captions_are_known_in_several_languages(text: str) -> None:
    assert picture_contexts([Paragraph(text=text), Picture(index=0)])[0].caption == text


@pytest.mark.parametrize("text", ["Figure it out.", "Press New.", "Figure 1 " + "long " * 100])
def test_other_paragraphs_are_no_captions(text: str) -> None:
    assert picture_contexts([Picture(index=0), Paragraph(text=text)])[0].caption == ""


def test_a_prompt_tells_what_stands_around_and_bounds_it() -> None:
    context = ImageContext(section=["Guide", "Reports"], before="x" * 5_000)

    asked = render_picture(context)[-1].content

    assert asked == "Section: Guide > Reports\nBefore it: " + "x" * 1_000


def test_a_picture_alone_has_a_prompt_too() -> None:
    assert render_picture(ImageContext())[-1].content
