"""Made-up text with Zipf's frequencies, and questions about it."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ragtenancy.ports.embeddings import Vector, Vectors

DIMENSION = 384
VOCABULARY = 40_000
WORDS_PER_QUESTION = 8


class Question(Struct, frozen=True):
    """What is asked."""

    text: str
    vector: Vector


class Corpus:
    """Made-up words with Zipf's frequencies, in chunks of about 200; seeded."""

    def __init__(self, total_chunks: int, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._words = np.array(sorted({self._word() for _ in range(VOCABULARY)}), object)
        self._random.shuffle(self._words)
        weights = 1 / (np.arange(len(self._words)) + 2.7) ** 1.07
        self._cumulated = np.cumsum(weights / weights.sum())
        self.texts = [self._text() for _ in range(total_chunks)]
        self.vectors = self._vectors(total_chunks)

    def question(self) -> Question:
        """Return words of one chunk and a vector near it."""
        at = int(self._random.integers(len(self.texts)))
        words = self._random.choice(self.texts[at].split(), WORDS_PER_QUESTION, replace=False)
        vector = self.vectors[at] + self._vectors(1)[0]
        return Question(" ".join(words), (vector / np.linalg.norm(vector)).astype(np.float32))

    def _word(self) -> str:
        syllables = 2 + int(self._random.poisson(1.0))
        consonants, vowels = np.array(list("bcdfghjklmnprstvwz")), np.array(list("aeiou"))
        pairs = zip(
            self._random.choice(consonants, syllables),
            self._random.choice(vowels, syllables),
            strict=True,
        )
        return "".join(consonant + vowel for consonant, vowel in pairs)

    def _text(self) -> str:
        length = int(np.clip(self._random.normal(200, 50), 40, 400))
        at = np.searchsorted(self._cumulated, self._random.random(length))
        return " ".join(self._words[np.minimum(at, len(self._words) - 1)])

    def _vectors(self, count: int) -> Vectors:
        vectors = self._random.standard_normal((count, DIMENSION)).astype(np.float32)
        scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled
