"""What counts as lost between two replies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.upgrade.walk import lost


@pytest.mark.parametrize(
    ("before", "now", "places"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"b": 2}, [".a: 1 is now None"]),
        ([{"job_id": "j"}, {"job_id": "k"}], [{"job_id": "k"}, {"job_id": "j"}], []),
        ([{"job_id": "j", "n": 1}], [{"job_id": "j", "n": 2}], ["[j].n: 1 is now 2"]),
        ([{"job_id": "j"}], [], ["[j]: {'job_id': 'j'} is now None"]),
        ({"path": "digest"}, {"path": "another"}, [".path: 'digest' is now 'another'"]),
    ],
)
def test_new_is_not_lost_but_absent_and_other_is(before: Any, now: Any, places: list[str]) -> None:
    assert list(lost(before, now)) == places
