"""Glossaries from the package's files, loaded when a question first needs them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from operator import itemgetter

from ragtenancy.domain.glosses import GLOSSED, Entry, Glossary
from ragtenancy.domain.languages import Language
from ragtenancy.ports.analyzers import Analyzer, Glossaries

STEMMED = 4  # letters, from which a word is found by its stem

_STEMMERS: Mapping[Language, str] = {
    Language.ENGLISH: "english",
    Language.FRENCH: "french",
    Language.GERMAN: "german",
    Language.SPANISH: "spanish",
}
_VERBS: Mapping[Language, Mapping[str, Sequence[str]]] = {
    Language.GERMAN: {"en": ("en", "t", "e", "et"), "ern": ("ern", "ert"), "eln": ("eln", "elt")},
    Language.FRENCH: {"er": ("er", "e", "ez", "ent", "é", "ée"), "ir": ("ir", "it", "issez", "i")},
    Language.SPANISH: {
        "ar": ("ar", "a", "an", "ado", "ada"),
        "er": ("er", "e", "en", "ido"),
        "ir": ("ir", "e", "en", "ido"),
    },
}
_INFLECTIONS: Mapping[Language, Sequence[str]] = {
    Language.GERMAN: ("", "e", "en", "n", "er", "s"),
    Language.FRENCH: ("", "e", "s", "x"),
    Language.SPANISH: ("", "s", "es"),
}


class FileGlossaries(Glossaries):
    """German, French and Spanish to English, and English to each by the inverse of the same file.

    A line is `form form: meaning meaning`; `_` joins the words of a phrase. Meanings of English
    words include the commonest inflected forms, since documents are stemmed in their tenant's
    language.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._loaded: dict[tuple[Language, Language], Glossary | None] = {}

    async def between(self, source: Language, target: Language) -> Glossary | None:
        pair = (source, target)
        if pair not in self._loaded:
            self._loaded[pair] = await asyncio.to_thread(self._load, source, target)
        return self._loaded[pair]

    def _load(self, source: Language, target: Language) -> Glossary | None:
        stem = partial(self._stem, source)
        if source in GLOSSED and target is Language.ENGLISH:
            return Glossary(_entries(source), stem, source)
        if source is Language.ENGLISH and target in GLOSSED:
            return Glossary(_inverse(target), stem, source)
        return None

    def _stem(self, language: Language, word: str) -> str:
        if len(word) < STEMMED:
            return word
        terms = self._analyzer.terms(word, _STEMMERS[language])
        return terms[0] if len(terms) == 1 else word


def _entries(language: Language) -> list[Entry]:
    text = files(__package__).joinpath(f"{language}.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return [
        Entry(_spaced(forms), _spaced(meanings), is_noun=forms[:1].isupper())
        for forms, _, meanings in lines
    ]


def _spaced(listed: str) -> list[str]:
    return [each.replace("_", " ") for each in listed.split()]


def _inverse(language: Language) -> list[Entry]:
    """Return the meanings of each English word: headwords that list it first come first."""
    found: defaultdict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    for entry in _entries(language):
        for rank, meaning in enumerate(entry.meanings):
            found[meaning].append((rank, [*_forms(entry.forms[0], language), *entry.forms[1:]]))
    return [
        Entry([meaning], [form for _, forms in sorted(ranked, key=itemgetter(0)) for form in forms])
        for meaning, ranked in found.items()
    ]


def _forms(head: str, language: Language) -> list[str]:
    """Return a head word with the commonest of its inflected forms."""
    if " " in head:
        return [head]
    for ending, endings in _VERBS[language].items():
        if head.islower() and head.endswith(ending) and len(head) > STEMMED:
            return [head.removesuffix(ending) + each for each in endings]
    return [head + each for each in _INFLECTIONS[language]]
