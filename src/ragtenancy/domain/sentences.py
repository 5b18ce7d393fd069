"""Cutting text into sentences, in any script, losing nothing."""

from __future__ import annotations

import re

_STOPS = ".!?\u2026"  # Latin, Greek, Cyrillic, Hebrew … : white space or a closing mark follows
_ALONE = (  # marks that always end a sentence
    "\u061f\u06d4\u0700\u0589"  # Arabic, Syriac, Armenian
    "\u0964\u0965\u1362\u1367\u1368"  # Devanagari and its neighbours, Ethiopic
    "\u17d4\u17d5\u104b\u0f0d\u0f0e\u0e5a\u0e5b\u1803\u1809"  # Khmer, Burmese, Tibetan, Thai …
)
_CJK = "\u3002\uff01\uff1f\uff61"
_END = re.compile(  # a single character set comes first, to which the search can skip
    rf"[{_STOPS}{_ALONE}{_CJK}\n](?:(?<=\n)"
    rf"|(?<=[{_STOPS}])[{_STOPS}]*[\"'\u201d\u2019\u00bb)\]]*(?:\[[0-9, ]{{1,12}}\])*(?=\s|\Z)"
    rf"|(?<=[{_ALONE}])[{_ALONE}]*[\"'\u201d\u2019\u00bb)\]]*"
    rf"|(?<=[{_CJK}])[{_CJK}]*[\u300d\u300f\u300b\u3011\u201d\u2019\uff09\"')]*"
    r")\s*"
)
_NEAR = 24
_WORD_BEFORE = re.compile(r"([^\W\d_][\w.]*|\d+)\Z")
_NEXT_WORD = re.compile(r"[^\W\d_]+(?![-.\w])")
_CLOSED = re.compile(r"[\"'\u201d\u2019\u00bb)\]]")
_BEFORE_A_WORD = (  # abbreviations before the word or name that they belong to
    "mr mrs ms messrs dr drs prof st sgt capt lt col gen gov hon rev vs cf e.g i.e viz approx incl excl"
    " abs bspw bzgl bzw ca d.h dipl einschl entspr evtl exkl fa gem ggf ggü hrsg inkl insb insbes lfd"
    " mio mrd nr o.g rd sog tsd u.a v.a vgl z.b z.t zgl zzgl"
    " mm mme mlle p.ex sr sra srta dña p.ej ej av avda sig sigg dott dhr mevr bijv d.w.z m.b.t o.a zgn"
)
_BEFORE_A_NUMBER = (  # abbreviations that may be words as well: a number must follow
    "tab fig figs eq sect sec para paras art arts vol vols pp p ed eds ch chap no nos max min avg tel"
    " ext ref temp abschn anm anl az bd kap mind pos rn s.o s.u std str zul"
    " éd env obs réf tél núm núms pág págs aprox cap pag num blz"
)
_BEFORE_ANYTHING = (  # abbreviations that may also be the last word of a sentence
    "etc inc ltd co corp jr sr al dept u.s u.k u.n e.u a.m p.m d.c ph.d b.c a.d jan feb mar apr jun"
    " jul aug sep sept oct nov dec okt dez mwst ust usw str max min ff u.s.w s.a s.l gmbh bros"
)
_WORD_FOLLOWS = frozenset(_BEFORE_A_WORD.split())
_NUMBER_FOLLOWS = frozenset(_BEFORE_A_NUMBER.split())
_MAY_BE_LAST = frozenset(_BEFORE_ANYTHING.split())
_NUMBER_NEXT = re.compile(r"\S{0,4}\d")
_OPENING_WORDS = (  # capitalised, these begin a sentence rather than a name
    "the a an this that these those it he she we they you i in on at for if when while after"
    " before but and or so as then there here please see our your his her its their all each no"
    " der die das ein eine dies diese dieser es er sie wir ihr in im am auf bei für wenn nach vor"
    " aber und oder so als dann hier bitte siehe alle jede jeder kein keine"
    " le la les un une ce cette il elle nous vous ils elles dans si après mais et"
    " el los las una este esta en por para si después pero y"
)
_OPENERS = frozenset(_OPENING_WORDS.split())
_BEFORE_AN_ORDINAL = (  # German
    "am vom zum beim im ab bis seit der die das den dem des dieser diese dieses jeder jede jedes"
    " jeden jedem zur ein eine ihr sein und"
)
_GERMAN_BEFORE_AN_ORDINAL = frozenset(_BEFORE_AN_ORDINAL.split())
_MONTH_NAMES = (
    "januar jänner februar märz april mai juni juli august september oktober november dezember"
    " jan feb mrz apr jun jul aug sep sept okt nov dez"
)
_MONTHS = frozenset(_MONTH_NAMES.split())
_STREET = "str"  # Hauptstr. 5
_LONGEST_ORDINAL = 2
_ROMAN = re.compile(r"[IVX]{2,5}")


