"""Cutting text into sentences, in any script and language, losing nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from ragtenancy.domain.abbreviations import (
    BY_LANGUAGE,
    COMMON,
    LETTERED,
    NUMBERED,
    OPENERS,
    PARTICLES,
    UNITS,
)
from ragtenancy.domain.languages import Language, detect, function_words

_STOPS = ".!?\u2026"  # Latin, Greek, Cyrillic, Hebrew … : white space or a closing mark follows
_ALONE = (  # marks that always end a sentence
    "\u061f\u06d4\u0700\u0589"  # Arabic, Syriac, Armenian
    "\u0964\u0965\u1362\u1367\u1368"  # Devanagari and its neighbours, Ethiopic
    "\u17d4\u17d5\u104b\u0f0d\u0f0e\u0e5a\u0e5b\u1803\u1809"  # Khmer, Burmese, Tibetan, Thai …
)
_CJK = "\u3002\uff01\uff1f\uff61"
_CLOSERS = "\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u203a)\\]"
_GUILLEMET = "(?:[ \u00a0\u202f]\u00bb)?"  # French sets a space before it
_ELLIPSIS = "\u2026"
_END = re.compile(  # a single character set comes first, to which the search can skip
    rf"[{_STOPS}{_ALONE}{_CJK}\n](?:(?<=\n)"
    rf"|(?<=[{_STOPS}])[{_STOPS}]*{_GUILLEMET}[{_CLOSERS}]*(?:\[[0-9, ]{{1,12}}\])*(?=\s|\Z)"
    rf"|(?<=[{_ALONE}])[{_ALONE}]*[{_CLOSERS}]*"
    rf"|(?<=[{_CJK}])[{_CJK}]*[\u300d\u300f\u300b\u3011\u201d\u2019\uff09\"')]*"
    rf"|(?<={_ELLIPSIS}){_ELLIPSIS}+[\u300d\u300f\u201d]*"
    r")\s*"
)
_NEAR = 24
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_WORD_BEFORE = re.compile(rf"([^\W\d_][\w.{_MARKS}]*|\d+)\Z")
_NEXT_WORD = re.compile(r"[^\W\d_]+(?![-.\w])")
_CLOSED = re.compile(rf"[{_CLOSERS}\u300d\u300f]")
_DASHES = "-\u2013\u2014"
_WEAK_STOPS = ".\u2026"  # ! and ? end a sentence before a lower-case letter as well
_CASED = "\u05ff"  # above it, letters have no case
_GLUE = "/@=_)]"  # km/h. and example.com/ir. are no abbreviations
_LONGEST_NUMERAL = 5
_LONGEST_LETTERS = 2  # Ph.D
_SAYS = re.compile(  # after a quotation, where letters have no case
    "と|って|、|，|[^\u3002\uff0c\u3001\uff01\uff1f]{1,6}[说說问問道喊][\u3002\uff0c\uff1a]"
    "|(?:قال|قالت|سأل|سألت|أجاب|أجابت|يقول|تقول)\\b"
)
_NUMBER_NEXT = re.compile(r"(?:§+\s?)?\S{0,4}\d|[IVXLC]+\b|[B-Z]\b|A[,.)]")
_BEFORE_AN_ORDINAL = (  # German; Polish decades
    "am vom zum beim im ab bis seit der die das den dem des dieser diese dieses jeder jede jedes"
    " jeden jedem zur ein eine ihr sein und lat lata latach"
)
_WORDS_BEFORE_AN_ORDINAL = frozenset(_BEFORE_AN_ORDINAL.split())
_MONTH_NAMES = (  # of languages that write a full stop after an ordinal
    "januar jänner februar märz april mai juni juli august september oktober november dezember"
    " jan feb mrz apr jun jul aug sep sept okt nov dez"
    " januari februari marts maj desember december ledna února března dubna května června července"
    " srpna září října listopadu prosince tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta"
    " kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"
)
_MONTHS = frozenset(_MONTH_NAMES.split())
_LAST = re.compile(  # and so on; eras
    r"(?:u\.\s?[av]\.\s?m|т\.\s?[дп]|\b[ad]\.\s?C|\bн\.\s?э|\bn\.\s?[el])\Z"
)
_IN_SEQUENCE = re.compile(  # German nouns that an ordinal stands before
    "jahrhundert|jahrestag|jubiläum|geburtstag|lebensjahr|etage|stockwerk|obergeschoss|untergeschoss"
    "|quartal|halbjahr|auflage|klasse|kapitel|platz|woche|werktag|arbeitstag|versammlung|sitzung"
)
_STREET = "str"  # Hauptstr. 5
_LONGEST_ORDINAL = 2
_ROMAN = re.compile(r"[IVX]{2,5}")
_YEARS = ("r", "г")
_THAI = re.compile("[\u0e01-\u0eff]")
_THAI_SPACE = re.compile(
    "(?<=[\u0e01-\u0e4e\u0e81-\u0ece])[ \u00a0]+(?=[\u0e01-\u0e4e\u0e81-\u0ece])"
    r"(?![\u0e01-\u0ece]{1,6}\.)"
)
_FEWEST_OF_A_PHRASE = 60
_CLAUSE_END = re.compile(r"[;:,]\s+|[\uff0c\uff1b\uff1a\u3001\u060c\u061b]\s*")
_EXCERPT = 600
"""How much of the surrounding text tells the language."""
_LONGEST_CLAUSE_HEAD = 24
_STRETCH = 100_000  # characters: some milliseconds


def sentences(text: str, within: str = "") -> list[str]:
    """Return the sentences with their trailing white space: joined, they give the text again.

    Thai and Lao, which have no full stop, are cut at spaces into phrases of some length. A full stop does not end a sentence after an abbreviation of the text's language, an initial, an
    ordinal (`am 1. März`) or the number of a list item, nor before a lower-case letter. A line
    break always does. The language is looked for only where it matters, in the text, then in what
    it stands `within`.
    """
    found: list[str] = []
    start, size = 0, len(text)
    for match in _END.finditer(text):
        stop, end = match.span()
        if end < size and not _ends(text, start, stop, end, within):
            continue
        found.append(text[start:end])
        start = end
    if start < size:
        found.append(text[start:])
    return found if text.isascii() or not _THAI.search(text, 0, _EXCERPT) else _phrases(found)


def each_sentence(text: str, within: str = "") -> Iterator[str]:
    """Yield the sentences of a text of any length, cut one stretch at a time.

    No search runs over the whole of a long text, which would keep other threads from running. The
    last two sentences of a stretch are cut again with the next; one longer than a stretch ends
    with it.
    """
    held = ""
    for start in range(0, len(text), _STRETCH):
        found = sentences(held + text[start : start + _STRETCH], within)
        is_last = start + _STRETCH >= len(text)
        held = "" if is_last else "".join(found[-2:])
        if len(held) > _STRETCH:
            held = ""
        yield from found[:-2] if held else found


def bounded(sentence: str, most: int) -> list[str]:
    """Return a sentence in pieces of at most `most` characters, cut after a clause or a word."""
    pieces: list[str] = []
    start, size = 0, len(sentence)
    while size - start > most:
        middle, end = start + most // 2, start + most
        ends = [match.end() for match in _CLAUSE_END.finditer(sentence, middle, end)]
        at = ends[-1] if ends else sentence.rfind(" ", middle, end) + 1 or end
        pieces.append(sentence[start:at])
        start = at
    return [*pieces, sentence[start:]]


def _phrases(found: list[str]) -> list[str]:
    """Return sentences, those in Thai or Lao cut at spaces, their only sign of an end."""
    cut: list[str] = []
    for sentence in found:
        start = 0
        for space in _THAI_SPACE.finditer(sentence):
            if space.end() - start >= _FEWEST_OF_A_PHRASE:
                cut.append(sentence[start : space.end()])
                start = space.end()
        cut.append(sentence[start:])
    return cut


def _ends(text: str, begun: int, stop: int, end: int, within: str) -> bool:
    """Return whether a stop, with the characters up to the next word, ends a sentence."""
    if text.find("\n", stop, end) >= 0:
        return True
    if _goes_on(text, end):
        if text[stop] in _WEAK_STOPS or _CLOSED.search(text, stop, end):
            return False
    elif text[end] > _CASED and _CLOSED.search(text, stop, end) and _SAYS.match(text, end):
        return False
    return text[stop] != "." or _ends_by_its_word(text, begun, stop, end, within)


def _goes_on(text: str, end: int) -> bool:
    """Return whether a lower-case letter follows, at once or after a dash."""
    if text[end] not in _DASHES:
        return text[end].islower()
    return text[end + 1 : end + 3].lstrip()[:1].islower()


def _ends_by_its_word(text: str, begun: int, stop: int, end: int, within: str) -> bool:
    """Return whether a full stop ends a sentence, by the word before it and the word after it."""
    word = _word_before(text, stop)
    if not word:
        return not _THAI.match(text, stop - 1)  # พ.ศ.
    start = stop - len(word)
    if text[start - 1 : start] in _GLUE and start:
        return True
    if word[-1] > _CASED and _THAI.match(word[-1]):
        return False
    if len(word) <= _LONGEST_NUMERAL:
        if word.isdigit() or _ROMAN.fullmatch(word):
            is_ordinal = _is_ordinal(text, start, word, _next_word(text, end))
            return not (is_ordinal or _is_number(text, begun, start))
        if _is_unit(text, begun, start, word):
            return True
        if len(word) == 1:
            is_initial = _is_initial(text, start, word, _next_word(text, end))
            return not (is_initial or _opens(text, begun, start))
    return not _is_abbreviation(text, word, end, within)


def _next_word(text: str, end: int) -> str:
    following = _NEXT_WORD.match(text, end)
    return following[0].lower() if following else ""


def _is_abbreviation(text: str, word: str, end: int, within: str) -> bool:
    """Return whether a word before a full stop is an abbreviation, so that the sentence goes on."""
    lower, every = word.lower(), _every()
    known = [each for each in (word, lower) if each in every]
    if not known and "." not in word:
        return lower.endswith(_STREET) and _NUMBER_NEXT.match(text, end) is not None
    number_next = _NUMBER_NEXT.match(text, end) is not None
    opener_next = _next_word(text, end) in _openers()
    tables = [COMMON]
    if any(each in _own() for each in known):
        language = _language(text[:_EXCERPT]) or _language(within[:_EXCERPT])
        tables += [table for each, table in BY_LANGUAGE.items() if each == language]
    if word.isupper() and word.isalpha() and word not in every:  # HR. is no Herr, NR. 5 a number
        return number_next and any(lower in table.before_a_number for table in tables)
    if any(
        table.continues(each, number_next=number_next, opener_next=opener_next)
        for table in tables
        for each in known
    ):
        return True
    return not known and not opener_next and _is_dotted(word)


@cache
def _every() -> frozenset[str]:
    """Return the abbreviations of every language."""
    return COMMON.words | _own()


@cache
def _own() -> frozenset[str]:
    """Return the words that some languages abbreviate, or abbreviate otherwise than the rest."""
    return frozenset().union(*(table.words for table in BY_LANGUAGE.values()))


@lru_cache(maxsize=256)
def _language(text: str) -> Language | None:
    return detect(text) if text else None


@cache
def _openers() -> frozenset[str]:
    """Return the words that, capitalised, begin a sentence rather than a name."""
    return frozenset().union(*map(function_words, Language)) | OPENERS


def _is_dotted(word: str) -> bool:
    """Return whether a word is letters with full stops between them: U.S, a.m, z.B."""
    return max(map(len, word.split("."))) <= _LONGEST_LETTERS and not _LAST.search(word)


def _is_ordinal(text: str, start: int, number: str, next_word: str) -> bool:
    """Return whether a number with a full stop is an ordinal: `31. Dezember`, `im 2. OG`."""
    if len(number) > _LONGEST_ORDINAL and number.isdigit():
        return False
    return (
        next_word in _MONTHS
        or _IN_SEQUENCE.match(next_word) is not None
        or (
            next_word not in _openers()
            and _word_before(text, start - 1).lower() in _WORDS_BEFORE_AN_ORDINAL
        )
    )


def _is_number(text: str, begun: int, start: int) -> bool:
    """Return whether a number begins its sentence, alone or after its kind: `2.`, `Art. 2.`."""
    if _opens(text, begun, start):
        return True
    if start - begun > _LONGEST_CLAUSE_HEAD:
        return False
    return text[begun:start].strip(" .\u00a0").lower() in NUMBERED


def _is_initial(text: str, start: int, letter: str, next_word: str) -> bool:
    """Return whether a letter before a full stop is an initial: `J.`, `z. B.`, not `12 h.`."""
    before = text[max(0, start - _NEAR) : start].rstrip()
    if text[start - 1 : start].isalnum():
        return False
    if _LAST.search(before + letter):
        return False
    if letter.isupper():
        named = before.rsplit(maxsplit=1)[-1].lower() if before else ""
        return named not in LETTERED and (next_word not in _openers() or next_word in PARTICLES)
    return next_word not in _openers()


def _is_unit(text: str, begun: int, start: int, word: str) -> bool:
    """Return whether a word is a unit after its number: `5 mm.`, not `Mr.`, nor `W 2024 r.`."""
    if word in _YEARS and start - begun < _LONGEST_CLAUSE_HEAD:
        return False
    if text[max(0, start - 1) : start] == "°":
        return True
    return word in UNITS and text[max(0, start - 3) : start].rstrip()[-1:].isdigit()


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


def _opens(text: str, begun: int, start: int) -> bool:
    """Return whether only space and an opening bracket precede a position in its sentence."""
    return not text[begun:start].strip(" \t\n(")
