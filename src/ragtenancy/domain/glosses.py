"""Word-by-word glosses: a question's words in the language of the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from ragtenancy.domain.languages import Language, function_words, without_accents

LONGEST_PHRASE = 4  # words
SHORTEST_COMPOUND = 6  # letters
LONGEST_COMPOUND = 32
MAX_PARTS = 3  # with the length, bounds the attempts at splitting a word
SHORTEST_PART = 2
SHORTEST_LINKED = 3  # a part before a linking letter
SHORTEST_VERB = 4  # a part that is not a noun
SHORTEST_UNKNOWN_PART = 4
SHORTEST_KNOWN_PART = 5  # beside an unknown part
LINKS = ("", "s", "n", "es", "en")
AS_TYPED = 0.5  # the weight of a question as typed beside its gloss
WRITTEN_IN = 0.1  # share of a language's chunks that hold one of its function words
SHORTEST_TELLING = 4  # letters of a function word that tells one language from another

GLOSSED = (Language.GERMAN, Language.FRENCH, Language.SPANISH)
"""The languages glossed to and from English."""

_TOKEN = re.compile(r"(?=[\w.,:/-]*\d)[^\W_](?:[\w.,:/-]*[^\W_])?|[^\W\d_]+")
_PARTICIPLE = re.compile(r"(\w*?)ge(\w{2,}?)(?:e?t|en)(?:e[mnrs]?)?")  # ausgetauscht, geölte
_INFINITIVE = re.compile(r"(\w{2,})zu(\w{2,})en")  # abzuholen
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"))  # ä, ö, ü on keyboards without them

Content = Callable[[str], Collection[str]]
Stem = Callable[[str], str]


class Glossed(Struct, frozen=True):
    """A word or phrase as typed, with its meanings, best first; without any it stays unchanged."""

    said: str
    meanings: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The best meaning, or the word itself."""
        return self.meanings[0] if self.meanings else self.said

    @property
    def synonyms(self) -> str:
        """The word's synonyms: its other meanings, and the word itself."""
        return " ".join([*self.meanings[1:], self.said])


class Gloss(Struct, frozen=True):
    """A question word by word in another language."""

    words: Sequence[Glossed]

    @property
    def text(self) -> str:
        """The best meaning of each word, in the order of the question."""
        return " ".join(word.text for word in self.words)

    @property
    def all_words(self) -> str:
        """Every meaning of every word."""
        return " ".join(text for word in self.words for text in (word.said, *word.meanings))

    def within(self, clause: str) -> Gloss:
        """Return the gloss of a clause of the question."""
        return Gloss([word for word in self.words if word.said in clause])

    def fitted(self, content: Content, held: Collection[str]) -> Gloss:
        """Return the gloss with the meanings found in the documents; with all if none is."""
        return Gloss([_fitted(word, content, held) for word in self.words])

    def reach(self, content: Content, held: Collection[str]) -> int:
        """Count the words with a meaning among the documents' terms."""
        return sum(1 for word in self.words if _holds(word.text, content, held))


def _fitted(word: Glossed, content: Content, held: Collection[str]) -> Glossed:
    known = [each for each in word.meanings if _holds(each, content, held)]
    return structs.replace(word, meanings=known) if known else word


def _holds(text: str, content: Content, held: Collection[str]) -> bool:
    wanted = content(text)
    return bool(wanted) and all(term in held for term in wanted)


class Entry(Struct, frozen=True):
    """A line of a glossary: the forms of a headword or phrase, and its meanings, best first."""

    forms: Sequence[str]
    meanings: Sequence[str]
    is_noun: bool = False


