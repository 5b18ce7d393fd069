"""LRU caches, bounded by the number of their entries or by the bytes that these take."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """LRU cache of at most `most` entries; threads that race may compute a value twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value of a key, made and kept if it is not cached."""
        value = self._entries.pop(key, None)
        if value is None:
            value = make()
        self._entries[key] = value
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return value

    def drop(self, chosen: Callable[[Key], bool]) -> None:
        """Evict the entries of some keys."""
        for key in [key for key in self._entries if chosen(key)]:
            self._entries.pop(key, None)


class SizedLruCache(Generic[Key, Value]):
    """LRU cache of entries that grow, bounded by their total bytes; the last entry always stays."""

    def __init__(self, max_bytes: int, make: Callable[[], Value]) -> None:
        self._max_bytes = max_bytes
        self._make = make
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._bytes: dict[Key, int] = {}
        self._total = 0

    def get(self, key: Key) -> Value:
        """Return the entry of a key, made empty if there is none."""
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = self._make()
        self._entries.move_to_end(key)
        return entry

    def peek(self, key: Key) -> Value | None:
        """Return the entry of a key, None if there is none; does not count as a use."""
        return self._entries.get(key)

    def resize(self, key: Key, nbytes: int) -> None:
        """Record the size of an entry, then evict the least recently used ones beyond the bound."""
        if key not in self._entries:
            return
        self._total += nbytes - self._bytes.get(key, 0)
        self._bytes[key] = nbytes
        while self._total > self._max_bytes and len(self._entries) > 1:
            self.evict(next(iter(self._entries)))

    def evict(self, key: Key) -> None:
        """Forget the entry of a key."""
        self._entries.pop(key, None)
        self._total -= self._bytes.pop(key, 0)
