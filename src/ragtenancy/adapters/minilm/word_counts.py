"""Counting WordPiece tokens by words: a word's tokens do not depend on what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.minilm.characters import ALONE, MARK, Characters, text_of
from ragtenancy.adapters.minilm.unknown_words import UnknownWords

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TEXTS_AT_ONCE = 4_096
_UNKNOWN, _MARK = 0, 255  # what `_known` says of a word that it does not hold, and of a mark
Counts = npt.NDArray[np.int32]


class WordCounts:
    """Counts what BERT's uncased tokeniser would give, without encoding.

    A word of the vocabulary is one token, as is each punctuation mark; of the others each is
    looked at once a call. Nothing is kept between calls but the model's vocabulary and how
    characters are spelled.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._unknown = UnknownWords(tokenizer)
        vocabulary = tokenizer.get_vocab()
        numbers = [f"{number:03}" for number in range(1_000)]  # commas part numbers in threes
        self._known = {
            **self._unknown.counts(numbers),
            **dict.fromkeys(sorted(vocabulary, key=vocabulary.__getitem__), 1),  # frequent first
            chr(MARK): _MARK,
        }
        self._characters = Characters(tokenizer)
        added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self._added = re.compile("|".join(map(re.escape, added)))
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens left out."""
        counts: list[int] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            counts += self._count(texts[start : start + _TEXTS_AT_ONCE])
        return counts

    def _count(self, texts: Sequence[str]) -> list[int]:
        marked = _marked(texts)
        spelled = self._characters.spelled(marked)
        starts = np.flatnonzero(spelled == MARK)
        alone = np.add.reduceat(spelled == ALONE, starts, dtype=np.int32)
        counts: list[int] = (self._summed(text_of(spelled).split()) + alone).tolist()
        if self._added.search(marked):
            self._count_added(texts, counts)
        return counts

    def _count_added(self, texts: Sequence[str], counts: list[int]) -> None:
        """Encode the texts that name a special token: it is found before anything is spelled."""
        places = [place for place, text in enumerate(texts) if self._added.search(text)]
        encoded = encoded_lengths(self._tokenizer, [texts[place] for place in places])
        for place, tokens in zip(places, encoded, strict=True):
            counts[place] = tokens

    def _summed(self, words: Sequence[str]) -> Counts:
        """Return the tokens of the words behind each mark."""
        known = bytearray(map(self._known.get, words, repeat(_UNKNOWN)))
        counts = np.frombuffer(known, np.uint8).astype(np.int32)
        places = np.flatnonzero(counts == _UNKNOWN)
        unknown = [words[place] for place in places.tolist()]
        starts = np.flatnonzero(counts == _MARK)
        found = self._unknown.counts(set(unknown))
        counts[places] = list(map(found.__getitem__, unknown))
        sums: Counts = np.add.reduceat(counts, starts) - _MARK
        return sums


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


def _marked(texts: Sequence[str]) -> str:
    """Return the texts as one, a mark before each."""
    mark = f" {chr(MARK)} "
    marked = mark.join(["", *texts])
    if marked.count(chr(MARK)) == len(texts):
        return marked
    return mark.join(["", *(text.replace(chr(MARK), "") for text in texts)])
