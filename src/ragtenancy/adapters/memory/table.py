"""Records by key, in the order in which they were added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from msgspec import Struct

from ragtenancy.domain.errors import AlreadyExistsError, UnavailableError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec

Key = TypeVar("Key")
Record = TypeVar("Record", bound=Struct)


class Table(Generic[Key, Record]):
    """Keeps bytes, so that no object is shared with a caller; `sequence` counts additions.

    Once fixed, every change raises `UnavailableError`.
    """

    def __init__(self, kind: type[Record]) -> None:
        self._codec = RecordCodec(kind)
        self._rows: dict[Key, tuple[int, bytes]] = {}
        self._added = 0
        self._fixed = False

    def fix(self) -> None:
        """Let nothing be changed any more."""
        self._fixed = True

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def get(self, key: Key) -> Record | None:
        """Return a record."""
        row = self._rows.get(key)
        return None if row is None else self._codec.decode(row[1])

    def add(self, key: Key, record: Record) -> None:
        """Keep a new record. Raises `AlreadyExistsError`."""
        if key in self._rows:
            raise AlreadyExistsError("The record exists already.")
        self.put(key, record)

    def put(self, key: Key, record: Record) -> None:
        """Write a record; one that is there keeps its place."""
        self._require_changeable()
        data = self._codec.encode(record)
        if key in self._rows:
            self._rows[key] = (self._rows[key][0], data)
            return
        self._added += 1
        self._rows[key] = (self._added, data)

    def remove(self, key: Key) -> bool:
        """Remove a record; tell whether it was there."""
        self._require_changeable()
        return self._rows.pop(key, None) is not None

    def remove_where(self, chosen: Callable[[Key], bool]) -> int:
        """Remove the records of some keys; return how many there were."""
        self._require_changeable()
        keys = [key for key in self._rows if chosen(key)]
        for key in keys:
            del self._rows[key]
        return len(keys)

    def keys(self) -> Iterable[Key]:
        """Return every key."""
        return tuple(self._rows)

    def rekey(self, renamed: Callable[[Key], Key]) -> None:
        """Put every record under another key: how a test misfiles records."""
        self._rows = {renamed(key): row for key, row in self._rows.items()}

    def numbered(self) -> Iterator[tuple[int, Record]]:
        """Yield the records with their sequence, first added first."""
        for sequence, data in sorted(self._rows.values(), key=lambda row: row[0]):
            yield sequence, self._codec.decode(data)

    def __iter__(self) -> Iterator[Record]:
        return (record for _, record in self.numbered())

    def page(
        self,
        chosen: Callable[[Record], bool],
        *,
        after: Cursor | None,
        limit: int,
        newest_first: bool = False,
    ) -> Page[Record]:
        """Return a page of the chosen records in order of addition."""
        start = None if after is None else cursor_position(after)
        rows = [row for row in self.numbered() if chosen(row[1])]
        if newest_first:
            rows = [row for row in reversed(rows) if start is None or row[0] < start]
        else:
            rows = [row for row in rows if start is None or row[0] > start]
        page = cut(rows, limit, lambda row: position_cursor(row[0]))
        return Page(items=tuple(record for _, record in page.items), next=page.next)

    def _require_changeable(self) -> None:
        if self._fixed:
            raise UnavailableError("These records can be read only.", code="read_only")
