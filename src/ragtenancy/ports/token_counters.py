"""Counting and finding the tokens of the embedding model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol


class TokenCounter(Protocol):
    """The embedder's own tokenizer; pure CPU work, so not async."""

    @property
    def adds_up(self) -> bool:
        """Whether texts that spaces or line ends part have as many tokens as they have together."""
        return False

    @abstractmethod
    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the number of tokens of each text, special tokens left out."""

    @abstractmethod
    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) character offsets of each token, in order."""
