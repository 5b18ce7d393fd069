"""A cache of bounded size that the least recently used leave first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """Holds at most so many values; a race of threads costs making one twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value of a key; where there is none, make and keep it."""
        value = self._held.pop(key, None)
        if value is None:
            value = make()
        self._held[key] = value
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return value

    def drop(self, chosen: Callable[[Key], bool]) -> None:
        """Remove the values of some keys."""
        for key in [key for key in self._held if chosen(key)]:
            self._held.pop(key, None)
