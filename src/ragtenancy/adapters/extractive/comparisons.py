"""Comparisons in words: which end of which column a superlative asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIGHEST = ["most", "highest", "dearest", "longest", "largest", "biggest", "fastest", "heaviest", "loudest", "oldest", "tallest", "deepest", "widest", "strongest", "hottest", "warmest", "latest", "newest", "greatest", "farthest", "thickest", "teuerste", "teuersten", "höchste", "höchsten", "längste", "längsten", "größte", "größten", "schnellste", "schnellsten", "schwerste", "lauteste", "meisten", "meiste", "plus", "más", "mayor", "wärmste", "älteste", "best"]  # fmt: skip
LOWEST = ["least", "cheapest", "lowest", "shortest", "smallest", "slowest", "lightest", "quietest", "youngest", "fewest", "coldest", "coolest", "earliest", "nearest", "narrowest", "thinnest", "weakest", "günstigste", "günstigsten", "billigste", "billigsten", "niedrigste", "niedrigsten", "kürzeste", "kürzesten", "kleinste", "kleinsten", "leichteste", "leiseste", "wenigsten", "moins", "menos", "menor", "worst"]  # fmt: skip
# The adjective of a superlative or comparison, and the words of the column that measures it.
MEASURED_BY: Sequence[tuple[str, str]] = (
    (
        r"cheap|dear|expensive|günstig|billig|teuer|chère?|cher|cara?|barat[oa]|cost",
        "price cost fee rate",
    ),
    (r"heav|light|weigh|schwer|leicht", "weight"),
    (r"loud|quiet|noise|laut|leis", "noise"),
    (r"fast|slow|quick|schnell|langsam", "speed time"),
    (r"long|short|läng|kürz", "length duration time period term range loan"),
    (r"tall", "height"),
    (r"wide|narrow|breit", "width"),
    (r"big|large|small|größ|klein", "size capacity volume"),
    (r"strong|weak|powerful|stark", "power"),
    (r"hot|warm|cold|cool", "temperature"),
    (r"old|new|young|recent|late|early", "year date age release"),
    (r"far|near|close", "distance range"),
)
_LASTS = re.compile(
    r"time|duration|period|minutes|hours|days|weeks|zeit|dauer|frist|durée|délai|tiempo|plazo",
    re.IGNORECASE,
)


def direction(question: str) -> int:
    """Return 1 where the highest is asked for, -1 where the lowest is, 0 where neither is."""
    words = re.findall(r"[^\W\d_]+", question.lower())
    high = next((i for i, w in enumerate(words) if w in HIGHEST), None)
    low = next((i for i, w in enumerate(words) if w in LOWEST), None)
    if high is None and low is None:
        return 0
    if low is None or (high is not None and high < low):
        return 1
    return -1


def sign_of(question: str, label: str) -> int:
    """Return whether the highest or the lowest value answers: who is fastest takes least time."""
    sign = direction(question)
    fast = re.search(r"\b(?:fast|quick|slow|soon|schnell|langsam)\w*", question, re.IGNORECASE)
    return -sign if fast and _LASTS.search(label) else sign


def measure_words(question: str) -> str:
    """Return the words that a column may be named by, for the adjectives of a question."""
    return " ".join(
        words
        for pattern, words in MEASURED_BY
        if re.search(rf"\b(?:{pattern})", question, re.IGNORECASE)
    )
