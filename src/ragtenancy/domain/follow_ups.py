"""Follow-ups: messages that depend on earlier turns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtenancy.domain.answers import Reading, meant
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.identifiers import identifiers_in
from ragtenancy.domain.lexicon import WEAK
from ragtenancy.domain.questions import parts, rambles

HEAD_CHARACTERS = 240
LEANING = (0.5, 0.3)  # weights of the previous question and answer
BARE = (0.8, 0.5)  # the same for a question with hardly a word of its own
BARE_WORDS = 1
NEARBY = (0.3, 0.2)  # the same for a standalone question: they only rank
WHOLE = 0.5  # the whole message around one of its questions; it only ranks
MAX_SEARCH_CHARACTERS = 200  # characters of earlier questions in a search text
_EXPLETIVE = re.compile(
    r"\b(?:is|was|would|will|could) (?:it|this) (?:be )?\w+ (?:if|to|that|when)\b|\bis there\b|\bare there\b|\bthere (?:is|are)\b"
    r"|\bgibt es\b|\bist es \w+,? (?:wenn|dass|zu)\b|\b(?:most|all|each|one|some|any|both|out) of (?:the|these|those)\b"
    r"|\b(?:this|these|that) (?:year|month|week|weekend|morning|afternoon|evening|spring|summer|autumn|fall|winter"
    r"|season|quarter|time|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\bdies\w* (?:Jahr|Monat|Woche|Quartal|Sommer|Winter)\w*"
    r"|\b(?:so|the same) (?:that|as)\b|\bthe one(?:s)? (?:who|that|which)\b|\b(?:which|what|the \w+) one\b"
    r"|\bes (?:la|el|lo|un|una|posible|necesario)\b|\best-ce\b|\by a-t-il\b",
    re.IGNORECASE,
)
FEW_WORDS = 3
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|him|his|she|her|hers|there|ones?|same|then|so|both|else"
    r"|er|ihn|ihm|sie|ihr|ihnen|es|das|dies\w*|diese\w*|dort|da|dabei|dafür|davon|damit|welche"
    r"|il|elle|ils|elles|ça|cela|celui|celle|ceux|en|y|le même"
    r"|él|ella|ellos|ellas|eso|esto|ese|esa|ahí|lo mismo)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\s*(?:(?:and|or|but|so|also|even|then|und|oder|aber|auch|sogar|et|ou|mais|aussi|y|o|pero|también)\b[,\s]*)+"
    r"|\s*(?:what|how) about\b|\s*was ist mit\b|\s*et pour\b|\s*¿?qué tal\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\s*(?:(?:oh|ah|no|nope|sorry|wait|hmm?|pardon|excuse me|nein|entschuldigung|non|désolée?|perdón|lo siento"
    r"|not (?:the |that )?(?P<not>[^,.;]{2,40}?))\b[\s,.;!:\u2013-]*)*"
    r"(?:i (?:actually |really )?(?:meant|mean|was asking (?:for|about)|am asking (?:for|about))|what i (?:meant|mean) (?:was|is)"
    r"|ich mein(?:t)?e|je (?:voulais dire|veux dire|parle de)|me refería a|quise decir|quiero decir)\b[\s,:]*(?P<now>.+)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS = re.compile(
    r"\s*¿?(?:what|which|who|whose|when|where|why|how|define|was|wie|wann|wer|wo|welche[mnrs]?|que|quel(?:le)?s?|qui"
    r"|quand|où|comment|combien|qué|cuál|cuándo|cuánto|cómo|dónde|quién)\b",
    re.IGNORECASE,
)
_NOT_THAT = re.compile(
    r",?\s*(?:and )?not (?:the |that )?(?P<not>[^,.;]{2,40})\W*\Z", re.IGNORECASE
)


def correction(message: str) -> tuple[str, str] | None:
    """Return the correction in a message, and the text that it takes back, if stated.

    "Sorry, not the wedding, I meant moving house." gives ("moving house.", "wedding").
    """
    found = _CORRECTS.match(message)
    if not found:
        return None
    now = found["now"].strip()
    after = _NOT_THAT.search(now)
    if after:
        return now[: after.start()].strip(), after["not"].strip()
    return now, (found["not"] or "").strip()


def leans_back(question: str) -> bool:
    """Return whether a question depends on context: a pronoun, an ellipsis, a fragment.

    An identifier alone is a question of its own, and a long message carries its own context.
    """
    if rambles(question):
        return False
    few = len(question.split())
    fragment = few == 1 or (few <= FEW_WORDS and not _ASKS.match(question))
    if fragment and identifiers_in(question):
        return False
    plain = _EXPLETIVE.sub(" ", question)
    return bool(fragment or _POINTS_BACK.search(plain) or _OPENING.match(question))


def readings(question: str, history: Sequence[Turn]) -> list[Reading]:
    """Return the readings of a question, its own words first.

    A question that leans back includes the previous question, and with a pronoun the head of the
    previous answer too. The rest of the previous turn only ranks: text that continues the topic
    ranks higher, and a new topic is answered, or refused, by its own words.
    """
    corrected = correction(question)
    taken_back = ""
    if corrected:
        question, taken_back = corrected
    opening = _OPENING.match(question)
    own = question[opening.end() :].strip() if opening else question
    own = own or question
    if not history:
        return [Reading(own)]
    before = history[-1]
    leaning = bool(corrected) or leans_back(question)
    points = leaning and not corrected and _POINTS_BACK.search(_EXPLETIVE.sub(" ", own))
    to_question, to_answer = _weights(own) if leaning else NEARBY
    previous = _without(before.searched or before.question, taken_back)
    found = [Reading(own), Reading(f"{previous} {own}", to_question, ranks_only=not leaning)]
    if before.grounded and not corrected:
        text = f"{head(before.answer)} {own}"
        found.append(Reading(text, to_answer, ranks_only=not points))
    return found


def understood(message: str, history: Sequence[Turn]) -> list[list[Reading]]:
    """Return the readings of each question of a message.

    A later question may lean on the previous one. The text before a question often names its
    subject: the whole message ranks for each of its questions, and counts as their meaning if one
    of them does not lean back.
    """
    found: list[list[Reading]] = []
    whole = message.strip()
    asked = parts(message)
    for at, part in enumerate(asked):
        ways = readings(part, history)
        if at and leans_back(part):
            before = found[-1][0].text
            ways = [ways[0], Reading(f"{before} {ways[0].text}", LEANING[0])]
        if part != whole:
            alone = len(asked) == 1 and not rambles(message) and len(meant(ways)) == 1
            ways.insert(1 if alone else len(ways), Reading(whole, WHOLE, ranks_only=not alone))
        found.append(ways)
    return found


def searched(question: str, history: Sequence[Turn]) -> str:
    """Return the text that represents a turn when the next one leans on it."""
    found = meant(readings(question, history))
    return found[1].text[-MAX_SEARCH_CHARACTERS:] if len(found) > 1 else question


def head(answer: str) -> str:
    """Return the start of an answer without its markers."""
    return re.sub(r"\s*\[\d+\]", "", answer)[:HEAD_CHARACTERS]


def _weights(question: str) -> tuple[float, float]:
    return BARE if _content(question) <= BARE_WORDS else LEANING


def _content(question: str) -> int:
    words = re.findall(r"[^\W_]{3,}", question.casefold())
    return sum(
        1
        for w in words
        if w not in WEAK and not _POINTS_BACK.fullmatch(w) and not _ASKS.fullmatch(w)
    )


def _without(question: str, taken_back: str) -> str:
    return (
        re.sub(re.escape(taken_back), "", question, flags=re.IGNORECASE) if taken_back else question
    )
