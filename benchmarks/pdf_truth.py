"""Seeded documents whose words, order and tables are known before any program draws them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from msgspec import Struct


def _words(text: str) -> list[str]:
    return text.split()


_NOUNS = _words(
    "tenant boat harbour contract invoice engine warranty delivery deposit notice payment repair "
    "insurance inspection cylinder valve manual warehouse supplier customer account schedule "
    "agreement certificate measurement temperature pressure installation maintenance department "
    "employee application committee regulation document signature quantity surface container "
    "machine laboratory procedure material instrument foundation interval reference protection"
)
_VERBS = _words(
    "covers replaces confirms requires exceeds follows includes describes limits records prevents "
    "extends determines approves cancels delivers inspects maintains measures protects"
)
_ADJECTIVES = _words(
    "annual written electrical technical additional original previous independent temporary "
    "external reasonable complete individual permanent different responsible long-term "
    "state-of-the-art full-time well-known third-party"
)
_SMALL = _words("of the for the under the without a with the before the after the in the on the")
_UNITS = ("EUR", "kg", "mm", "kW", "h", "%")
_ITEMS = _words("Anchor Bracket Compass Davit Engine Fender Gasket Hatch Impeller Jib Keel Lantern")
_COLUMNS = _words("Price Weight Length Power Runtime Share Stock Discount")


class Table(Struct, frozen=True, kw_only=True):
    """A table with a header row and names in its first column; an empty text is an empty cell."""

    rows: Sequence[Sequence[str]]
    is_ruled: bool

    @property
    def triples(self) -> set[tuple[str, str, str]]:
        """The values with the names of their row and column."""
        header = self.rows[0]
        return {
            (row[0], header[column], value)
            for row in self.rows[1:]
            for column, value in enumerate(row)
            if column and value
        }


class Prose(Struct, frozen=True, kw_only=True):
    """A paragraph, or a heading."""

    text: str
    is_heading: bool = False


class Truth(Struct, frozen=True, kw_only=True):
    """A document: its blocks in the order of reading, in one or two columns."""

    name: str
    columns: int
    blocks: Sequence[Prose | Table]

    @property
    def words(self) -> str:
        """All text, table cells row by row."""
        return "\n".join(
            "\n".join(" ".join(row) for row in block.rows)
            if isinstance(block, Table)
            else block.text
            for block in self.blocks
        )

    @property
    def tables(self) -> Sequence[Table]:
        """The tables."""
        return [block for block in self.blocks if isinstance(block, Table)]


def documents(seed: int) -> Iterator[Truth]:
    """Yield prose in one and two columns, and documents with ruled and with unruled tables."""
    chance = random.Random(seed)
    for number in (1, 2):
        yield Truth(name=f"prose-{number}", columns=1, blocks=_prose(chance, 14))
        yield Truth(name=f"columns-{number}", columns=2, blocks=_prose(chance, 20))
        for is_ruled in (True, False):
            kind = "ruled" if is_ruled else "unruled"
            yield Truth(
                name=f"{kind}-{number}", columns=1, blocks=_tables(chance, is_ruled=is_ruled)
            )


def _prose(chance: random.Random, paragraphs: int) -> list[Prose | Table]:
    blocks: list[Prose | Table] = []
    for number in range(paragraphs):
        if number % 4 == 0:
            heading = f"{number // 4 + 1} {_phrase(chance).capitalize()}"
            blocks.append(Prose(text=heading, is_heading=True))
        sentences = " ".join(_sentence(chance) for _ in range(chance.randint(3, 6)))
        blocks.append(Prose(text=sentences))
    return blocks


def _tables(chance: random.Random, *, is_ruled: bool) -> list[Prose | Table]:
    blocks = _prose(chance, 2)
    for _ in range(3):
        columns = chance.sample(_COLUMNS, chance.randint(2, 5))
        items = chance.sample(_ITEMS, chance.randint(3, 9))
        rows = [["Item", *columns]]
        rows += [[f"{item} {chance.randint(1, 99)}", *_values(chance, columns)] for item in items]
        blocks += [Table(rows=rows, is_ruled=is_ruled), Prose(text=_sentence(chance))]
    return blocks


def _values(chance: random.Random, columns: Sequence[str]) -> list[str]:
    """Return numbers with units; one in twelve is missing."""
    unit = {column: _UNITS[_COLUMNS.index(column) % len(_UNITS)] for column in columns}
    return [
        "" if chance.random() < 1 / 12 else f"{chance.randint(1, 9999):,} {unit[column]}"
        for column in columns
    ]


def _sentence(chance: random.Random) -> str:
    parts = ["the", _phrase(chance), chance.choice(_VERBS), "the", _phrase(chance)]
    for _ in range(chance.randint(0, 2)):
        parts += [chance.choice(_SMALL), "the", chance.choice(_NOUNS)]
    if chance.random() < 0.3:
        parts += ["within", str(chance.randint(2, 90)), "days"]
    text = " ".join(parts).replace("the the", "the").replace("a the", "a")
    return f"{text.capitalize()}."


def _phrase(chance: random.Random) -> str:
    return f"{chance.choice(_ADJECTIVES)} {chance.choice(_NOUNS)}"
