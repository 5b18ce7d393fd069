"""The wording of a paragraph: its lines joined, words divided at line ends made whole.

A document's own words decide on each hyphen at a line end, unless its typesetter marked the breaks.
Codes, numbers and addresses are never altered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from ragtenancy.domain.languages import Language, function_words
from ragtenancy.domain.line_joints import joint, space_beside_latin

_SOFT_HYPHEN = "\u00ad"
_TYPESET_HYPHEN = "\u2010"
HYPHENS = ("-", _TYPESET_HYPHEN, _SOFT_HYPHEN)
"""What divides a word at the end of a line."""
_WORD = re.compile(r"[^\W_]+(?:[-\u2010'\u2019][^\W_]+)*")
_DIVIDED = re.compile("[^\\W\\d_]\u2010\\s*\\Z")
_INNER = re.compile("\\w([-\u2010])\\w")
_FIRST = re.compile(r"[^\W_]+\Z")
_SECOND = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)*\Z")

# What cannot be an ordinary word, in the last or the first characters of a line.
_ADDRESS = re.compile(r"@|://|\bwww\.|\w\.\w+/|\A[/\\]", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]{2,})+[.,;:)\]]*\Z")
_URL = re.compile(r"(?:\w+://|www\.)\S+\Z", re.IGNORECASE)
_IN_URL = re.compile(r"\S*[\w)]*[/.?=&%#_~-]\w")
_TAKES_MORE = re.compile(r"[?&=_#%~+]\Z")
_MAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)*\Z")
_MAIL_GOES_ON = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*[.,;:)\]>]*\Z")
_TIGHT = re.compile(r"\w/\Z|\w\u2014\Z|\d\u2013\Z")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CONJUNCTIONS = _set(
    "und oder bis sowie bzw beziehungsweise u and or to en of og och eller et ou y o e i a"
)
_GLUE = _set("a all and at by de for in of off on or out over the to under up vis with à la und zu")
_BEFORE_ENDINGS = _set(
    "al any be can else every fore here how in no on out over per some there through un under up "
    "what when where who with"
)
_ENDINGS = _set(
    "able body ever fore full hood in less like more on one out self selves ship side thing "
    "to up ward wards way where wise with"
)
_PREFIXES = _set("self non ex semi quasi anti co pre post")
_ENDS_COMPOUNDS = _set(
    "aware based capable centric compliant dependent driven efficient enabled facing friendly "
    "funded generated intensive level neutral optimised optimized oriented owned party powered "
    "quality ready related resistant scale sensitive specific speed term trained tuned"
)
_BOUND = _set(
    "auto bio co counter de dis down em en fore im in inter intra ir mal micro mid mini mis multi "
    "out over photo pre re semi sub super tele trans ultra un under up"
)
_FRENCH_ENCLITICS = _set("vous nous moi toi lui leur ci là même mêmes je tu")
_AFTER_T_OR_D = _set("il elle ils elles on")
_CLOSED_COMPOUNDS = (Language.GERMAN, Language.DUTCH, Language.SWEDISH, Language.DANISH)
_OPEN_COMPOUNDS = (Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.ITALIAN)


class Vocabulary(Struct, frozen=True):
    """The words that stand whole in a document's lines, as they are written.

    `marks_breaks` tells that words are divided by U+2010 and compounds written with U+002D, as
    browsers print them.
    """

    words: frozenset[str]
    marks_breaks: bool = False


def vocabulary(lines: Iterable[str]) -> Vocabulary:
    """Return the vocabulary of a document's lines."""
    shown = list(lines)
    words = frozenset(_whole_words(shown))
    inner = set(chain.from_iterable(map(_INNER.findall, shown)))
    is_marked = inner == {"-"} and any(map(_DIVIDED.search, shown))
    return Vocabulary(words, marks_breaks=is_marked)


def _whole_words(lines: Iterable[str]) -> Iterator[str]:
    is_divided = False
    for line in lines:
        shown = line.strip()
        goes_on = shown.endswith(HYPHENS)
        tokens = shown.split()
        yield from _WORD.findall(" ".join(tokens[is_divided : len(tokens) - goes_on]))
        is_divided = goes_on


def joined(lines: Sequence[str], known: Vocabulary) -> str:
    """Return the lines of one paragraph as one."""
    stripped = [shown for line in lines if (shown := line.strip())]
    beside_latin = space_beside_latin(stripped)
    parts: list[str] = []
    for line in stripped:
        if parts:
            parts[-1], between = _joint(parts[-1], line, known, beside_latin)
            parts.append(between)
        parts.append(line)
    return "".join(parts)


