"""Samples may be elided and wrapped, but not wrong."""

from __future__ import annotations

import pytest

from tests.docs.samples import holds


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ('{"a": "one\n  two", "b": 0.7…, …}', True),
        ('{"a": "one three", …}', False),
        ('{…, "c": [3]}', True),
        ('{…, "c": [3], "a": …}', False),
        ('{"a": "one two"}', False),
    ],
)
def test_a_sample_holds_if_its_pieces_follow_one_another(sample: str, *, expected: bool) -> None:
    printed = '{"a":"one two","b":0.75,"c":[3]}\n'

    assert holds(sample, printed) is expected
