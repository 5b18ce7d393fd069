"""Counting the tokens of a local model."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragtenancy.adapters.minilm.model_files import ModelFiles
from ragtenancy.adapters.minilm.session import plain_tokenizer
from ragtenancy.adapters.minilm.word_counts import (
    WordCounts,
    encoded_lengths,
    is_counted_by_words,
)
from ragtenancy.ports.token_counters import TokenCounter

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class MiniLmTokenCounter(TokenCounter):
    """The model's own tokenizer, loaded at the first text."""

    def __init__(self, model_files: ModelFiles) -> None:
        self._files = model_files
        self._loading = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._word_counts: WordCounts | None = None

    @property
    def adds_up(self) -> bool:
        """Whether words alone decide."""
        self._loaded()
        return self._word_counts is not None

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the number of tokens of each text, special tokens left out."""
        tokenizer = self._loaded()
        if self._word_counts is not None:
            return self._word_counts.count(texts)
        return encoded_lengths(tokenizer, texts)

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where each token begins and ends."""
        offsets: list[tuple[int, int]] = (
            self._loaded().encode(text, add_special_tokens=False).offsets
        )
        return offsets

    def _loaded(self) -> Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = plain_tokenizer(self._files)
                if is_counted_by_words(self._tokenizer):
                    self._word_counts = WordCounts(self._tokenizer)
            return self._tokenizer
