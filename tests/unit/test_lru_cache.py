"""LRU caches."""

from __future__ import annotations

from ragtenancy.lru_cache import LruCache, SizedLruCache


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


def test_the_least_recently_used_make_room_for_bytes() -> None:
    cache: SizedLruCache[str, object] = SizedLruCache(25, object)
    for key in ("a", "b"):
        cache.get(key)
        cache.resize(key, 10)
    cache.get("a")

    cache.get("c")
    cache.resize("c", 10)

    assert [cache.peek(key) is not None for key in ("a", "b", "c")] == [True, False, True]


def test_the_last_entry_stays_however_large() -> None:
    cache: SizedLruCache[str, object] = SizedLruCache(25, object)
    entry = cache.get("a")

    cache.resize("a", 30)

    assert cache.get("a") is entry


def test_an_entry_that_grows_counts_once() -> None:
    cache: SizedLruCache[str, object] = SizedLruCache(25, object)
    first, second = cache.get("a"), cache.get("b")

    for size in (5, 10):
        cache.resize("a", size)
        cache.resize("b", size)

    assert (cache.get("a"), cache.get("b")) == (first, second)


def test_an_evicted_entry_gives_its_bytes_back() -> None:
    cache: SizedLruCache[str, object] = SizedLruCache(25, object)
    cache.get("a")
    cache.resize("a", 20)
    kept = cache.get("b")

    cache.evict("a")
    cache.get("c")
    cache.resize("c", 20)

    assert (cache.peek("a"), cache.get("b")) == (None, kept)
