from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Sequence
from threading import Event

import pytest

from ragtenancy.app.ingestion.originals import counting_until

TEXTS = ["a b"] * 2_500


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def test_all_texts_are_counted_in_order() -> None:
    texts = [*TEXTS, "a b c"]

    assert counting_until(Event(), words)(texts) == words(texts)


def test_counting_ends_once_nobody_waits_for_it() -> None:
    stopped = Event()
    counted: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.extend(texts)
        stopped.set()
        return words(texts)

    with pytest.raises(CancelledError):
        counting_until(stopped, count)(TEXTS)

    assert 0 < len(counted) < len(TEXTS)
