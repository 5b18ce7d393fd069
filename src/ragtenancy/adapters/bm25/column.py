"""A growable numpy array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Item = TypeVar("Item", bound=np.generic)


class Column(Generic[Item]):
    """Appends in constant time on average; `view` stays valid until the next append."""

    __slots__ = ("_items", "_size")

    def __init__(self, items: npt.NDArray[Item]) -> None:
        self._items = items
        self._size = len(items)

    @property
    def view(self) -> npt.NDArray[Item]:
        """The items, not a copy."""
        return self._items[: self._size]

    def extend(self, items: Sequence[int] | npt.NDArray[Item]) -> None:
        """Append items."""
        size = self._size + len(items)
        if size > len(self._items):
            grown = np.empty(max(16, size, len(self._items) * 3 // 2), self._items.dtype)
            grown[: self._size] = self.view
            self._items = grown
        self._items[self._size : size] = items
        self._size = size
