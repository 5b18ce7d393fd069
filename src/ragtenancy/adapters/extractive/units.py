"""Passages cut into units of answers: sentences, list items, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ragtenancy.domain.grounding import unmarked
from ragtenancy.domain.questions import Kind
from ragtenancy.domain.sentences import bounded, sentences
from ragtenancy.domain.sources import Source

MIN_CHARACTERS = 3
LONGEST_UNIT = 1_000
"""The most characters of a unit: an answer quotes whole units, and is to be read."""
LONGEST_NAME = 60
FEWEST_CELLS = 2
MAX_WORDS_OF_A_LABEL = 14
RUN = 12  # words, half of them numbers: cells of a table lost in extraction
ITEM = re.compile(
    r"\s*(?:[-*\u2022\u25aa\u25e6\u2013]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,5})[.)])\s"
)
_NAMED = re.compile(rf"([^:;|]{{1,{LONGEST_NAME}}}): (.+)", re.DOTALL)
_FIELD = re.compile(rf"([^:;|.!?]{{2,{LONGEST_NAME}}}): \S.*")
_NOTE_MARK = re.compile(r"\[\^[\w-]{1,20}\](?!:)")
_NOTE_START = re.compile(r"\s*\[\^[\w-]{1,20}\]:\s*")
_NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
_LEADS = re.compile(r"[:\uff1a]\s*\Z")
_ENDS = ".!?;\u2026\u3002\uff01\uff1f\uff1b"
_UNSPACED = "\u0e01-\u0e3a\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


class Row(Struct, frozen=True, kw_only=True):
    """A row of a table: its cells by the names of their columns, in order."""

    cells: Mapping[str, str]

    @property
    def key(self) -> str:
        """The first cell, which names the row in most tables."""
        return next(iter(self.cells.values()))


class Facts(Struct, frozen=True, kw_only=True, dict=True):
    """Facts derived from a unit's text and place, computed on first use and cached."""

    text: str
    section: Sequence[str]
    is_prose: bool
    is_row: bool

    @cached_property
    def heading(self) -> str:
        """The nearest heading, without its number."""
        return unnumbered(self.section[-1]) if self.section else ""

    @cached_property
    def headings_above(self) -> str:
        """The headings above the nearest."""
        return " ".join(self.section[:-1])

    @cached_property
    def placed(self) -> str:
        """The text for embedding: the heading, then the text."""
        return f"{self.heading}: {self.text}" if self.heading else self.text

    @cached_property
    def leads(self) -> bool:
        """Whether it introduces a list or an explanation."""
        return bool(_LEADS.search(self.text))

    @cached_property
    def is_label(self) -> bool:
        """Whether it states nothing itself: it is a label, a question, or a run of numbers."""
        text = self.text
        if self.leads or text.endswith(("?", "\uff1f")) or self._is_run_of_numbers:
            return True
        short = text[-1] not in _ENDS and self.words <= MAX_WORDS_OF_A_LABEL
        return short and self.is_prose and not re.search(r"\d", text)

    @cached_property
    def field(self) -> str:
        """The name in a line `Name: value` of a form, empty for any other text."""
        named = _FIELD.fullmatch(self.text) if self.is_prose else None
        return named[1] if named and self.text[-1] not in _ENDS else ""

    @cached_property
    def words(self) -> int:
        """The number of its words."""
        return word_count(self.text)

    @cached_property
    def offered(self) -> dict[Kind, float]:
        """Its score for each kind of value requested so far."""
        return {}

    @property
    def _is_run_of_numbers(self) -> bool:
        words = self.text.split()
        if self.is_row or len(words) < RUN:
            return False
        return sum(1 for word in words if _NUMBER.fullmatch(word)) * 2 >= len(words)


class Unit(Struct, frozen=True, kw_only=True, dict=True):
    """A sentence, an item or a row: verbatim, with its passage (from 1) and place there (from 0).

    `lead` is the line above a list's items, `paragraph` counts the lines of the passage.
    """

    text: str
    passage: int
    place: int
    paragraph: int
    section: Sequence[str]
    lead: str = ""
    row: Row | None = None
    is_item: bool = False

    @cached_property
    def facts(self) -> Facts:
        """The facts derived from its text and place."""
        is_prose = not self.is_item and self.row is None
        is_row = self.row is not None
        return Facts(text=self.text, section=self.section, is_prose=is_prose, is_row=is_row)

    @property
    def heading(self) -> str:
        """The nearest heading, without its number."""
        return self.facts.heading

    @property
    def is_label(self) -> bool:
        """Whether it states nothing itself: it is a label, a question, or a run of numbers."""
        return self.facts.is_label

    @property
    def is_aside(self) -> bool:
        """Whether it states nothing without its neighbour, such as `Yes.`."""
        return self.facts.is_prose and self.facts.words == 1

    @property
    def leads(self) -> bool:
        """Whether it introduces a list or an explanation."""
        return self.facts.leads

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.row is None and self.text.endswith(("?", "\uff1f"))

    def under(self, number: int) -> Unit:
        """Return the unit under another passage number, with its facts."""
        if number == self.passage:
            return self
        moved = replace(self, passage=number)
        moved.__dict__["facts"] = self.facts
        return moved


