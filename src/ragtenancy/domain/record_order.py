"""The order of a document's records, from whatever clues another program left."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from ragtenancy.domain.foreign_records import Clue

LARGEST = 10_000_000  # larger numbers in ids are hashes or times, not positions
_DIGITS = re.compile(r"(\d+)")
_LAST = re.compile(  # not a digit of a hash
    r"(?:^|[^A-Za-z0-9]|chunk|part|passage|segment|node)(\d+)\D{0,5}\Z", re.IGNORECASE
)
Key = tuple[int, ...]


class Ordered(Struct, frozen=True, kw_only=True):
    """A document's records in order; if that `is_known` is false, the order is only a guess."""

    clues: Sequence[Clue]
    is_known: bool


def in_order(clues: Sequence[Clue]) -> Ordered:
    """Return the records in the order of the document.

    The first kind of clue that every record has, and that tells all of them apart, decides: the
    chunk's index, the page with the index, the page with the offset of the start, the offset, the
    page with the numbers in the ids, the numbers in the ids. Without one the records come by page
    and by id, numbers in ids compared as numbers.
    """
    if len(clues) < 2:
        return Ordered(clues=clues, is_known=True)
    for kind in (_index, _page_index, _page_start, _start, _page_ids, _ids):
        keys = kind(clues)
        if keys is not None and len(set(keys)) == len(clues):
            ranked = sorted(zip(keys, clues, strict=True), key=lambda pair: pair[0])
            return Ordered(clues=[clue for _, clue in ranked], is_known=True)
    return Ordered(clues=sorted(clues, key=_guess), is_known=False)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that compares digits in a text as numbers: `b9` before `b10`."""
    parts = (part for part in _DIGITS.split(text) if part)
    return tuple((0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts)


def _guess(clue: Clue) -> tuple[int, object]:
    return (-1 if clue.page is None else clue.page, natural(clue.record_id))


def _index(clues: Sequence[Clue]) -> list[Key] | None:
    return _complete(clues, lambda clue: (clue.index,))


def _page_index(clues: Sequence[Clue]) -> list[Key] | None:
    return _complete(clues, lambda clue: (clue.page, clue.index))


def _page_start(clues: Sequence[Clue]) -> list[Key] | None:
    return _complete(clues, lambda clue: (clue.page, clue.start))


def _start(clues: Sequence[Clue]) -> list[Key] | None:
    """Return the offsets, unless there are pages: then each page may count from 0."""
    if any(clue.page is not None for clue in clues):
        return None
    return _complete(clues, lambda clue: (clue.start,))


def _page_ids(clues: Sequence[Clue]) -> list[Key] | None:
    pages = _complete(clues, lambda clue: (clue.page,))
    numbers = _ids(clues)
    if pages is None or numbers is None:
        return None
    return [page + number for page, number in zip(pages, numbers, strict=True)]


def _ids(clues: Sequence[Clue]) -> list[Key] | None:
    """Return the numbers in the ids, if the ids differ in nothing else or end in 0, 1, 2, …."""
    ids = [clue.record_id for clue in clues]
    if len({_DIGITS.sub("0", each) for each in ids}) == 1:
        return _varying([[int(n) for n in _DIGITS.findall(each)] for each in ids])
    ends = [_LAST.search(each) for each in ids]
    numbers = [int(end[1]) for end in ends if end]
    if len(numbers) < len(ids) or max(numbers) - min(numbers) != len(ids) - 1:
        return None
    return [(number,) for number in numbers]


def _varying(numbers: Sequence[Sequence[int]]) -> list[Key] | None:
    """Return the numbers that differ between the ids, if they can be positions."""
    columns = [set(column) for column in zip(*numbers, strict=True)]
    varying = [at for at, column in enumerate(columns) if len(column) > 1]
    if not varying or any(max(columns[at]) > LARGEST for at in varying):
        return None
    return [tuple(row[at] for at in varying) for row in numbers]


def _complete(
    clues: Sequence[Clue], numbers: Callable[[Clue], tuple[int | None, ...]]
) -> list[Key] | None:
    """Return the numbers of every record, None if one lacks any."""
    every = [numbers(clue) for clue in clues]
    if any(None in key for key in every):
        return None
    return [tuple(number or 0 for number in key) for key in every]
