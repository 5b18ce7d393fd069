from __future__ import annotations

import pytest

from ragtenancy.domain.errors import InvalidError
from ragtenancy_console.config_form import changed
from ragtenancy_console.wording import place, plain, sentence, size


@pytest.mark.parametrize("text", ["*a*", "[a](b)", "<b>", ":red[a]", "$x$", "`a`", "a_b"])
def test_punctuation_is_escaped(text: str) -> None:
    assert plain(text).replace("\\", "") == text
    assert plain(text) != text


@pytest.mark.parametrize("text", ["http://a.example", "www.a.example", "a@b.example"])
def test_addresses_are_parted(text: str) -> None:
    assert "\u2060" in plain(text)


def test_a_label_is_one_line() -> None:
    assert plain("one\n\n# two") == "one \\# two"


def test_an_error_is_a_sentence_with_its_code() -> None:
    assert sentence(InvalidError("Weights must sum to 1.", code="bad_weights")) == (
        "Weights must sum to 1\\. (`bad_weights`)"
    )


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (50_000_000, "50 MB")],
)
def test_sizes_are_rounded(count: int, told: str) -> None:
    assert size(count) == told


def test_a_place_is_headings_and_page() -> None:
    assert place(["Terms", "Refunds"], 3) == "Terms > Refunds · page 3"


def test_changes_are_named() -> None:
    assert changed({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}) == ["a.y"]
