"""What kind of answer a question asks for."""

from __future__ import annotations

import re
from enum import StrEnum


class Wanted(StrEnum):
    """The kind of thing that answers."""

    PERSON = "person"
    TIME = "time"
    NUMBER = "number"
    PLACE = "place"
    STEPS = "steps"
    ANYTHING = "anything"


_KINDS = (
    (
        Wanted.STEPS,
        (r"\bsteps?\b|\bhow (?:do|can|should|would|to)\b|\blist\b|\bwhich ones\b|\binstructions\b"
        r"|\bprocedure\b|\bwhat are (?:all )?the\b"),
    ),
    (Wanted.NUMBER, (r"\bhow (?:many|much|old|long|far|tall|large|big|often|high|deep|fast)\b"
                    r"|\bwhat (?:percent|percentage|number|amount|price|cost|size)\b|\bcosts?\b")),
    (Wanted.TIME, (r"\bwhen\b|\bwhat (?:year|century|date|day|month|time|decade)\b"
                  r"|\bin (?:which|what) (?:year|century|decade|month)\b")),
    (Wanted.PERSON, r"\bwho(?:m|se)?\b"),
    (Wanted.PLACE, r"\bwhere\b|\b(?:which|what) (?:country|city|state|place|region|river)\b"),
)  # fmt: skip
_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS]

_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|"
                     r"thousand|million|billion|half|twice|percent)\b", re.IGNORECASE)  # fmt: skip
_TIME = re.compile(
    r"\b\d{3,4}s?\b|\bcentur(?:y|ies)\b|\b\d+ (?:days?|weeks?|months?|years?|hours?|minutes?)\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b|\b\d{1,2}(?::\d\d)?\s?[ap]m\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w'\u2019-]+")


def wanted_by(question: str) -> Wanted:
    """Return the kind of answer that a question asks for."""
    return next((kind for kind, p in _PATTERNS if p.search(question)), Wanted.ANYTHING)


def offers(text: str, wanted: Wanted) -> bool:
    """Tell whether a sentence holds a thing of the kind."""
    match wanted:
        case Wanted.NUMBER:
            return bool(_NUMBER.search(text))
        case Wanted.TIME:
            return bool(_TIME.search(text))
        case Wanted.PERSON | Wanted.PLACE:
            return bool(_NAME.search(text))
        case _:
            return True