class Glossary:
    """Entries of one language, found by form or by stem; German compounds are split.

    An exact form takes precedence over one without accents, and that over a stem.
    """

    def __init__(self, entries: Sequence[Entry], stem: Stem, language: Language) -> None:
        self._stem = stem
        self._splits = language is Language.GERMAN
        self._barred = function_words(language)
        self._by_form: dict[str, list[str]] = {}
        self._by_bare: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._nouns: set[str] = set()
        for entry in entries:
            for form in entry.forms:
                self._add(form, entry)

    def _add(self, form: str, entry: Entry) -> None:
        words = [said for _, said in tokens(form)]
        for known, key in (
            (self._by_form, " ".join(words)),
            (self._by_bare, without_accents(" ".join(words))),
            (self._by_stem, " ".join(map(self._stem, words))),
        ):
            meanings = known.setdefault(key, [])
            meanings += [each for each in entry.meanings if each not in meanings]
            if entry.is_noun:
                self._nouns.add(key)

    def gloss(self, text: str) -> Gloss:
        """Return the meanings of each word of a text; the longest known phrase wins."""
        return Gloss(list(self._glossed([said for said, _ in tokens(text)])))

    def _glossed(self, words: Sequence[str]) -> Iterator[Glossed]:
        at = 0
        while at < len(words):
            for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
                said = words[at : at + size]
                meanings = self._meanings(" ".join(said).lower())
                if meanings:
                    yield Glossed(" ".join(said), meanings)
                    break
            else:
                yield from self._compound(words[at])
            at += size

    def _meanings(self, phrase: str) -> Sequence[str]:
        for spelling in _spellings(phrase) if " " not in phrase else (phrase,):
            found = (
                self._by_form.get(spelling)
                or self._by_bare.get(without_accents(spelling))
                or self._by_stem.get(" ".join(map(self._stem, spelling.split())))
            )
            if found:
                return tuple(found)
        return ()

    def _compound(self, word: str) -> list[Glossed]:
        """Return the parts of a German compound or verb form, else the word itself."""
        if not self._splits or not word.isalpha() or len(word) > LONGEST_COMPOUND:
            return [Glossed(word)]
        for pattern in (_PARTICIPLE, _INFINITIVE):
            found = pattern.fullmatch(word.lower())
            meanings = self._meanings(f"{found[1]}{found[2]}en") if found else ()
            if meanings:
                return [Glossed(word, meanings)]
        if len(word) < SHORTEST_COMPOUND:
            return [Glossed(word)]
        return self._parts(word) or self._head(word) or [Glossed(word)]

    def _parts(self, word: str, most: int = MAX_PARTS) -> list[Glossed]:
        """Return the known parts of a word, the last a noun; the longest first part wins."""
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            first = self._first_part(word[:cut])
            rest = word[cut:]
            if not first:
                continue
            last = self._noun(rest)
            found = [Glossed(rest, last)] if last else []
            if not found and most > 2:
                found = self._parts(rest, most - 1)
            if found:
                return [Glossed(word[:cut], first), *found]
        return []

    def _head(self, word: str) -> list[Glossed]:
        """Return an unknown first part with the noun that it modifies."""
        for cut in range(SHORTEST_UNKNOWN_PART, len(word) - SHORTEST_KNOWN_PART + 1):
            last = self._noun(word[cut:])
            if last:
                return [Glossed(word[:cut]), Glossed(word[cut:], last)]
        return []

    def _first_part(self, part: str) -> Sequence[str]:
        for link in LINKS:
            bare = part.lower().removesuffix(link) if part.lower().endswith(link) else ""
            if len(bare) < (SHORTEST_LINKED if link else SHORTEST_PART) or bare in self._barred:
                continue
            if len(bare) >= SHORTEST_VERB or bare in self._nouns:
                found = self._meanings(bare)
                if found:
                    return found
        return ()

    def _noun(self, part: str) -> Sequence[str]:
        lower = part.lower()
        keys = {lower, without_accents(lower), self._stem(lower)}
        if len(lower) < SHORTEST_PART or keys.isdisjoint(self._nouns):
            return ()
        return self._meanings(lower)


def tokens(text: str) -> list[tuple[str, str]]:
    """Return the words of a text as typed and in lower case; a number or code is one word."""
    return [(each, each.lower()) for each in _TOKEN.findall(text)]


def _spellings(word: str) -> Iterator[str]:
    yield word
    for digraph, letter in _DIGRAPHS:
        if digraph in word:
            word = word.replace(digraph, letter)
            yield word


def directions(language: Language | None) -> list[tuple[Language, Language]]:
    """Return the possible gloss directions for a question's language; all if it is unknown."""
    to_english = [(each, Language.ENGLISH) for each in GLOSSED if language in (each, None)]
    from_english = [
        (Language.ENGLISH, each) for each in GLOSSED if language in (Language.ENGLISH, None)
    ]
    return to_english + from_english


def choose(
    offered: Sequence[tuple[Language, Gloss]],
    content: Content,
    frequency: Mapping[str, int],
    *,
    chunks: int,
    known: int,
) -> Gloss | None:
    """Return the gloss with the most words in the documents, fitted to them.

    None if they hold no more than the `known` words of the question itself. Each gloss comes with
    its language.
    """
    held = frozenset(term for term, count in frequency.items() if count)
    fitted = [
        gloss.fitted(content, held)
        for language, gloss in offered
        if _is_written(language, content, frequency, chunks)
    ]
    best = max(fitted, key=lambda gloss: gloss.reach(content, held), default=None)
    return best if best and best.reach(content, held) > known else None


def telling_words(language: Language) -> str:
    """Return the function words of a language that English lacks."""
    if language is Language.ENGLISH:
        return ""
    others = function_words(language) - function_words(Language.ENGLISH)
    return " ".join(word for word in sorted(others) if len(word) >= SHORTEST_TELLING)


def _is_written(
    language: Language, content: Content, frequency: Mapping[str, int], chunks: int
) -> bool:
    """Return whether some of a tenant's chunks are in a language; English is always assumed."""
    if language is Language.ENGLISH:
        return True
    held = [frequency.get(term, 0) for term in content(telling_words(language))]
    return max(held, default=0) >= WRITTEN_IN * chunks
