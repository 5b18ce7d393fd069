"""A question put to the search: its text, its identifiers and its filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.manifest import SearchFilters

MAX_QUERY_CHARACTERS = 8_000
Question = Annotated[str, Meta(min_length=1, max_length=MAX_QUERY_CHARACTERS)]
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{2,200})[\"“”«»„]")
_TOKEN = re.compile(r"[\w][\w./:#@+-]*[\w]", re.UNICODE)
_MIN_IDENTIFIER = 4


class Query(Struct, frozen=True, kw_only=True):
    """What is searched for."""

    text: str
    top_k: int
    filters: SearchFilters | None = None

    def __post_init__(self) -> None:
        """Refuse a question without any text."""
        if not self.text.strip():
            raise MalformedError("The query holds no text.")

    @property
    def identifiers(self) -> Sequence[str]:
        """The quoted phrases of the question and its tokens of ≥ 4 characters with a digit."""
        return identifiers(self.text)


def identifiers(text: str) -> tuple[str, ...]:
    """Return what a chunk may hold literally to pass without the threshold, case folded."""
    tokens = [token for token in _TOKEN.findall(text) if _is_identifier(token)]
    return tuple(dict.fromkeys(found.casefold() for found in (*quoted_phrases(text), *tokens)))


def quoted_phrases(text: str) -> tuple[str, ...]:
    """Return what stands in quotation marks, without repeats."""
    found = (match.strip() for match in _QUOTED.findall(text))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def holds_identifier(text: str, wanted: Sequence[str]) -> bool:
    """Tell whether a text holds one of the identifiers as a whole, whatever its case."""
    folded = text.casefold()
    return any(_holds(folded, identifier) for identifier in wanted)


def _is_identifier(token: str) -> bool:
    return len(token) >= _MIN_IDENTIFIER and any(character.isdigit() for character in token)


def _holds(text: str, identifier: str) -> bool:
    start = text.find(identifier)
    while start >= 0:
        end = start + len(identifier)
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if not (before.isalnum() or after.isalnum()):
            return True
        start = text.find(identifier, start + 1)
    return False
