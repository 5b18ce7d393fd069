"""Counting the tokens of the embedding model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol


class TokenCounter(Protocol):
    """The embedder's own tokenizer; pure CPU work, so not async."""

    @property
    def adds_up(self) -> bool:
        """Whether the counts of texts joined by spaces or line ends add up to that of the whole."""
        return False

    @abstractmethod
    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the number of tokens of each text, excluding special tokens."""
