"""A question put to the search: its text and its filters."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.comparable import comparable, ungrouped
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.languages import Language, detect, function_words
from ragtenancy.domain.manifest import SearchFilters

MAX_QUERY_CHARACTERS = 8_000
Question = Annotated[str, Meta(min_length=1, max_length=MAX_QUERY_CHARACTERS)]
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{2,200})[\"“”«»„]")
_QUOTED_OR_WORD = re.compile(rf"{_QUOTED.pattern}|[^\W\d_]+")
_STEMMERS = {"porter": Language.ENGLISH, "dutch_porter": Language.DUTCH}
_OWN_SHARE = 0.4  # of the words: this share of function words identifies a language


class Query(Struct, frozen=True, kw_only=True):
    """A search query."""

    text: str
    top_k: int
    filters: SearchFilters | None = None

    def __post_init__(self) -> None:
        """Refuse a query without text."""
        if not self.text.strip():
            raise MalformedError("The query has no text.")


def lexical_text(question: str, language: str) -> str:
    """Return a question as BM25 reads it for a tenant that searches in a language.

    A question in another language loses its function words: in the tenant's documents they would be
    rare words that match by chance ("die", "was", "in"). Numbers lose their thousands separators.
    Quoted phrases stay whole.
    """
    if not _QUOTED.search(question):
        question = ungrouped(comparable(question))
    own = _STEMMERS.get(language) or Language.__members__.get(language.upper())
    words = [match[0].lower() for match in _QUOTED_OR_WORD.finditer(question)]
    if own and sum(word in function_words(own) for word in words) >= _OWN_SHARE * len(words):
        return question
    asked = detect(question)
    if asked is None or asked is own:
        return question
    dropped = function_words(asked)
    kept = _QUOTED_OR_WORD.sub(lambda m: "" if m[0].lower() in dropped else m[0], question)
    return kept if any(map(str.isalnum, kept)) else question


def quoted_phrases(text: str) -> tuple[str, ...]:
    """Return the distinct quoted phrases."""
    found = (match.strip() for match in _QUOTED.findall(text))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def holds_phrase(text: str, phrase: str) -> bool:
    """Return whether a text holds a whole phrase, ignoring case, spacing and ways of writing."""
    return _holds(_folded(text), _folded(phrase))


def _folded(text: str) -> str:
    return " ".join(comparable(text).casefold().split())


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
