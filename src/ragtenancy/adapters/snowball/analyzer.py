"""Terms by lower-casing, stop words, Snowball stemming and accent folding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock

from ragtenancy.adapters.snowball.languages import FOLDED_FIRST, LANGUAGES
from ragtenancy.adapters.snowball.stopwords import stop_words
from ragtenancy.adapters.snowball.words import folded, words
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.ports.analyzers import Analyzer

RULES = "4"
MAX_STEMMED = 64
KEPT_WORDS = 65_536


class SnowballAnalyzer(Analyzer):
    """Words of letters and digits; stop words are dropped, the rest is stemmed and folded.

    Accents are removed before stemming if the language's stemmer ignores them (English), and after
    it otherwise, since suffixes such as French -ité depend on them. So a question typed without
    accents finds all words except those with an accent in the suffix. Words longer than 64
    characters are not stemmed. Terms are cached per process, at most 65,536 words per language: a
    pure function of the word is all that tenants share.
    """

    def fingerprint(self, language: str) -> Fingerprint:
        """Identify the rules, the stemmer's release and the stop words. Raises `InvalidError`."""
        return _fingerprint(_known(language))

    def terms(self, text: str, language: str) -> Sequence[str]:
        """Return the terms of a text in order, with repeats. Raises `InvalidError`."""
        term_of = _term_maker(_known(language))
        return [term for word in words(text, language) if (term := term_of(word))]


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidError("The language is unknown.", code="unknown_language")
    return language


@lru_cache
def _fingerprint(language: str) -> Fingerprint:
    from importlib.metadata import version

    stopped = hashlib.sha256(" ".join(sorted(stop_words(language))).encode()).hexdigest()[:12]
    return Fingerprint(f"snowball-{version('snowballstemmer')}:{language}:{RULES}:{stopped}")


@lru_cache
def _term_maker(language: str) -> Callable[[str], str]:
    """Return a function from a word to its term, or to "" for a stop word."""
    stopped = stop_words(language)
    stem = _stemmer(language)
    folded_first = language in FOLDED_FIRST

    @lru_cache(maxsize=KEPT_WORDS)
    def term_of(word: str) -> str:
        if word in stopped:
            return ""
        if len(word) > MAX_STEMMED:
            return folded(word)
        return stem(folded(word)) if folded_first else folded(stem(word))

    return term_of


def _stemmer(language: str) -> Callable[[str], str]:
    """Return a language's stemmer; it is stateful, hence one word at a time."""
    import snowballstemmer

    stemmer = snowballstemmer.stemmer(language)
    lock = Lock()

    def stem(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return stem
