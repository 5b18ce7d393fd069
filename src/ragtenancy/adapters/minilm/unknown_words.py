"""Counting the tokens of words that the vocabulary does not hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_NOTHING = "(?!)"


class UnknownWords:
    """Parts words as WordPiece does: the longest piece of the vocabulary first.

    A word with a letter of no piece is one token, `[UNK]`. Nearly all pieces of other letters than
    ASCII's are single letters: where all letters of a word are such pieces, its tokens are its
    letters once the few longer pieces count as one. The tokenizer parts the rest.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._model = tokenizer.model
        prefix = self._model.continuing_subword_prefix
        pieces = tokenizer.get_vocab()
        inner = {piece.removeprefix(prefix) for piece in pieces if piece.startswith(prefix)}
        first = {piece for piece in pieces if not piece.startswith(prefix)}
        letters = {piece for piece in first & inner if len(piece) == 1 and not piece.isascii()}
        most = self._model.max_input_chars_per_word
        self._is_of_letters = re.compile(f"{_any_of(letters)}{{1,{most}}}").fullmatch
        self._has_strange = re.compile(f"[^{re.escape(''.join(set().union(*pieces)))}]").search
        longer = [*_longer(inner, r"(?<=\S{})"), *_longer(first, r"(?<!\S{})")]
        self._longer = re.compile("|".join(longer) or _NOTHING)

    def counts(self, words: Collection[str]) -> Mapping[str, int]:
        """Return the tokens of each of the words, which hold no white space or punctuation."""
        of_letters = [word for word in words if not word.isascii() and self._is_of_letters(word)]
        shortened = self._longer.sub("-", " ".join(of_letters)).split()
        counts = dict(zip(of_letters, map(len, shortened), strict=True))
        counts |= {word: self._parted(word) for word in words if word not in counts}
        return counts

    def _parted(self, word: str) -> int:
        if not word.isascii() and self._has_strange(word):
            return 1
        return len(self._model.tokenize(word))


def _any_of(letters: Iterable[str]) -> str:
    """Return a pattern of one of the letters."""
    return f"[{''.join(map(re.escape, set(letters)))}]" if letters else _NOTHING


def _longer(pieces: Iterable[str], place: str) -> list[str]:
    """Return patterns of the pieces of several letters besides ASCII's, the longest first.

    `place` says what stands before as many characters as a piece has.
    """
    longer = [piece for piece in pieces if len(piece) > 1 and not piece.isascii()]
    longer.sort(key=len, reverse=True)
    return [re.escape(piece) + place.format("." * len(piece)) for piece in longer]
