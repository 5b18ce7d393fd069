"""Made-up text with Zipf's frequencies, vectors in clusters, and questions about both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.domain.languages import Language, function_words
from ragtenancy.ports.embeddings import Vector, Vectors

DIMENSION = 384
VOCABULARY = 40_000
WORDS_PER_QUESTION = 8
TOPICS = 256
LATENT = 48
BATCH = 10_000


class Question(Struct, frozen=True):
    """What is asked."""

    text: str
    vector: Vector


class Part(Struct, frozen=True):
    """The chunks of one tenant: texts, and float32 vectors of shape (len(texts), 384)."""

    texts: Sequence[str]
    vectors: Vectors


class Corpus:
    """Made-up words with Zipf's frequencies, in chunks of about 200; seeded.

    Vectors lie in clusters of a space of 48 dimensions, with noise, as sentence models' do:
    evenly spread ones would be unfair to approximate indexes.
    """

    def __init__(self, total_chunks: int, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        # A question with function words of another language is searched without them.
        used = {word for language in Language for word in function_words(language)}
        made = {self._word() for _ in range(VOCABULARY)}
        self._words = np.array(sorted(made - used), object)
        self._random.shuffle(self._words)
        weights = 1 / (np.arange(len(self._words)) + 2.7) ** 1.07
        self._cumulated = np.cumsum(weights / weights.sum())
        self._topics = self._random.standard_normal((TOPICS, LATENT))
        self._spread = self._random.standard_normal((LATENT, DIMENSION)) / LATENT**0.5
        self.texts = [self._text() for _ in range(total_chunks)]
        self.vectors = np.empty((total_chunks, DIMENSION), np.float32)
        for first in range(0, total_chunks, BATCH):
            rows = self.vectors[first : first + BATCH]
            rows[:] = self._vectors(len(rows))

    def parts(self, total: int, chunks: int) -> list[Part]:
        """Return so many parts of so many chunks, from the beginning."""
        slices = [slice(first, first + chunks) for first in range(0, total * chunks, chunks)]
        return [Part(self.texts[part], self.vectors[part]) for part in slices]

    def question(self, about: Part | None = None) -> Question:
        """Return words of one chunk and a vector near it."""
        texts, vectors = (about.texts, about.vectors) if about else (self.texts, self.vectors)
        at = int(self._random.integers(len(texts)))
        words = self._random.choice(texts[at].split(), WORDS_PER_QUESTION, replace=False)
        noise = 0.6 * self._random.standard_normal(DIMENSION) / DIMENSION**0.5
        return Question(" ".join(words), _scaled(vectors[at][None] + noise)[0])

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
        topics = self._topics[self._random.integers(TOPICS, size=count)]
        latent = topics + 0.7 * self._random.standard_normal((count, LATENT))
        noise = 0.15 * self._random.standard_normal((count, DIMENSION))
        return _scaled(latent @ self._spread + noise)


def _scaled(rows: np.ndarray) -> Vectors:
    scaled: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled
