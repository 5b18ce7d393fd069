"""Items that were read or written a moment ago, so that the next write reads none before it."""

from __future__ import annotations

from ragtenancy.adapters.cosmos.items import Item

MOST = 1_000


class Remembered:
    """The newest items, until they are taken. What changed meanwhile is told by its ETag."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def put(self, item: Item) -> None:
        """Keep an item; the oldest goes where there are too many."""
        self._items.pop(item["id"], None)
        self._items[item["id"]] = item
        if len(self._items) > MOST:
            del self._items[next(iter(self._items))]

    def take(self, item_id: str) -> Item | None:
        """Give an item away."""
        return self._items.pop(item_id, None)