def _joint(before: str, after: str, known: Vocabulary, beside_latin: str) -> tuple[str, str]:
    """Return a line without its divided word's hyphen, and what stands before the next line."""
    is_break = known.marks_breaks and before.endswith(_TYPESET_HYPHEN)
    if is_break or before.endswith(_SOFT_HYPHEN):
        return before[:-1], ""
    if before.endswith(HYPHENS):
        return before[:-1], _hyphen(before[:-1], after, known)
    last, first = before.rsplit(maxsplit=1)[-1], after.split(maxsplit=1)[0]
    return before, "" if _is_one_token(last, first) else joint(before, after, beside_latin)


def _is_one_token(last: str, first: str) -> bool:
    """Return whether a line break cut an address, or followed a sign without spaces."""
    if _URL.search(last) and last[-1] in "/.":
        return bool(_IN_URL.match(first))
    if _URL.search(last):
        return bool(_TAKES_MORE.search(last))
    if _MAIL.search(last):
        return bool(_MAIL_GOES_ON.match(first))
    return bool(_TIGHT.search(last)) and first[0].isalnum()


def _hyphen(before: str, after: str, known: Vocabulary) -> str:
    """Return what replaces the hyphen between two lines: nothing, a hyphen, or one and a space."""
    tokens = before.split()
    if not tokens or before[-1:].isspace():
        return "- "
    last, first = tokens[-1], after.split(maxsplit=1)[0]
    head, tail = _FIRST.search(last), _SECOND.match(first)
    if not head or not tail or _ADDRESS.search(last) or "@" in first or _DOMAIN.match(first):
        return "-"
    if not head[0].isalpha() or not tail[0].isalpha() or len(head[0]) == 1:
        return "-"
    if known.marks_breaks:
        return "- " if _is_suspended(tail[0], first, after) else "-"
    by_words = _as_written(last, head[0], first, tail[0], known.words)
    if by_words is not None:
        return by_words
    if _is_suspended(tail[0], first, after):
        return "- "
    if not tail[0][0].islower():
        return "" if before.isupper() and tail[0].isupper() and " " in before.strip() else "-"
    return "-" if _is_compound(last, head[0], tail[0], known.words) else ""


def _as_written(
    last: str, head: str, first: str, tail: str, vocabulary: frozenset[str]
) -> str | None:
    """Return the joint by the word's other occurrences, None if it has none."""
    if _is_known(head + tail, vocabulary):
        return ""
    before, after = _COMPOUND.search(last), _WORD.match(first)
    ends = {f"{head}-{tail}", f"{before[0]}-{after[0]}" if before and after else ""}
    return "-" if any(_is_known(end, vocabulary) for end in ends) else None


def _is_known(word: str, vocabulary: frozenset[str]) -> bool:
    return not vocabulary.isdisjoint((word, word.lower(), word.capitalize(), word.upper()))


def _is_suspended(tail: str, first: str, after: str) -> bool:
    """Return whether a compound's second part is left out (`Ein- und Ausgang`)."""
    return tail in _CONJUNCTIONS and first.rstrip(".") == tail and len(after) > len(first)


def _is_compound(last: str, head: str, tail: str, vocabulary: frozenset[str]) -> bool:
    """Return whether a hyphen belongs to the word, of which nothing else is known."""
    if (tail in _ENDS_COMPOUNDS and head.lower() not in _BOUND) or (
        "-" in last and head.lower() in _GLUE
    ):
        return True
    if _language(vocabulary) is Language.FRENCH:
        after_t = tail in _AFTER_T_OR_D and head[-1] in "td"
        if after_t or tail in _FRENCH_ENCLITICS:
            return True
    if _language(vocabulary) in _CLOSED_COMPOUNDS or tail not in vocabulary or len(tail) < 2:
        return False
    if head.lower() in _PREFIXES:
        return True
    is_closed = head.lower() in _BEFORE_ENDINGS or (tail in _ENDINGS and len(tail) > 2)
    return _is_known(head, vocabulary) and not is_closed


@lru_cache(maxsize=4)
def _language(vocabulary: frozenset[str]) -> Language | None:
    """Return the language with the most function words among a document's words."""
    known = (*_OPEN_COMPOUNDS, *_CLOSED_COMPOUNDS)
    counts = {each: len(function_words(each) & vocabulary) for each in known}
    best = max(known, key=lambda each: counts[each])
    return best if counts[best] else None
