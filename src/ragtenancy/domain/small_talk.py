"""Small talk: greetings, thanks, goodbyes and questions about the assistant itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import groupby
from operator import itemgetter

from msgspec import Struct

from ragtenancy.domain.languages import Language
from ragtenancy.domain.small_talk_phrases import PHRASES

MAX_CHARACTERS = 160
MAX_WORDS = 16
_Typed = tuple[str, str, str]
"""A word as typed, with letters at most twice in a row, and with no letter doubled."""

_LONG_WORD = 5
_VERY_LONG_WORD = 6


class SmallTalkKind(StrEnum):
    """The intent of a message that needs no documents; the first listed wins."""

    DOCUMENTS = "documents"
    ABILITY = "ability"
    IDENTITY = "identity"
    GOODBYE = "goodbye"
    THANKS = "thanks"
    GREETING = "greeting"
    ACKNOWLEDGEMENT = "acknowledgement"


class SmallTalk(Struct, frozen=True, kw_only=True):
    """A message of small talk; without a language if it is only an emoji.

    `thanks`: it also says thank you, whatever its kind.
    """

    kind: SmallTalkKind
    language: Language | None
    thanks: bool = False


def small_talk(message: str, *, preferred: Language | None = None) -> SmallTalk | None:
    """Return the kind of a message that is entirely small talk; None for any other.

    `preferred`, the tenant's language, decides between languages that share the words.
    """
    if len(message) > MAX_CHARACTERS:
        return None
    words = _words(message)
    if not words:
        return _pictured(message)
    if len(words) > MAX_WORDS:
        return None
    typed = [(word, _RUN.sub(r"\1\1", word), _PAIR.sub(r"\1", word)) for word in words]
    order = [preferred] if preferred else []
    for language in [*order, *PHRASES]:
        if kinds := _kinds(typed, language):
            return SmallTalk(kind=kinds[0], language=language, thanks=SmallTalkKind.THANKS in kinds)
    return None


def _words(message: str) -> list[str]:
    """Return the words in lower case, without accents, apostrophes, signs and emoji."""
    folded = unicodedata.normalize("NFKD", message.casefold()).translate(_UNDECOMPOSED)
    bare = unicodedata.normalize("NFC", _ACCENT.sub("", folded))
    return "".join(map(_kept, bare)).split()


def _kept(sign: str) -> str:
    if sign in _DROPPED:
        return ""
    return sign if unicodedata.category(sign)[0] in "LMN" else " "


def _pictured(message: str) -> SmallTalk | None:
    found = [kind for picture, kind in _PICTURES.items() if picture in message]
    return SmallTalk(kind=found[0], language=None) if found else None


def _kinds(typed: Sequence[_Typed], language: Language) -> list[SmallTalkKind]:
    """Return the kinds of a message that is completely covered by phrases."""
    grammar = _grammar(language)
    said: list[str] = []
    for word in typed:
        if not (meant := grammar.spelt(word)):
            return []
        said.append(meant)
    found = grammar.kinds(said)
    return [kind for kind in SmallTalkKind if kind in found]


class _Grammar(Struct, frozen=True, kw_only=True):
    """The phrases of one language, compiled."""

    patterns: Mapping[str, re.Pattern[str]]
    known: frozenset[str]
    mended: Mapping[str, Sequence[str]]
    """The words whose typing errors are corrected, by their first letter."""

    def kinds(self, words: Sequence[str]) -> frozenset[str]:
        """Return the kinds in the readings with the fewest phrases; none if words are left over."""
        readings: list[tuple[int, frozenset[str]] | None] = [(0, frozenset())]
        for end in range(1, len(words) + 1):
            ways = [
                (before[0] + 1, before[1] | {kind})
                for start, before in enumerate(readings)
                if before is not None
                for kind in self._matching(" ".join(words[start:end]))
            ]
            fewest = min((count for count, _ in ways), default=0)
            kinds = frozenset[str]().union(*(kinds for count, kinds in ways if count == fewest))
            readings.append((fewest, kinds) if ways else None)
        last = readings[-1]
        return last[1] if last else frozenset()

    def _matching(self, phrase: str) -> list[str]:
        return [kind for kind, pattern in self.patterns.items() if pattern.fullmatch(phrase)]

    def spelt(self, typed: _Typed) -> str | None:
        """Return the intended known word, without drawn-out letters or a typing error."""
        if known := next((each for each in typed if each in self.known), None):
            return known
        word, doubled, single = typed
        if word in _WORDS_OF_THEIR_OWN:
            return None
        short = word if doubled == word else single
        meant = [each for each in self.mended.get(word[0], ()) if _is_typing_error(short, each)]
        return min(meant, key=lambda each: (sorted(each) != sorted(short), each), default=None)


def _is_typing_error(word: str, meant: str) -> bool:
    """Return whether one letter is missing, extra, transposed or, in a long word, wrong.

    The first letter must be right: people rarely miss it, and "tanks" are not "thanks".
    """
    if abs(len(word) - len(meant)) > 1:
        return False
    same = next(
        (at for at, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other),
        min(len(word), len(meant)),
    )
    rest, wanted = word[same:], meant[same:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    other = len(meant) >= _VERY_LONG_WORD and rest[1:] == wanted[1:]
    return swapped or other or rest == wanted[1:] or rest[1:] == wanted


@cache
def _grammar(language: Language) -> _Grammar:
    phrases = PHRASES[language]
    listed = {name: list(_lines(getattr(phrases, name))) for name in [*SmallTalkKind, "filler"]}
    known = frozenset(_WORD.findall(" ".join(line for each in listed.values() for line in each)))
    courtesies = " ".join(listed["greeting"] + listed["thanks"] + listed["goodbye"])
    long = sorted({word for word in _WORD.findall(courtesies) if len(word) >= _LONG_WORD})
    listed["filler"] += _SHARED
    return _Grammar(
        patterns={name: re.compile("|".join(lines)) for name, lines in listed.items() if lines},
        known=known.union(_SHARED),
        mended={letter: list(group) for letter, group in groupby(long, key=itemgetter(0))},
    )


def _lines(text: str) -> Iterator[str]:
    return (" ".join(line.split()) for line in text.splitlines() if line.strip())


_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_ACCENT = re.compile("[\u0300-\u036f]")
_DROPPED = frozenset("'’ʼ`´\u200b\u200c\u200d\u2060\ufe0f\ufe0e\u0640")
_WORD = re.compile(r"[^\s()|?*+]+")
_RUN = re.compile(r"(\w)\1{2,}")
_PAIR = re.compile(r"(\w)\1+")
_WORDS_OF_THEIR_OWN = frozenset(
    """
    thinks hall halls hell mercy merch salt salute supper prefect mourning dance danse mornings
    tank tanks byte bytes greeting seed
    """.split()  # noqa: SIM905 - words, one like the other
)
"""Words one letter away from a courtesy that may be search terms."""

_PICTURES: Mapping[str, SmallTalkKind] = {
    "👋": SmallTalkKind.GREETING,
    "🙏": SmallTalkKind.THANKS,
    "❤": SmallTalkKind.THANKS,
    "👍": SmallTalkKind.ACKNOWLEDGEMENT,
    "👌": SmallTalkKind.ACKNOWLEDGEMENT,
    "👏": SmallTalkKind.ACKNOWLEDGEMENT,
    "😊": SmallTalkKind.ACKNOWLEDGEMENT,
    "🙂": SmallTalkKind.ACKNOWLEDGEMENT,
}

_SHARED = """
    hi hey hello hallo hej hola moin salut bonjour bye ciao thanks thx merci ok okay super perfect cool please
    """.split()  # noqa: SIM905 - words, one like the other
"""Words of other languages that people mix into their own; they do not decide the language."""
