"""Whether a reader's text binds each value of a table to its row's and its column's name.

A triple is right if some row of the text holds the row's name and the value, the names before the
value are the column's and no other's, and nothing on the row belongs to another row. Names may
also repeat the row's name, the caption or a section's label. It is misnamed if its value stands on
its row under other names, else it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from table_reading import WAYS, Grid, Piece, Row, key, piece_of, readings, tokens
from table_truth import Triple, Truth

_SPLITS = {"; ": "\ue000", ": ": "\ue001", " | ": "\ue002", "\t": "\ue003", "：": "\ue004"}  # noqa: RUF001
_MARKER = re.compile(r"\A(?:\d{1,3}[.)]|[•▪◦o-])\s+(?=\D)")


class Verdict(Struct, frozen=True, kw_only=True):
    """How many triples of a table are right, stand under a wrong name, or are missing."""

    right: int = 0
    misnamed: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """The number of triples."""
        return self.right + self.misnamed + self.missing

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            right=self.right + other.right,
            misnamed=self.misnamed + other.misnamed,
            missing=self.missing + other.missing,
        )


def judged(texts: Iterable[tuple[str, str]], truths: Sequence[Truth]) -> list[list[Verdict]]:
    """Judge a reader's texts, each a chunk's section path and its text, or a document's.

    Returns, for each table, what comes of each of the `WAYS` to read rows without names.
    """
    known = {name for truth in truths for name in truth.strings() if name != _mask(name)}
    pieces = [_Prepared.of(piece_of(_masked(text, known), path)) for path, text in texts]
    return [[_verdict(pieces, truth, way) for way in range(len(WAYS))] for truth in truths]


def _verdict(pieces: Iterable[_Prepared], truth: Truth, way: int) -> Verdict:
    judge = _Judge(truth, way)
    for piece in pieces:
        judge.read(piece)
    return judge.verdict()


def _masked(text: str, known: Iterable[str]) -> str:
    """Replace what parts names and values where a name or a value itself contains it."""
    for name in known:
        text = text.replace(name, _mask(name))
    return text


def _mask(text: str) -> str:
    for split, mark in _SPLITS.items():
        text = text.replace(split, mark)
    return text


class _Judge:
    """Collects which triples of one table are bound rightly, or under other names."""

    def __init__(self, truth: Truth, way: int) -> None:
        self._way = way
        self._triples = [_Wanted.of(triple, truth) for triple in truth.triples]
        self._by_value: dict[str, list[int]] = {}
        for number, wanted in enumerate(self._triples):
            self._by_value.setdefault(wanted.value, []).append(number)
        self._labels = sorted({_spaced(t.label) for t in truth.triples if t.label}, key=len)
        self._right: set[int] = set()
        self._misnamed: set[int] = set()

    def read(self, piece: _Prepared) -> None:
        """Judge one piece."""
        label = self._label_in(piece.path)
        for ways in piece.items:
            right, misnamed, label = self._judged(ways[self._way % len(ways)], label)
            self._right |= right
            self._misnamed |= misnamed

    def verdict(self) -> Verdict:
        """Count what was found."""
        misnamed = self._misnamed - self._right
        missing = len(self._triples) - len(self._right) - len(misnamed)
        return Verdict(right=len(self._right), misnamed=len(misnamed), missing=missing)

    def _judged(self, rows: Sequence[_Bound], label: str) -> tuple[set[int], set[int], str]:
        right: set[int] = set()
        misnamed: set[int] = set()
        for bound in rows:
            if bound.parts < 2:
                label = self._label_in(bound.spaced) or label
            for number in self._candidates(bound):
                is_right = self._triples[number].is_named_by(bound, label)
                (right if is_right else misnamed).add(number)
        return right, misnamed, label

    def _candidates(self, bound: _Bound) -> Iterator[int]:
        for value in bound.values.keys() & self._by_value.keys():
            yield from (n for n in self._by_value[value] if self._triples[n].is_on(bound))

    def _label_in(self, spaced: str) -> str:
        return next((label for label in reversed(self._labels) if label in spaced), "")


class _Named(Struct, frozen=True):
    """The names before a value, and its place on the row."""

    names: frozenset[str]
    place: int


class _Bound(Struct, frozen=True):
    """A row prepared for comparison: its entries by value and in order, and its whole text."""

    values: Mapping[str, Sequence[_Named]]
    order: Sequence[str]
    cells: frozenset[str]
    spaced: str
    parts: int

    @classmethod
    def of(cls, row: Row) -> _Bound:
        values: dict[str, list[_Named]] = {}
        for place, entry in enumerate(row.entries):
            names = frozenset(_all_tokens(entry.names))
            for each in _spellings(entry.value):
                values.setdefault(each, []).append(_Named(names, place))
        named = [name for entry in row.entries for name in entry.names]
        cells = frozenset(key(name) for name in named) | values.keys()
        text = _spaced(" ".join([row.text, *dict.fromkeys(named)]))
        order = [key(entry.value) for entry in row.entries]
        return cls(values, order, frozenset(cells), text, row.parts)


class _Prepared(Struct, frozen=True):
    """A piece prepared for comparison: its path, and each item in each of its readings."""

    path: str
    items: Sequence[Sequence[Sequence[_Bound]]]

    @classmethod
    def of(cls, piece: Piece) -> _Prepared:
        ways = [readings(item) if isinstance(item, Grid) else [[item]] for item in piece.items]
        prepared = [[[_Bound.of(row) for row in rows] for rows in each] for each in ways]
        return cls(_spaced(piece.path) if piece.path else "", prepared)


class _Wanted(Struct, frozen=True, kw_only=True):
    """A triple prepared for comparison."""

    value: str
    row: Sequence[str]
    column: frozenset[str]
    label: str
    allowed: frozenset[str]
    own: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, triple: Triple, truth: Truth) -> _Wanted:
        column = frozenset(_all_tokens(triple.column))
        beside = _all_tokens([*triple.row, triple.label, truth.corner])
        row = {key(part) for part in triple.row}
        same = [each for each in truth.triples if each.row == triple.row]
        named = {key(part) for each in truth.triples for part in each.row}
        return cls(
            value=key(_mask(triple.value)),
            row=triple.row,
            column=column,
            label=_spaced(triple.label) if triple.label else "",
            allowed=column | frozenset(beside),
            own=frozenset(row),
            names=frozenset(named - ({key(each.value) for each in same} - row)),
        )

    def is_on(self, bound: _Bound) -> bool:
        """Return whether a row holds this triple's row name."""
        return all(_holds(bound, part) for part in self.row)

    def is_named_by(self, bound: _Bound, label: str) -> bool:
        """Return whether a row of that name binds the value to the column and to nothing else."""
        if self.label and self.label not in bound.spaced and self.label != label:
            return False
        return any(
            self.column <= named.names <= self.allowed and self._is_beside_its_name(bound, named)
            for named in bound.values[self.value]
        )

    def _is_beside_its_name(self, bound: _Bound, named: _Named) -> bool:
        """Return whether the nearest row name before a value, or else after it, is its own."""
        others = [*reversed(bound.order[: named.place]), *bound.order[named.place :]]
        return next((cell in self.own for cell in others if cell in self.names), True)


def _holds(bound: _Bound, part: str) -> bool:
    masked = key(_mask(part))
    return masked in bound.cells or (not masked.isdigit() and _spaced(part) in bound.spaced)


def _all_tokens(texts: Iterable[str]) -> list[str]:
    return [token for text in texts for token in tokens(text)]


def _spaced(text: str) -> str:
    return f" {' '.join(tokens(text))} "


def _spellings(value: str) -> Iterator[str]:
    """Yield a value as it stands, and without a list's number or bullet, a bracket or decimals."""
    whole = key(value)
    yield whole
    yield key(_MARKER.sub("", value))
    yield key(re.sub(r"\s\(.*\)\Z", "", value))
    yield re.sub(r"\.0+\Z|00:00:00\Z", "", whole)
