"""Lists and steps in passages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtenancy.adapters.extractive.candidates import ITEM, Candidate

_STEPS_AHEAD = re.compile(r":\s*\Z")
MAX_ITEMS = 30


def listed_block(best: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the list that the best sentences belong to, whole and in order, or nothing.

    A sentence belongs to a list when it is an item, or when it ends in a colon before one.
    """
    for candidate in best:
        neighbours = [c for c in candidates if c.passage == candidate.passage]
        at = neighbours.index(candidate)
        items = _run(neighbours, at)
        if items:
            return items[:MAX_ITEMS]
    return []


def _run(sentences: Sequence[Candidate], at: int) -> list[Candidate]:
    """Return the items around a sentence, with the sentence that leads to them."""
    if not ITEM.match(sentences[at].text):
        following = at + 1
        leads = _STEPS_AHEAD.search(sentences[at].text)
        if not leads or following >= len(sentences) or not ITEM.match(sentences[following].text):
            return []
        at = following
    first = last = at
    while first > 0 and ITEM.match(sentences[first - 1].text):
        first -= 1
    while last + 1 < len(sentences) and _belongs(sentences, last + 1):
        last += 1
    if first > 0 and _STEPS_AHEAD.search(sentences[first - 1].text):
        first -= 1
    return list(sentences[first : last + 1])


def _belongs(sentences: Sequence[Candidate], at: int) -> bool:
    """Tell whether a sentence is an item or goes on with one that more items follow."""
    if ITEM.match(sentences[at].text):
        return True
    return at + 1 < len(sentences) and bool(ITEM.match(sentences[at + 1].text))