def sentences(text: str) -> list[str]:
    """Return the sentences with their trailing white space: joined, they give the text again.

    A full stop does not end a sentence after an abbreviation, an initial, a German ordinal
    (`am 1. März`) or the number of a list item, nor before a lower-case letter. A line break
    always does.
    """
    found: list[str] = []
    start, size = 0, len(text)
    for match in _END.finditer(text):
        stop, end = match.span()
        if end < size and not _ends(text, stop, end):
            continue
        found.append(text[start:end])
        start = end
    if start < size:
        found.append(text[start:])
    return found


def _ends(text: str, stop: int, end: int) -> bool:
    """Return whether a stop, with the characters up to the next word, ends a sentence."""
    if text.find("\n", stop, end) >= 0:
        return True
    if text[stop] != ".":
        return not (text[end].islower() and _CLOSED.search(text, stop, end))
    if text[end].islower():
        return False
    word = _word_before(text, stop)
    if not word:
        return True
    start = stop - len(word)
    following = _NEXT_WORD.match(text, end)
    next_word = following[0].lower() if following else ""
    if word.isdigit() or _ROMAN.fullmatch(word):
        return not (_is_ordinal(text, start, word, next_word) or _opens_line(text, start))
    if len(word) == 1:
        initial = _is_initial(text, start, word) and next_word not in _OPENERS
        return not (initial or _opens_line(text, start))
    number_next = _NUMBER_NEXT.match(text, end) is not None
    return not _is_abbreviation(word.lower(), next_word, number_next=number_next)


def _is_abbreviation(word: str, next_word: str, *, number_next: bool) -> bool:
    """Return whether a word before a full stop is an abbreviation, so that the sentence goes on."""
    if word in _WORD_FOLLOWS or (number_next and (word in _NUMBER_FOLLOWS or _in_street(word))):
        return True
    return word in _MAY_BE_LAST and next_word not in _OPENERS


def _in_street(word: str) -> bool:
    return word.endswith(_STREET)


def _is_ordinal(text: str, start: int, number: str, next_word: str) -> bool:
    """Return whether a number with a full stop is a German ordinal: `31. Dezember`, `im 2. OG`."""
    if len(number) > _LONGEST_ORDINAL and number.isdigit():
        return False
    return next_word in _MONTHS or (
        next_word not in _OPENERS
        and _word_before(text, start - 1).lower() in _GERMAN_BEFORE_AN_ORDINAL
    )


def _is_initial(text: str, start: int, letter: str) -> bool:
    """Return whether a letter before a full stop is an initial: `J.`, `z. B.`, not `12 h.`."""
    return letter.isupper() or not text[:start].rstrip()[-1:].isdigit()


def _word_before(text: str, stop: int) -> str:
    """Return the word or number that ends at a position, if any."""
    near = text[max(0, stop - _NEAR) : stop]
    if not near or near[-1].isspace():
        return ""
    piece = near.rsplit(maxsplit=1)[-1]
    if piece.isalpha():
        return piece
    found = _WORD_BEFORE.search(piece)
    return found[1] if found else ""


def _opens_line(text: str, start: int) -> bool:
    """Return whether only space and an opening bracket precede a position on its line."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return not line.strip(" \t(")
