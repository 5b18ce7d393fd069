"""Counting by the tokenizer of a local model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer

from ragtenancy.adapters.minilm.model_files import embedded_model, local_model
from ragtenancy.adapters.minilm.token_counters import TEXTS_AT_ONCE, MiniLmTokenCounter

TEXTS = st.text() | st.sampled_from(
    ["refund", "ERR-4021", "##ing", "[SEP]", "[CLS", "x" * 101, "東京は", "İstanbul", "e\u0301tude"]
)


@pytest.fixture(scope="module")
def counter() -> MiniLmTokenCounter:
    return MiniLmTokenCounter(embedded_model())


def test_batches_count_each_text_in_order(counter: MiniLmTokenCounter) -> None:
    texts = ["word " * number for number in range(2 * TEXTS_AT_ONCE + 1)]

    assert list(counter.count(texts)) == list(range(len(texts)))


@settings(deadline=None)
@given(first=TEXTS, second=TEXTS)
def test_counts_of_texts_add_up_at_white_space(
    counter: MiniLmTokenCounter, first: str, second: str
) -> None:
    whole, *parts = counter.count([f"{first} {second}", f"{first} ", second])

    assert whole == sum(parts)


def test_the_model_that_ships_adds_up(counter: MiniLmTokenCounter) -> None:
    assert counter.adds_up


def test_a_model_that_tells_cases_apart_does_not(tmp_path: Path) -> None:
    cased = Tokenizer.from_file(str(embedded_model().tokenizer))
    cased.normalizer = BertNormalizer(lowercase=False)
    cased.save(str(tmp_path / "tokenizer.json"))
    files = local_model(embedded_model().model, tmp_path / "tokenizer.json")

    assert not MiniLmTokenCounter(files).adds_up


@pytest.mark.parametrize("text", ["ก" * 74_000, "QUJD" * 18_500, "កម្ពុជា" * 1_000, "မြန်မာ" * 1_000])
def test_an_unknown_word_counts_by_its_characters(counter: MiniLmTokenCounter, text: str) -> None:
    assert counter.count([text, "paid", text]) == [len(text) // 4, 1, len(text) // 4]


def test_an_unknown_sign_is_one_token(counter: MiniLmTokenCounter) -> None:
    assert counter.count(["paid \u2713 \U0001f600 in time"]) == [5]
