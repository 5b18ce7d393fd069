"""What a reader found in a Word document, in one form for every reader and expected output."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"^(?:[^\W\d_]+ )?(?:\d+\.)*\d+[.)]?\s+")
_LONGEST_ORDER = 12_000

Heading = tuple[int, str]
Cell = tuple[int, int, str]


class Reading(Struct, kw_only=True):
    """A document's words in order, and where the reader tells them headings and tables.

    `more` are words that some expected outputs leave out on purpose (headers, footers,
    alternative texts, numbers of headings, metadata): they may be found, they need not be.
    """

    words: Sequence[str]
    more: Sequence[str] = ()
    headings: Sequence[Heading] | None = None
    tables: Sequence[Sequence[Sequence[str]]] | None = None


class Agreement(Struct, frozen=True):
    """How many things two readings share, of how many in both; agreements can be added."""

    shared: int = 0
    total: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.shared + other.shared, self.total + other.total)

    @property
    def f1(self) -> float | None:
        """F1, None of nothing."""
        return 2 * self.shared / self.total if self.total else None


class Score(Struct, frozen=True, kw_only=True):
    """How one reading agrees with the expected one; None where there is nothing to compare."""

    recall: float | None
    precision: float | None
    order: float | None
    headings: Agreement
    cells: Agreement


def words(text: str) -> list[str]:
    """Return the words of a text, superscripts and ligatures as plain characters."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def heading(level: int, text: str) -> Heading:
    """Return a heading without its number, which only some readers show."""
    return level, " ".join(words(_NUMBER.sub("", text.strip())))


def score(found: Reading, expected: Reading) -> Score:
    """Compare a reading with the expected one."""
    theirs, ours = Counter(expected.words), Counter(found.words)
    recall = (theirs & (ours + Counter(found.more))).total()
    precision = (ours & (theirs + Counter(expected.more))).total()
    return Score(
        recall=recall / theirs.total() if theirs else None,
        precision=precision / ours.total() if ours and theirs else None,
        order=_order(found.words, expected.words),
        headings=_agreement(*_headings(found.headings, expected.headings)),
        cells=_agreement(_cells(found.tables), _cells(expected.tables)),
    )


def _headings(
    found: Sequence[Heading] | None, expected: Sequence[Heading] | None
) -> tuple[Sequence[Heading] | None, Sequence[Heading] | None]:
    """Return the headings to compare: titles only where they are expected as such."""
    if found is None or expected is None or any(level == 0 for level, _ in expected):
        return found, expected
    return [each for each in found if each[0] > 0], expected


def _agreement(found: Iterable[object] | None, expected: Iterable[object] | None) -> Agreement:
    """Compare two multisets; nothing where a reader tells none."""
    if found is None or expected is None:
        return Agreement()
    ours, theirs = Counter(found), Counter(expected)
    return Agreement((ours & theirs).total(), ours.total() + theirs.total())


def _cells(tables: Sequence[Sequence[Sequence[str]]] | None) -> list[Cell] | None:
    """Return every cell that holds words with its row and column."""
    if tables is None:
        return None
    return [
        (row, column, text)
        for table in tables
        for row, texts in enumerate(table)
        for column, text in enumerate(map(" ".join, map(words, texts)))
        if text
    ]


def _order(found: Sequence[str], expected: Sequence[str]) -> float | None:
    """Return the longest common subsequence of words over what both have in any order.

    Bit-parallel after Hyyrö (2004); None for long documents.
    """
    both = (Counter(found) & Counter(expected)).total()
    if not both or len(expected) > _LONGEST_ORDER:
        return None
    places: dict[str, int] = {}
    for place, word in enumerate(expected):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(expected)) - 1
    row = full
    for word in found:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & full
    return (len(expected) - row.bit_count()) / both