class Table(Struct, frozen=True, kw_only=True):
    """Neighbouring rows of one passage with the same columns."""

    units: Sequence[Unit]

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in order of first appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row.cells))

    @property
    def rows(self) -> list[Row]:
        """The rows, from top to bottom."""
        return [unit.row for unit in self.units if unit.row is not None]


def units_in(passage: Source) -> list[Unit]:
    """Return the units of one passage in reading order."""
    return list(_units(passage))


def numbered(cut: Sequence[Sequence[Unit]], numbers: Sequence[int]) -> list[Unit]:
    """Return the units of passages under their numbers, each text once per section."""
    found: dict[tuple[str, str], Unit] = {}
    for units, number in zip(cut, numbers, strict=True):
        for unit in units:
            key = (unit.text, unit.section[-1] if unit.row and unit.section else "")
            if key not in found:
                found[key] = unit.under(number)
    return list(found.values())


def tables_of(units: Sequence[Unit]) -> list[Table]:
    """Return the tables formed by the rows among some units."""
    made: list[list[Unit]] = []
    for unit in units:
        if unit.row is None:
            continue
        last = made[-1][-1] if made else None
        if last is not None and _one_table(last, unit):
            made[-1].append(unit)
        else:
            made.append([unit])
    return [Table(units=rows) for rows in made]


def word_count(text: str) -> int:
    """Return the number of words; in a script without spaces, of letters."""
    return len(_WORD.findall(text))


def unbulleted(item: str) -> str:
    """Return a list item without its bullet or number."""
    return ITEM.sub("", item, count=1).strip()


def unnumbered(heading: str) -> str:
    """Return a heading without the number before it."""
    return re.sub(r"^\s*(?:§\s*)?\d+(?:\.\d+)*[.):]?\s+", "", heading).strip()


def _units(passage: Source) -> Iterator[Unit]:
    place = 0
    lead = ""
    for number, line in enumerate(_captions_once(passage.text.splitlines())):
        clean = _NOTE_MARK.sub("", _NOTE_START.sub("", line)).strip()
        row = row_of(clean)
        is_item = bool(ITEM.match(clean)) and row is None
        whole = row is not None or (is_item and len(clean) <= LONGEST_UNIT)
        pieces = [clean] if whole else sentences(clean, passage.text)
        for piece in (part for each in pieces for part in bounded(each, LONGEST_UNIT)):
            text = piece.strip()
            if len(text) < MIN_CHARACTERS or not unmarked(text):
                continue
            yield Unit(
                text=text,
                passage=passage.index,
                place=place,
                paragraph=number,
                section=passage.section,
                lead=lead if is_item else "",
                row=row,
                is_item=is_item,
            )
            place += 1
            if not is_item and row is None:
                lead = text
        if row:
            lead = ""


def _captions_once(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines without captions that each chunk of a table repeats between its rows."""
    kept: list[str] = []
    earlier: set[str] = set()
    for line in lines:
        if line not in earlier or row_of(line) or not (kept and row_of(kept[-1])):
            kept.append(line)
        earlier.add(line)
    return kept


def row_of(line: str) -> Row | None:
    """Return the row of a line `Name: value; Name: value`, None for any other line."""
    if "; " not in line or ": " not in line or ITEM.match(line):
        return None
    cells: dict[str, str] = {}
    name = ""
    for at, piece in enumerate(line.split("; ")):
        named = _NAMED.fullmatch(piece)
        if named and named[1].strip() not in cells:
            name = named[1].strip()
            cells[name] = named[2].strip()
        elif at == 0:
            cells[name] = piece.strip()
        else:
            cells[name] = f"{cells[name]}; {piece.strip()}"
    named_cells = sum(1 for each in cells if each)
    if named_cells < FEWEST_CELLS - (1 if "" in cells else 0) or len(cells) < FEWEST_CELLS:
        return None
    return Row(cells=cells)


def _one_table(above: Unit, below: Unit) -> bool:
    if above.row is None or below.row is None or above.passage != below.passage:
        return False
    shared = above.row.cells.keys() & below.row.cells.keys()
    fewest = min(len(above.row.cells), len(below.row.cells))
    return below.paragraph == above.paragraph + 1 and len(shared) * 2 >= fewest
