"""Counting WordPiece tokens by words: a word's tokens do not depend on what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import punctuation
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's pre-tokeniser makes a token of every ASCII punctuation mark, and parts words around it.
MARKS = punctuation.encode()
IS_MARK = np.isin(np.arange(256), np.frombuffer(MARKS, np.uint8))
PARTED = bytes.maketrans(MARKS, b" " * len(MARKS))
END = "\x1f"  # a control as others, which are dropped
DROPPED = bytes({*range(32), 127} - set(b"\t\n\r" + END.encode()))
OF_AN_END = -1


class Alphabet(dict[int, str]):
    """What BERT's normaliser and pre-tokeniser make of each character, asked at its first use."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._normalizer = tokenizer.normalizer
        self._pre_tokenizer = tokenizer.pre_tokenizer

    def __missing__(self, code: int) -> str:
        self[code] = made = self._made(chr(code))
        return made

    def _made(self, character: str) -> str:
        """Return it as it stands within a word, with spaces where it parts words."""
        if character.isascii():
            return character
        plain = character.encode("utf-8", "ignore").decode()
        within = f"a{self._normalizer.normalize_str(plain)}a"
        return " ".join(piece for piece, _ in self._pre_tokenizer.pre_tokenize_str(within))[1:-1]


class WordCounts:
    """Counts what BERT's uncased tokeniser would give, looking at each word of a call once.

    Nothing is kept between calls but the model's vocabulary, and how single characters are written.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._whole = {word.encode() for word in tokenizer.get_vocab(with_added_tokens=False)}
        self._model = tokenizer.model
        self._alphabet = Alphabet(tokenizer)
        self._added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens left out."""
        joined = _ended(texts)
        if self._holds_added(joined):
            return self._encoded_where_added(texts)
        if not joined.isascii() or joined.count(END) > len(texts):
            joined = _ended([self._plain(text) for text in texts])
        return self._by_words(joined)

    def _encoded_where_added(self, texts: Sequence[str]) -> list[int]:
        encoded = {text for text in texts if self._holds_added(text)}
        counted = [text for text in texts if text not in encoded]
        found = dict(zip(counted, self.count(counted), strict=True))
        found |= dict(zip(encoded, encoded_lengths(self._tokenizer, list(encoded)), strict=True))
        return [found[text] for text in texts]

    def _holds_added(self, text: str) -> bool:
        """Tell whether a text holds a special token, punctuation and all."""
        return any(map(text.__contains__, self._added))

    def _plain(self, text: str) -> str:
        text = text.replace(END, "")
        return text if text.isascii() else text.translate(self._alphabet)

    def _by_words(self, ended: str) -> list[int]:
        """Return the tokens of each ended text: its marks, and those of its words."""
        data = ended.encode()
        characters = np.frombuffer(data, np.uint8)
        marks = np.flatnonzero(IS_MARK[characters])
        before = np.searchsorted(marks, np.flatnonzero(characters == ord(END)))
        words = data.lower().translate(PARTED, DROPPED).split()
        known = self._known(set(words))
        counts = np.fromiter(map(known.__getitem__, words), np.int64, len(words))
        ends = np.flatnonzero(counts == OF_AN_END)
        counts[ends] = 0
        tokens: list[int] = np.diff(np.cumsum(counts)[ends] + before, prepend=0).tolist()
        return tokens

    def _known(self, words: set[bytes]) -> Mapping[bytes, int]:
        """Return the tokens of each word."""
        known = dict.fromkeys(words, 1)
        tokens_of = self._model.tokenize
        for word in words - self._whole:
            known[word] = len(tokens_of(word.decode()))
        known[END.encode()] = OF_AN_END
        return known


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


def _ended(texts: Sequence[str]) -> str:
    """Return texts as one, each with an end after it."""
    return f" {END} ".join([*texts, ""])
