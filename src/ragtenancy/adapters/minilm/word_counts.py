"""Counting WordPiece tokens by words: a word's tokens do not depend on what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's pre-tokeniser parts texts at white space and around every ASCII punctuation mark.
_PIECES = re.compile(r"[!-/:-@\[-`{-~]|[^ \t\n\r!-/:-@\[-`{-~]+")
_CONTINUED = "##"
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"


class WordCounts:
    """Counts what BERT's uncased tokeniser would give, tokenising each new word of a call once.

    Nothing is kept between calls but the model's vocabulary.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.get_vocab(with_added_tokens=False)
        self._whole = {w: 1 for w in vocabulary if _is_plain(w)}
        self._added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens left out."""
        if any(token in text for token in self._added for text in texts):
            return encoded_lengths(self._tokenizer, texts)
        pieces = [_PIECES.findall(_lower(text)) for text in texts]
        known = self._known(set().union(*pieces))
        return [sum(map(known.__getitem__, words)) for words in pieces]

    def _known(self, words: set[str]) -> Mapping[str, int]:
        whole = words & self._whole.keys()
        others = list(words - whole)
        return dict.fromkeys(whole, 1) | dict(
            zip(others, encoded_lengths(self._tokenizer, others), strict=True)
        )


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


def _lower(text: str) -> str:
    """Return a text in lower case, as far as it is so letter by letter: a last sigma is not."""
    return text if _SIGMA in text else text.lower()


def _is_plain(word: str) -> bool:
    """Tell whether a vocabulary entry is a word as it stands in a lower-case ASCII text."""
    return word.isascii() and word.isalnum() and word == word.lower() and _CONTINUED not in word
