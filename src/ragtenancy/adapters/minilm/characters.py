"""How BERT's uncased tokeniser spells text before it looks words up, character by character.

Its normaliser decomposes, strips accents, lowers and removes each character whatever stands around
it, and its pre-tokeniser parts words at white space and around punctuation and ideographs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Codes = npt.NDArray[np.uint32]

# Control characters, which the normaliser removes, say what is no letter; `split` parts at ALONE.
_UNSEEN, MARK, _REMOVED, _SEVERAL = range(4)
ALONE = 0x1F
_SPACE = ord(" ")


class Characters:
    """A table of every character's spelling, asked of the tokenizer when one is first met.

    It holds characters, never words, and nothing else of a text.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._normalized = tokenizer.normalizer.normalize_str
        self._parted = tokenizer.pre_tokenizer.pre_tokenize_str
        self._table: Codes = np.zeros(sys.maxunicode + 1, np.uint32)
        self._table[MARK] = MARK

    def spelled(self, text: str) -> Codes:
        """Return letters, white space, marks, and `ALONE` for a character that is a token."""
        spelled = self._looked_up(text)
        if (spelled == _SEVERAL).any():
            spelled = self._looked_up(normalize("NFD", text))
        removed = spelled == _REMOVED
        return spelled[~removed] if removed.any() else spelled

    def _looked_up(self, text: str) -> Codes:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        spelled: Codes = self._table[codes]
        if not spelled.all():
            for code in np.unique(codes[spelled == _UNSEEN]).tolist():
                self._table[code] = self._spelling(chr(code))
            spelled = self._table[codes]
        return spelled

    def _spelling(self, character: str) -> int:
        words = [word for word, _ in self._parted(f"a{self._normalized(character)}a")]
        if len(words) == 1:
            letters = words[0][1:-1]
            return _REMOVED if not letters else ord(letters) if len(letters) == 1 else _SEVERAL
        return _SPACE if len(words) == len("aa") else ALONE


def text_of(codes: Codes) -> str:
    """Return the text of code points."""
    return codes.tobytes().decode("utf-32-le")
