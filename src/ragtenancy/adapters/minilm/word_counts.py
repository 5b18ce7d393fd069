"""Counting WordPiece tokens by words: a word's tokens do not depend on what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import punctuation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's pre-tokeniser parts texts at white space and around every ASCII punctuation mark.
_PIECES = re.compile(r"[!-/:-@\[-`{-~]|[^ \t\n\r!-/:-@\[-`{-~]+")
_CONTINUED = "##"
_LONGEST_WORD = 100
MOST_BYTES = 1.2
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"


class WordCounts:
    """Counts what BERT's uncased tokeniser would give, looking at each word of a call once.

    Nothing is kept between calls but the model's vocabulary.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._vocabulary = frozenset(tokenizer.get_vocab(with_added_tokens=False))
        self._longest = max(map(len, self._vocabulary))
        self._whole = {word for word in self._vocabulary if _is_plain(word)} | set(punctuation)
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

        Special tokens hold punctuation, and a last capital sigma is lowered as no other.
        """
        if _SIGMA in text or any(token in text for token in self._added):
            return True
        return not text.isascii() and len(text.encode("utf-8", "replace")) > MOST_BYTES * len(text)

    def _by_words(self, texts: Sequence[str]) -> list[int]:
        pieces = [_PIECES.findall(text.lower()) for text in texts]
        known = self._known(set().union(*pieces))
        return [sum(map(known.__getitem__, words)) for words in pieces]

    def _known(self, words: set[str]) -> Mapping[str, int]:
        known = dict.fromkeys(words & self._whole, 1)
        rest = words - known.keys()
        known |= {word: self._parts(word) for word in rest if _is_plain(word)}
        others = list(rest - known.keys())
        return known | dict(zip(others, encoded_lengths(self._tokenizer, others), strict=True))

    def _parts(self, word: str) -> int:
        """Return of how many parts WordPiece makes a word: each time the longest that it knows."""
        if len(word) > _LONGEST_WORD:
            return 1
        found = start = 0
        while start < len(word):
            before = _CONTINUED if start else ""
            last = min(len(word), start + self._longest)
            ends = (e for e in range(last, start, -1) if before + word[start:e] in self._vocabulary)
            start = next(ends, 0)
            if not start:
                return 1
            found += 1
        return found


def is_counted_by_words(tokenizer: Tokenizer) -> bool:
    """Tell whether a tokeniser is BERT's uncased one, for which this is exact."""
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    normalizer = tokenizer.normalizer
    model = tokenizer.model
    return (
        isinstance(model, WordPiece)
        and (model.continuing_subword_prefix, model.max_input_chars_per_word)
        == (_CONTINUED, _LONGEST_WORD)
        and isinstance(normalizer, BertNormalizer)
        and bool(normalizer.lowercase and normalizer.clean_text)
        and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
    )


def encoded_lengths(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Return the number of tokens of each text, by encoding it."""
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [len(encoding.ids) for encoding in encodings]


def _is_plain(word: str) -> bool:
    """Tell whether a word is of ASCII's letters and digits, which nothing changes."""
    return word.isascii() and word.isalnum()
