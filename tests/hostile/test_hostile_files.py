"""A few hostile files of each kind; `make fuzz-docx` has them all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from tests.hostile import outcome
from tests.hostile.fuzz import QUICK
from tests.hostile.mutants import mutant, own_documents
from tests.hostile.outcome import ROOT, Outcome
from tests.hostile.seeds import SEEDS

MUTANTS = 10
EXPECTED = {
    "empty": "no_text",
    "noise after the magic": "unsupported_media_type",
    "encrypted OLE2": "encrypted_or_legacy",
    "macro-enabled": "macro_enabled",
    "flat bomb": "zip_bomb",
    "overlapping members": "zip_bomb",
    "2,001 members": "too_many_members",
    "size declared as 10": "bad_container",
    "wrong checksum": "bad_container",
    "ZipCrypto flag": "encrypted",
    "method 99": "bad_container",
    "duplicate main part": "bad_container",
    "parent folder": "bad_container",
    "NUL in a name": "bad_container",
    "billion laughs": "dtd",
    "external entity": "dtd",
    "external picture": "text",
    "Target ../NULL": "text",
    "circular relationships": "text",
    "gridSpan=1e9": "too_many_cells",
    "gridSpan=abc": "text",
    "orphan vMerge": "text",
    "nested 5,000 deep": "too_deep",
    "PNG of 13,000 pixels square": "text",
    "no main part": "not_docx",
    "another root": "corrupt_docx",
    "no body": "corrupt_docx",
    "styles in a circle": "text",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What became of the quick files and of some mutants, by name."""
    told = tmp_path_factory.mktemp("hostile") / "outcomes.json"
    subprocess.run(
        [sys.executable, "-m", "tests.hostile.fuzz", "--quick", "--count", str(MUTANTS),
         "--outcomes", str(told)],
        cwd=ROOT, check=False, capture_output=True,
    )  # fmt: skip
    every = msgspec.json.decode(told.read_bytes(), type=list[Outcome])
    return {one.name.split(": ")[1]: one for one in every}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_hostile_file_has_its_code(found: Mapping[str, Outcome], name: str) -> None:
    assert found[name].code == EXPECTED[name]


def test_no_hostile_file_and_no_mutant_makes_trouble(found: Mapping[str, Outcome]) -> None:
    troubles = {name: one.trouble for name, one in found.items() if one.trouble}

    assert troubles == {}
    assert len(found) == len(QUICK) + MUTANTS + len(SEEDS)


@pytest.mark.parametrize(
    ("limit", "value", "trouble"),
    [("CHILD_BYTES", 1, "MiB"), ("STARTING", -outcome.MAX_SECONDS, "took")],
)
def test_the_harness_notices_what_must_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: object, trouble: str
) -> None:
    path = tmp_path / "sound.docx"
    path.write_bytes(own_documents()[0])
    monkeypatch.setattr(outcome, limit, value)

    assert trouble in outcome.read("sound", path).trouble


def test_a_seed_makes_the_same_mutant_again() -> None:
    [first, *_] = own_documents()

    assert mutant(first, 7) == mutant(first, 7) != mutant(first, 8)


def test_the_quick_files_are_those_with_an_expected_code() -> None:
    assert set(EXPECTED) == QUICK
