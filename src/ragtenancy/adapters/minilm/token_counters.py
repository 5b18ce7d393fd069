"""Counting the tokens of a local model."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragtenancy.adapters.minilm.model_files import ModelFiles
from ragtenancy.adapters.minilm.session import plain_tokenizer
from ragtenancy.ports.token_counters import TokenCounter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHARACTERS_PER_UNKNOWN = 4
"""Characters that an unknown word has for each token it counts as: other models' usual share."""
TEXTS_AT_ONCE = 256  # encodings take much memory: the batch bounds it


class MiniLmTokenCounter(TokenCounter):
    """The model's own tokenizer, loaded on the first text.

    An unknown word, a single token whatever its length, counts by its characters: a page of Thai is
    not as long as a word, neither for another embedding model nor for a reader.
    """

    def __init__(self, model_files: ModelFiles) -> None:
        self._files = model_files
        self._loading = threading.Lock()
        self._tokenizer: Tokenizer | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the tokenizer is BERT's uncased one, which splits at white space first."""
        return _parts_at_spaces(self._loaded())

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the number of tokens of each text, excluding special tokens."""
        tokenizer, counts = self._loaded(), list[int]()
        unknown = _unknown_of(tokenizer)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            batch = list(texts[start : start + TEXTS_AT_ONCE])
            encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            counts += [
                self._counted(text, unknown) if unknown in ids else len(ids)
                for text, ids in zip(batch, [each.ids for each in encodings], strict=True)
            ]
        return counts

    def _counted(self, text: str, unknown: int | None) -> int:
        """Return the number of tokens of a text with unknown words."""
        encoding = self._loaded().encode(text, add_special_tokens=False)
        return sum(
            -(-(end - start) // CHARACTERS_PER_UNKNOWN) if token == unknown else 1
            for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
        )

    def _loaded(self) -> Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = plain_tokenizer(self._files)
            return self._tokenizer


def _unknown_of(tokenizer: Tokenizer) -> int | None:
    """Return the token of an unknown word, None if the model knows every text."""
    name = getattr(tokenizer.model, "unk_token", None)
    return tokenizer.token_to_id(name) if name else None


def _parts_at_spaces(tokenizer: Tokenizer) -> bool:
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    normalizer = tokenizer.normalizer
    return (
        isinstance(tokenizer.model, WordPiece)
        and isinstance(normalizer, BertNormalizer)
        and bool(normalizer.lowercase and normalizer.clean_text)
        and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
    )
