"""A tokenizer of words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtenancy.ports.token_counters import TokenCounter

_WORD = re.compile(r"\w+")


class ScriptedTokenCounter(TokenCounter):
    """Counts words."""

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the number of words of each text."""
        return [len(_WORD.findall(text)) for text in texts]
