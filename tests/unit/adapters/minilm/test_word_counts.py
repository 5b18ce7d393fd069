"""Counting by words gives what the tokenizer gives."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import plain_tokenizer
from ragtenancy.adapters.minilm.word_counts import (
    WordCounts,
    encoded_lengths,
    is_counted_by_words,
)

WORDS = st.sampled_from(
    [
        *("refund", "Refunds", "ERR-4021", "v2.3.1", "don't", "##ing", "[SEP]", "[CLS", "x" * 101),
        *(
            "Zürich",
            "東京は",
            "İstanbul",
            "ΟΔΟΣ",
            "Kelvin",
            "e\u0301tude",
            "\u0301",
            "ﬁne",
            "naïve,",
            "ไทยภาษา",
            "🙂",
        ),
        *(
            "한국어",
            "কোথায়",
            "норвегия",
            "петрович",
            "ανθρωπους",
            "đường",
            "แตนวตน",
            "1,234.5",
            "999",
            "𝒳",
            "漢" * 101,
            "и" * 101,
        ),
        *(
            "\x00",
            "\x01",
            "\x02",
            "\x1f",
            "\x0b",
            "\x1c",
            "\x85",
            "\u00a0",
            "\u2028",
            "\u200b",
            "\ufffd",
            "\t",
            "\n",
        ),
    ]
)
TEXTS = st.lists(
    st.text() | st.lists(WORDS | st.sampled_from([" ", "."]), max_size=12).map("".join)
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return plain_tokenizer(embedded_model())


@pytest.fixture(scope="module")
def counts(tokenizer: Tokenizer) -> WordCounts:
    """One for all examples, as a process has one for all texts; it takes a while to make."""
    return WordCounts(tokenizer)


@settings(deadline=None)
@given(texts=TEXTS)
@example(texts=["A [MASK] here", "Plain.", "00A:Σ", "a\x1fb", "\x1f"])
@example(texts=["a\x1fb", " \x01 ", "\x01", ""])
def test_words_count_as_the_text_does(
    tokenizer: Tokenizer, counts: WordCounts, texts: list[str]
) -> None:
    counted = counts.count(texts)

    assert counted == encoded_lengths(tokenizer, texts)


@pytest.mark.parametrize("place", ["{}", "a{}b", "A{}. "])
def test_every_character_counts_as_the_tokenizer_does(tokenizer: Tokenizer, place: str) -> None:
    known = [chr(code) for code in range(0x1_0000) if not 0xD800 <= code <= 0xDFFF]
    texts = [place.format(character) for character in known]

    assert WordCounts(tokenizer).count(texts) == encoded_lengths(tokenizer, texts)


def test_a_piece_of_the_vocabulary_counts_as_it_is_encoded(tokenizer: Tokenizer) -> None:
    pieces = [piece for piece in tokenizer.get_vocab() if not piece.isascii()]
    texts = [text for piece in pieces for text in (piece, f"и{piece.strip('#')}ов", f"{piece}x")]

    assert WordCounts(tokenizer).count(texts) == encoded_lengths(tokenizer, texts)


def test_nothing_of_a_text_is_kept_but_its_characters(tokenizer: Tokenizer) -> None:
    counts = WordCounts(tokenizer)
    text = "Unheard wordlessness, über 東京"
    counts.count([text, "[MASK]"])
    before = pickle.dumps(_held(counts))

    counts.count([text[::-1], "[MASK]"])

    assert pickle.dumps(_held(counts)) == before


def _held(value: object) -> object:
    """Return what an object of this package holds, down to what is not of this package."""
    if type(value).__module__.startswith("ragtenancy"):
        return {name: _held(each) for name, each in vars(value).items()}
    return value if isinstance(value, dict | list | np.ndarray) else None


def test_the_model_that_ships_is_counted_by_words(tokenizer: Tokenizer) -> None:
    assert is_counted_by_words(tokenizer)


def test_a_model_that_tells_cases_apart_is_not(tokenizer: Tokenizer) -> None:
    from tokenizers.normalizers import BertNormalizer

    cased = Tokenizer.from_str(tokenizer.to_str())
    cased.normalizer = BertNormalizer(lowercase=False)

    assert not is_counted_by_words(cased)
