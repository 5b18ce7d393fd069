from __future__ import annotations

from pathlib import Path

import pytest

from scripts.planted_faults import Fault, read

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("fault", read(ROOT / "tests" / "planted_faults.tsv"), ids=lambda f: f.name)
def test_a_planted_fault_still_has_its_place_and_its_tests(fault: Fault) -> None:
    source = (ROOT / "src" / "ragtenancy" / fault.file).read_text()

    assert source.count(fault.text) == 1
    assert all((ROOT / "tests" / test).exists() for test in fault.tests)
