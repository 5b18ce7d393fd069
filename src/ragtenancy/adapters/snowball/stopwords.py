"""A language's stop words, which BM25 ignores."""

from __future__ import annotations

from ragtenancy.adapters.snowball.languages import LANGUAGES

LONGEST = 3
_ENGLISH = frozenset(
    """
    a about above after again against all am an and any are aren as at be because been before
    being below between both but by can cannot could couldn d did didn do does doesn doing don
    down during each few for from further had hadn has hasn have haven having he her here hers
    herself him himself his how i if in into is isn it its itself just ll m me more most mustn my
    myself no nor not now of off on once only or other ought our ours ourselves out over own re s
    same shan she should shouldn so some such t than that the their theirs them themselves then
    there these they this those through to too under until up ve very was wasn we were weren what
    when where which while who whom why will with won would wouldn you your yours yourself
    yourselves
    """.split()  # noqa: SIM905 - a list of 150 lines reads worse
)


def stop_words(language: str) -> frozenset[str]:
    """Return lower-cased words; none for a language without a list.

    English has its function words; other languages have the words of up to three letters of the
    stopwords-iso collection. Its longer words often carry meaning (system, книга): measured with
    all of them, retrieval was worse than with none, in English and in eight other languages.
    """
    code = LANGUAGES[language]
    if code == "en":
        return _ENGLISH
    import stopwordsiso

    if not stopwordsiso.has_lang(code):
        return frozenset()
    return frozenset(word for word in stopwordsiso.stopwords(code) if len(word) <= LONGEST)
