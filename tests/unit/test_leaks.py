"""What the isolation check calls a leak."""

from __future__ import annotations

import json

from scripts.leaks import LeakDetector

SECRET = "The vault of the northern branch opens at seven each morning."
SHARED = "These terms are governed by the laws of the country of the seller."
DETECTOR = LeakDetector(
    {"acme": f"{SECRET} {SHARED}", "other": SHARED}, {"acme": ["canary-a"], "other": ["canary-o"]}
)


def test_a_foreign_sentence_is_a_leak_however_it_is_escaped() -> None:
    body = json.dumps({"answer": f'He said "{SECRET}"\nand left.'}).encode()

    assert len(DETECTOR.leaks("other", {}, body)) == 1


def test_ones_own_sentence_is_none() -> None:
    assert DETECTOR.leaks("acme", {}, SECRET.encode()) == []


def test_a_sentence_of_both_is_none() -> None:
    assert DETECTOR.leaks("other", {}, SHARED.encode()) == []


def test_a_foreign_canary_is_a_leak_in_a_header_too() -> None:
    assert DETECTOR.leaks("other", {"x-name": "canary-a"}, b"canary-o") == ["canary of acme"]
