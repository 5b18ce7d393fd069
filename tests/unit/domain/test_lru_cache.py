"""The cache that the least recently used leave first."""

from __future__ import annotations

from ragtenancy.domain.lru_cache import LruCache


def test_a_value_is_made_once() -> None:
    cache: LruCache[str, int] = LruCache(2)

    assert [cache.get("a", lambda: 1), cache.get("a", lambda: 2)] == [1, 1]


def test_the_least_recently_used_leaves_first() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.get("a", lambda: 1)
    cache.get("b", lambda: 1)

    cache.get("a", lambda: 2)
    cache.get("c", lambda: 1)

    assert (cache.get("a", lambda: 2), cache.get("b", lambda: 2)) == (1, 2)


def test_chosen_values_are_dropped() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.get("a", lambda: 1)
    cache.get("b", lambda: 1)

    cache.drop(lambda key: key == "a")

    assert (len(cache), cache.get("b", lambda: 2)) == (1, 1)
