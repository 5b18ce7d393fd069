"""What every `Analyzer` must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import snowballstemmer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.adapters.snowball.languages import LANGUAGES
from ragtenancy.domain.errors import InvalidError
from ragtenancy.ports.analyzers import Analyzer
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def snowball(_folder: Path) -> AsyncIterator[Analyzer]:
    yield SnowballAnalyzer()


BACKENDS = params(
    Backend(name="snowball", tier=Tier.EMBEDDED, adapter=SnowballAnalyzer, open=snowball)
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def analyzer(backend: Backend[Analyzer], tmp_path: Path) -> AsyncIterator[Analyzer]:
    async with backend.open(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("english", "The Refund, refunds; REFUNDED!", ["refund", "refund", "refund"]),
        ("english", "Café naïve \ufb01le", ["cafe", "naiv", "file"]),
        (
            "english",
            "error ERR-4021 in v2.3.1",
            ["error", "err", "4021", "err4021", "v2", "3", "1", "v231"],
        ),
        (
            "english",
            "A-1 and/or ABC-12/7, 12.5",
            ["1", "a1", "abc", "12", "7", "abc127", "12", "5", "125"],
        ),
        ("english", "ERR\u20114021", ["err", "4021", "err4021"]),
        ("english", "1,250,000", ["1", "250", "000", "1250000"]),
        (
            "english",
            "1\u202f250\u202f000, 2'500",
            ["1", "250", "000", "1250000", "2", "500", "2500"],
        ),
        ("english", "12,5 and 2019, 300", ["12", "5", "2019", "300"]),
        ("english", "ERR4021 well-known", ["err4021", "well", "known"]),
        ("english", "don't; the client\u2019s snake_case", ["client", "snake", "case"]),
        ("english", "\uff21\uff22\uff23 \u2168", ["abc", "ix"]),
        ("german", "Die Größe der Häuser", ["gross", "haus"]),
        ("french", "la généralité des idées", ["general", "ide"]),
        ("spanish", "canción canciones cancion", ["cancion", "cancion", "cancion"]),
        ("turkish", "I\u015eIK \u0130STANBUL", ["isik", "istanbul"]),
        ("russian", "Договоры и договора", ["договор", "договор"]),
        ("hindi", "लड़का", ["लड़क"]),
        ("english", "退款政策 政", ["退款", "款政", "政策", "政"]),
        ("english", "soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("english", "", []),
        ("english", "?! --", []),
    ],
)
def test_makes_terms(analyzer: Analyzer, language: str, text: str, terms: list[str]) -> None:
    assert list(analyzer.terms(text, language)) == terms


def test_refuses_an_unknown_language(analyzer: Analyzer) -> None:
    with pytest.raises(InvalidError):
        analyzer.terms("refunds", "klingon")
    with pytest.raises(InvalidError):
        analyzer.fingerprint("klingon")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_terms_and_a_fingerprint_of_its_own(
    analyzer: Analyzer, language: str
) -> None:
    others = {analyzer.fingerprint(other) for other in LANGUAGES if other != language}

    assert list(analyzer.terms("4021 4021", language)) == ["4021", "4021"]
    assert analyzer.fingerprint(language) not in others
    assert analyzer.fingerprint(language) == analyzer.fingerprint(language)


def test_the_languages_are_those_that_snowball_stems(analyzer: Analyzer) -> None:
    assert set(LANGUAGES) == set(snowballstemmer.algorithms())
    assert analyzer.terms("stemmers", "english") == ["stemmer"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=60), language=st.sampled_from(sorted(LANGUAGES)))
def test_any_text_has_the_same_terms_each_time(
    analyzer: Analyzer, text: str, language: str
) -> None:
    terms = list(analyzer.terms(text, language))

    assert terms == list(analyzer.terms(text, language))
    assert all(terms)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(left=st.text(max_size=30), right=st.text(max_size=30))
def test_texts_on_lines_of_their_own_add_up(analyzer: Analyzer, left: str, right: str) -> None:
    apart = [*analyzer.terms(left, "english"), *analyzer.terms(right, "english")]

    assert list(analyzer.terms(f"{left}\n.\n{right}", "english")) == apart
