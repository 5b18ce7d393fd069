"""The published patterns for secret scanners: every key matches, near misses do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ragtenancy.adapters.system.machine import SystemIds
from ragtenancy.composition.adapters import ADMIN_KEY_LENGTH
from ragtenancy.domain.api_keys import KEY_ID_LENGTH, SECRET_LENGTH, compose
from ragtenancy.domain.ids import ApiKeyId

ROOT = Path(__file__).parents[3]
PUBLISHED: Any = yaml.safe_load((ROOT / "deploy/secret-scanning/patterns.yml").read_text())
IDS = SystemIds()


def scanner(kind: str) -> re.Pattern[str]:
    """Return a pattern as a scanner applies it."""
    [found] = [each["regex"] for each in PUBLISHED["patterns"] if each["type"] == kind]
    end = found["end"].replace(r"\z", r"\Z")
    return re.compile(f"(?:{found['start']})({found['pattern']})(?:{end})")


API_KEY = scanner("ragtenancy_api_key")
OPERATOR_KEY = scanner("ragtenancy_operator_key")


def api_key(environment: str = "local") -> str:
    return compose(environment, ApiKeyId(IDS.token(KEY_ID_LENGTH)), IDS.token(SECRET_LENGTH))


KEY = compose("local", ApiKeyId(("Example1" * 2)[:KEY_ID_LENGTH]), ("Example1" * 9)[:SECRET_LENGTH])
OPERATORS = f"rta_{('Example1' * 9)[:ADMIN_KEY_LENGTH]}"


@pytest.mark.parametrize("environment", ["local", "prod", "eu1", "a", "a" * 16])
def test_real_keys_match(environment: str) -> None:
    key = api_key(environment)

    assert API_KEY.findall(key) == [key]


@pytest.mark.parametrize(
    "text", ["X-API-Key: {}", 'key = "{}"', "KEY={}\n", "https://host/?k={}&x=1", "({})", "{},{}"]
)
def test_a_key_is_found_in_a_text(text: str) -> None:
    written = text.format(KEY, KEY)

    assert set(API_KEY.findall(written)) == {KEY}


@pytest.mark.parametrize(
    "text",
    [
        KEY[:-1],
        KEY + "a",
        "x" + KEY,
        "_" + KEY,
        KEY + "_",
        KEY.upper(),
        KEY.replace("rtk_", "rtk-"),
        KEY.replace("_local_", "_Local_"),
        KEY.replace("_local_", "__"),
        KEY.replace("_local_", f"_{'a' * 17}_"),
        f"{KEY[:-2]}+/",
        "rtk_local_<key id>_<secret>",
        "rtk_local_…",
        OPERATORS,
    ],
)
def test_near_misses_do_not_match(text: str) -> None:
    assert API_KEY.findall(text) == []


def test_an_operators_key_matches_and_its_near_misses_do_not() -> None:
    missed = [OPERATORS[:-1], OPERATORS + "a", "x" + OPERATORS, OPERATORS.upper(), KEY]

    assert OPERATOR_KEY.findall(f"ADMIN_API_KEY={OPERATORS}") == [OPERATORS]
    assert [OPERATOR_KEY.findall(text) for text in missed] == [[]] * len(missed)


def test_the_patterns_are_those_of_the_documentation() -> None:
    page = (ROOT / "docs/keys.md").read_text()

    assert [p["type"] for p in PUBLISHED["patterns"] if p["regex"]["pattern"] not in page] == []
