"""Counting WordPiece tokens by words: a word's tokens do not depend on what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import punctuation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's pre-tokeniser parts words around every ASCII punctuation mark.
_PIECES = re.compile(r"[!-/:-@\[-`{-~]|[^!-/:-@\[-`{-~]+")
MOST_BYTES = 1.2
_CONTROLS = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"


class WordCounts:
    """Counts what BERT's uncased tokeniser would give, looking at each word of a call once.

    Nothing is kept between calls but the model's vocabulary.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.get_vocab(with_added_tokens=False)
        self._whole = {word for word in vocabulary if _is_plain(word)} | set(punctuation)
        self._model = tokenizer.model
        self._added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens left out."""
        encoded = [text for text in texts if self._is_encoded(text)]
        counted = [text for text in texts if not self._is_encoded(text)]
        if not encoded:
            return self._by_words(counted)
        found = dict(zip(encoded, encoded_lengths(self._tokenizer, encoded), strict=True))
        found |= dict(zip(counted, self._by_words(counted), strict=True))
        return [found[text] for text in texts]

    def _is_encoded(self, text: str) -> bool:
        """Tell whether words are not enough or would be encoded one and all.

        Special tokens hold punctuation, a last capital sigma is lowered as no other, and some
        control characters part words for Python alone.
        """
        if not text.isascii() and (_SIGMA in text or _mostly_other(text)):
            return True
        return any(map(text.__contains__, self._added)) or _CONTROLS.search(text) is not None

    def _by_words(self, texts: Sequence[str]) -> list[int]:
        words = [text.lower().split() for text in texts]
        known = self._known(set().union(*words))
        return [sum(map(known.__getitem__, each)) for each in words]

    def _known(self, words: set[str]) -> Mapping[str, int]:
        known = dict.fromkeys(words & self._whole, 1)
        pieces = {word: _PIECES.findall(word) for word in words - known.keys()}
        counts = self._counts(set().union(*pieces.values()))
        known |= {word: sum(map(counts.__getitem__, parts)) for word, parts in pieces.items()}
        return known

    def _counts(self, pieces: set[str]) -> Mapping[str, int]:
        counts = dict.fromkeys(pieces & self._whole, 1)
        rest = pieces - counts.keys()
        parts = self._model.tokenize
        counts |= {piece: len(parts(piece)) for piece in rest if _is_plain(piece)}
        others = list(rest - counts.keys())
        return counts | dict(zip(others, encoded_lengths(self._tokenizer, others), strict=True))


def is_counted_by_words(tokenizer: Tokenizer) -> bool:
    """Tell whether a tokeniser is BERT's uncased one, for which this is exact."""
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


def encoded_lengths(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Return the number of tokens of each text, by encoding it."""
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [len(encoding.ids) for encoding in encodings]


def _mostly_other(text: str) -> bool:
    return len(text.encode("utf-8", "replace")) > MOST_BYTES * len(text)


def _is_plain(word: str) -> bool:
    """Tell whether a word is of ASCII's letters and digits, which nothing changes."""
    return word.isascii() and word.isalnum()
