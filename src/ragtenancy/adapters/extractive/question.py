"""One question in its tenant's terms, as the answerer compares it with units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from msgspec import Struct

from ragtenancy.domain.content import WeightedTerms
from ragtenancy.domain.questions import Kind
from ragtenancy.ports.embeddings import Vector


class Question(Struct, frozen=True, kw_only=True, dict=True):
    """A question in its tenant's terms, with one vector: the weighted mean of its readings'.

    `own_words` are the terms of the clause that asks, without weak ones. `clauses` holds the
    vectors of the clauses of a rambling message. `cited_passages` are those in a section that the
    previous answer cited, and `previous_lines` that answer's lines. `is_ellipsis`: it names another thing
    of which the previous question is asked ("And the filter?"). `terms_of` analyses a text.
    """

    text: str
    kind: Kind
    terms: WeightedTerms
    vector: Vector
    own_words: frozenset[str] = frozenset()
    cited_passages: frozenset[int] = frozenset()
    clauses: Sequence[Vector] = ()
    previous_lines: frozenset[str] = frozenset()
    is_ellipsis: bool = False
    terms_of: Callable[[str], frozenset[str]] = frozenset

    @cached_property
    def said(self) -> WeightedTerms | None:
        """The message's own terms, None if there are no others."""
        weights = {t: w for t, w in self.terms.weights.items() if t in self.own_words}
        if len(weights) == len(self.terms.weights):
            return None
        return WeightedTerms(weights, self.terms.synonyms, self.terms.unknown)

    def names_none_of(self, text: str) -> bool:
        """Return whether an ellipsis names a thing that a text does not mention."""
        return self.is_ellipsis and self.own_words.isdisjoint(
            self.terms.credits(self.terms_of(text))
        )

    def repeats(self, text: str) -> bool:
        """Return whether a text was a line of the previous answer, without the question's words."""
        if text not in self.previous_lines:
            return False
        return self.own_words.isdisjoint(self.terms.credits(self.terms_of(text)))
