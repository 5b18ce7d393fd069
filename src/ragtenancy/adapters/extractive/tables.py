"""Answers from tables: one cell, a whole row, a column's extreme, a difference, a column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragtenancy.adapters.extractive.cells import (
    MAX_CELLS,
    Cell,
    Listing,
    both_money,
    is_code,
    is_name,
    naming_columns,
    value_of,
)
from ragtenancy.adapters.extractive.question import Question
from ragtenancy.adapters.extractive.units import Table, Unit
from ragtenancy.adapters.extractive.values import (
    QUANTITY,
    Bound,
    bound_in,
    direction,
    measure_words,
    number_in,
    numbers_asked,
    offers,
    quantity_in,
    sign_of,
    spells_range,
    unit_of,
    with_unit,
    within,
)
from ragtenancy.domain.cells import is_total
from ragtenancy.domain.content import Vocabulary
from ragtenancy.domain.questions import Kind

EXTRA = 0.35  # the penalty for an extra word in a name, as a share of the requested words' weight
IN_RANGE = 1.5
FITS = 0.6
FEWEST_NUMBERS = 2
ALSO = 0.5
CAPTIONED = 0.3
NAMED_BY_CAPTION = 0.5  # of the question, if no row is named
FEWEST_ROWS = 2
PLURALS = ("s", "es", "e", "en", "n", "er", "nen", "x")
FEWEST_LETTERS = 4
SAME_UNIT = 0.5
_LETTERS = re.compile(r"[^\W\d_]+")
_FORMULA = re.compile(r"=[A-Za-z$(\d'+-]")  # of a sheet that holds no value for it
_SEVERAL = re.compile(r"\b(?:and|or|und|oder|et|ou|y|o)\b", re.IGNORECASE)
_EACH = re.compile(
    r"\b(?:each|every|(?<!at )(?<!above )(?<!after )all|list|show me|alle[nrs]?|jede[mnrs]?|sämtliche[nr]?|toutes|tous|chaque"
    r"|cada|tod[ao]s)\b",
    re.IGNORECASE,
)
_CHOOSES = re.compile(
    r"\b(?:which|what|list|show|name|is there|are there|do you have|anything|something|welche[mnrs]?|was|gibt es|habt ihr"
    r"|haben sie|quel(?:le)?s?|y a-t-il|avez-vous|qué|cuál(?:es)?|hay)\b",
    re.IGNORECASE,
)
_DERIVED = re.compile(r"e?r|or|ment|ing|(?:at)?ion|ance|erin|ung")
"""What makes a noun of a verb's stem: whoever supplies is the supplier."""
FEWEST_LETTERS_OF_A_STEM = 3
_ONE_VALUE = (Kind.CONTACT, Kind.DIFFERENCE, Kind.EXTREME, Kind.STEPS)
_VALUED = (Kind.AMOUNT, Kind.COUNT, Kind.DATE, Kind.DURATION, Kind.MEASURE, Kind.YEAR)


class TableReader:
    """Lookups in one table for one question."""

    def __init__(self, table: Table, question: Question, vocabulary: Vocabulary) -> None:
        self.table = table
        self._vocabulary = vocabulary
        self._asked = question.terms
        self._said = question.said
        self._question = question.text
        self._kind = question.kind
        self._names = naming_columns(table)

    def cells(self) -> list[Cell]:
        """Return the best cells, best first; all cells of a row if no column is requested."""
        found_rows = list(self._rows())
        said = [each for each in found_rows if self._is_said(each[2])]
        rows = sorted(said or found_rows, key=lambda found: -found[0])
        if not rows or rows[0][0] <= 0:
            return []
        best = rows[0][0]
        found: list[Cell] = []
        for score, name, unit in rows:
            if score < best - 1e-9 and not (score >= ALSO * best and self._asked_beside(name)):
                continue
            found += self._of_row(unit, name, score)
        top = max((cell.score for cell in found), default=0.0)
        return [cell for cell in found if cell.score >= top - 1e-9 or self._asked_beside(cell.name)]

    def _is_said(self, unit: Unit) -> bool:
        """Return whether the message names a row itself, rather than the turn before it."""
        if self._said is None or unit.row is None:
            return False
        names = " ".join(unit.row.cells.get(column, "") for column in self._names)
        return self._said.weight_held(self._vocabulary.of(names)) > 0

    def _asked_beside(self, name: str) -> bool:
        """Return whether a question names several rows, and this one by all of its words."""
        words = self._vocabulary.of(name)
        return bool(_SEVERAL.search(self._question) and words and all(map(self._covers, words)))

    def _rows(self) -> Iterator[tuple[float, str, Unit]]:
        """Yield each row with its best match between a cell and the question's words."""
        for unit in self.table.units:
            if unit.row is None:
                continue
            best, name = 0.0, self._row_name(unit, "")
            for column, value in unit.row.cells.items():
                if column not in self._names and not is_name(value):
                    continue
                score = self._named(value) + self._in_range(column, value)
                if score > best:
                    best = score
                    name = value if column in self._names else name
            together = self._asked.weight_held(
                frozenset().union(*map(self._vocabulary.of, unit.row.cells.values()))
            )
            yield best + 0.5 * max(0.0, together - best), name, unit

    def _named(self, name: str) -> float:
        """Return the weight of the question's words in a name, less a penalty for other words."""
        words = self._vocabulary.of(name)
        if not words:
            return 0.0
        held = self._asked.weight_held(words)
        if not held or not any(word.isalpha() and self._covers(word) for word in words):
            return held if held and is_code(name) else 0.0
        asked = {w for w in words if self._covers(w)}
        share = (len(words) - len(asked)) / len(words)
        return held * (1 - EXTRA * share)

    def _covers(self, word: str) -> bool:
        return bool(self._asked.credits({word}))

    def _in_range(self, column: str, value: str) -> float:
        """Return a bonus if a number of the question, no cell of its column, is in a cell's range."""
        wanted = [n for n in numbers_asked(self._question) if within(n, value)]
        if not wanted or not set(wanted) - self._single_numbers(column):
            return 0.0
        return IN_RANGE * max(self._asked.weights.values(), default=1.0)

    def _single_numbers(self, column: str) -> set[float | None]:
        """Return the numbers in a column's cells that spell no range."""
        values = (row.cells.get(column, "") for row in self.table.rows)
        return {number_in(value) for value in values if not spells_range(value)}

    def _of_row(self, unit: Unit, name: str, score: float) -> list[Cell]:
        """Return the cells of a row in requested columns; all of them if there are none."""
        assert unit.row is not None  # noqa: S101 - rows have cells
        named = self._vocabulary.of(name)
        others = {c: v for c, v in unit.row.cells.items() if v != name}
        fits = {c: self._column(c, v, named) for c, v in others.items()}
        said = {c: fit for c, fit in fits.items() if self._says_column(c, named)}
        fits = said or fits
        top = max(fits.values(), default=0.0)
        if top <= 0:
            columns = self._columns_of_kind([unit])[1:]
            others = {c: others[c] for c in columns if c in others} or others
        if top <= 0:
            others = {c: v for c, v in others.items() if not _FORMULA.match(v)}
        if top <= 0 and len(others) == 1:
            ((column, value),) = others.items()
            return [Cell(unit=unit, name=name, column=column, value=value, score=score)]
        if top <= 0:
            return (
                [Cell(unit=unit, name=name, column="", value=value_of(others), score=score)]
                if others
                else []
            )
        return [
            Cell(unit=unit, name=name, column=c, value=others[c], score=score + fit)
            for c, fit in fits.items()
            if fit >= top - 1e-9 and not _FORMULA.match(others[c])
        ]

    def _column(self, column: str, value: str, named: frozenset[str]) -> float:
        """Return how well a column fits the question without the row's name."""
        words = self._words_of_column(column) - named
        held = self._asked.weight_held(words)
        extra = sum(1 for w in words if not self._covers(w)) / max(len(words), 1)
        fit = held * (1 - EXTRA * extra)
        highest = max(self._asked.weights.values(), default=0.0)
        if self._kind in _VALUED:
            fit += (
                FITS * highest * (offers(with_unit(value, column), self._kind) - 0.5)
                if fit or len(words) == 0
                else 0.0
            )
        return fit

    def _words_of_column(self, column: str) -> frozenset[str]:
        """Return the words of a column's name; a noun gives way to its verb in the question."""
        words = self._vocabulary.of(column)
        return frozenset(self._verb_of(word) or word for word in words)

    def _verb_of(self, noun: str) -> str | None:
        if self._covers(noun):
            return None
        stems = (t for t in self._asked.weights if len(t) >= FEWEST_LETTERS_OF_A_STEM)
        return next(
            (
                t
                for t in stems
                if t != noun and noun.startswith(t) and _DERIVED.fullmatch(noun[len(t) :])
            ),
            None,
        )

    def _says_column(self, column: str, named: frozenset[str]) -> bool:
        """Return whether the message names a column itself, rather than the turn before it."""
        words = self._words_of_column(column) - named
        return self._said is not None and self._said.weight_held(words) > 0

    # -- several rows

    def several(self) -> Listing | None:
        """Return the rows that are requested together, None if one is, or none.

        A bound selects them ("which cost less than 600 euros?"), or a word of their names or
        columns in the plural in the question, or "each", "all" and the like.
        """
        if self._kind in _ONE_VALUE or len(self.table.units) < FEWEST_ROWS:
            return None
        bound = bound_in(self._question)
        named, units = self._named_together(bound)
        if bound is not None and _CHOOSES.search(self._question):
            return self._within(bound, units if named else self.table.units)
        every = bool(_EACH.search(self._question))
        if (
            self._kind is Kind.YES_NO
            or len(units) < FEWEST_ROWS
            or not (every or self._in_plural())
        ):
            return None
        columns = self._columns_asked(units)
        if not named and self.caption < NAMED_BY_CAPTION:
            return None
        if self._kind is Kind.COUNT and len(columns) == 1:
            return None
        if len(columns) == 1 and self._kind is not Kind.LIST:
            columns = self._columns_of_kind(units) or self.table.columns[:MAX_CELLS]
        told = [u for u in units if u.row and any(u.row.cells.get(c) for c in columns[1:])]
        if len(told) < FEWEST_ROWS:
            return None
        return Listing(columns=columns, units=told, every=every)

    def _within(self, bound: Bound, units: Sequence[Unit]) -> Listing | None:
        """Return the rows whose quantity in the measured column is within a bound."""
        highest = max(self._asked.weights.values(), default=1.0)
        asked = unit_of(bound.high or bound.low or "")
        best: tuple[float, str] = (0.0, "")
        for fit, column, entries in self._numeric_columns():
            if any(spells_range(value) for _, _, value, _ in entries):
                continue
            shown = with_unit(entries[0][2], column)
            alike = asked and (asked == unit_of(shown) or both_money(asked, shown))
            best = max(best, (fit + (SAME_UNIT * highest if alike else 0.0), column))
        if not best[1]:
            return None
        column = best[1]
        found = [
            unit
            for unit in units
            if unit.row and bound.holds(with_unit(unit.row.cells.get(column, ""), column))
        ]
        shown_by = self._spoken_column(units)
        if not found or shown_by == column:
            return None
        return Listing(columns=[shown_by, column], units=found, bound=bound, every=True)

    def _named_together(self, bound: Bound | None = None) -> tuple[float, list[Unit]]:
        """Return the rows whose names cover most of the question, and that coverage.

        The columns' own words and those of a bound do not name rows.
        """
        captions = self._vocabulary.of(" ".join(self.table.columns))
        captions |= self._vocabulary.of(bound.said) if bound else frozenset()
        held = []
        for unit in self.table.units:
            values = unit.row.cells.values() if unit.row else ()
            words = self._vocabulary.of(" ".join(v for v in values if is_name(v)))
            held.append(self._asked.weight_held(words - captions))
        best = max(held, default=0.0)
        return best, [
            unit for unit, each in zip(self.table.units, held, strict=True) if each >= best - 1e-9
        ]

    def _in_plural(self) -> bool:
        """Return whether the question uses a word of the names or columns in the plural."""
        asked = _LETTERS.findall(self._question.lower())
        own = _LETTERS.findall(" ".join(self._labels()).lower())
        forms: dict[frozenset[str], set[str]] = {}
        for word in own:
            if len(word) >= FEWEST_LETTERS:
                forms.setdefault(self._vocabulary.of(word), set()).add(word)
        return any(
            word not in own
            and any(
                word.startswith(form) and word[len(form) :] in PLURALS
                for form in forms.get(self._vocabulary.of(word), ())
            )
            for word in asked
        )

    def _labels(self) -> Iterator[str]:
        yield from self.table.columns
        for row in self.table.rows:
            yield from (value for value in row.cells.values() if is_name(value))

    def _columns_asked(self, units: Sequence[Unit]) -> list[str]:
        """Return the column that names the rows, and those that the question names."""
        first = self._spoken_column(units)
        values = " ".join(unit.row.cells.get(first, "") for unit in units if unit.row)
        named = self._vocabulary.of(values)
        asked = [
            c
            for c in self.table.columns
            if c != first and self._asked.weight_held(self._vocabulary.of(c) - named) > 0
        ]
        return [first, *asked]

    def _columns_of_kind(self, units: Sequence[Unit]) -> list[str]:
        """Return the naming column with the only column that has values of the requested kind."""
        first = self._spoken_column(units)
        row = units[0].row
        if self._kind not in (Kind.AMOUNT, Kind.YEAR) or row is None:
            return []
        fitting = [
            c
            for c, v in row.cells.items()
            if c != first and offers(with_unit(v, c), self._kind) == 1.0
        ]
        return [first, *fitting] if len(fitting) == 1 else []

    def _spoken_column(self, units: Sequence[Unit]) -> str:
        """Return the column that names rows for people: a requested one, or words, not codes."""
        asked = [c for c in self._names if self._asked.weight_held(self._vocabulary.of(c)) > 0]
        spoken = [
            c
            for c in self._names
            if not all(unit.row and is_code(unit.row.cells.get(c, "")) for unit in units)
        ]
        return next((c for c in asked if c in spoken), (asked or spoken or self._names)[0])

    # -- comparing

    def extreme(self) -> Cell | None:
        """Return the row or column with the requested highest or lowest number."""
        if not direction(self._question):
            return None
        options = [*self._numeric_columns(), *self._numeric_rows()]
        if not options:
            return None
        fit, label, entries = max(options, key=lambda option: option[0])
        if fit <= 0:
            return None
        named, units = self._named_together()
        if named and len(units) >= FEWEST_NUMBERS:  # "which machine is cheapest?": only machines
            entries = [entry for entry in entries if entry[3] in units] or entries
        entries = [entry for entry in entries if not is_total(entry[1])] or entries
        sign = sign_of(self._question, label)
        _value, name, shown, unit = max(entries, key=lambda entry: sign * entry[0])
        return Cell(unit=unit, name=name, column=label, value=shown, score=fit)

    def difference(self) -> tuple[Cell, Cell] | None:
        """Return the two compared cells, the higher first."""
        options = [*self._numeric_columns(), *self._numeric_rows()]
        best: tuple[float, Cell, Cell] | None = None
        for fit, label, entries in options:
            ranked = sorted(
                ((self._named(name), at) for at, (_, name, _, _) in enumerate(entries)),
                key=lambda pair: (-pair[0], pair[1]),
            )
            if fit <= 0 or len(ranked) < FEWEST_NUMBERS or ranked[1][0] <= 0:
                continue
            total = fit + ranked[0][0] + ranked[1][0]
            if best is None or total > best[0]:
                one, other = (entries[at] for _, at in ranked[:2])
                high, low = (one, other) if one[0] >= other[0] else (other, one)
                cells = [
                    Cell(unit=e[3], name=e[1], column=label, value=e[2], score=total)
                    for e in (high, low)
                ]
                best = (total, cells[0], cells[1])
        return None if best is None else best[1:]

    @property
    def name_column(self) -> str:
        """The name of the column that names the rows."""
        return self._names[0]

    @property
    def caption(self) -> float:
        """Return the coverage of the question by the headings and the column names."""
        unit = self.table.units[0]
        words = self._vocabulary.of(" ".join([*unit.section[-1:], *self.table.columns]))
        return self._asked.coverage(words)

    def listed(self) -> tuple[str, list[str], float] | None:
        """Return the requested column of names, with its values; None if there is none."""
        best: tuple[float, str] = (0.0, "")
        for column in self.table.columns:
            values = [row.cells.get(column, "") for row in self.table.rows]
            if sum(map(is_name, values)) * 2 < len(values):
                continue
            best = max(best, (self._named(column), column))
        if not best[0] and self.caption >= CAPTIONED:
            best = (self.caption, self._spoken_column(self.table.units))
        if not best[0]:
            return None
        values = [v for row in self.table.rows if (v := row.cells.get(best[1]))]
        return best[1], list(dict.fromkeys(values)), best[0]

    def _numeric_columns(self) -> Iterator[tuple[float, str, list[tuple[float, str, str, Unit]]]]:
        """Yield each column of numbers: how well it fits, its name, and number, row, value, unit."""
        units = [u for u in self.table.units if u.row is not None]
        for column in self.table.columns:
            entries = []
            for unit in units:
                assert unit.row is not None  # noqa: S101 - rows have cells
                value = unit.row.cells.get(column, "")
                number = quantity_in(value)
                name = self._row_name(unit, column)
                if number is not None and name and QUANTITY.match(value):
                    entries.append((number, name, value, unit))
            if len(entries) >= FEWEST_NUMBERS:
                yield self._measures(column), column, entries

    def _row_name(self, unit: Unit, column: str) -> str:
        """Return the cell that names a row for people: words rather than a code."""
        assert unit.row is not None  # noqa: S101 - rows have cells
        cells = unit.row.cells
        names = [cells[c] for c in self._names if c != column and c in cells]
        spoken = [v for v in names if not is_code(v)]
        return (spoken or names or [v for c, v in cells.items() if c != column] or [""])[0]

    def _numeric_rows(self) -> Iterator[tuple[float, str, list[tuple[float, str, str, Unit]]]]:
        """Yield each row of numbers under columns that are names of things."""
        for unit in self.table.units:
            if unit.row is None:
                continue
            key, rest = unit.row.key, list(unit.row.cells.items())[1:]
            entries = [
                (n, c, v, unit)
                for c, v in rest
                if QUANTITY.match(v) and (n := quantity_in(v)) is not None
            ]
            if len(entries) >= FEWEST_NUMBERS and len(entries) * 2 > len(rest):
                yield self._measures(key), key, entries

    def _measures(self, label: str) -> float:
        """Return how well a label matches the compared quantity, by words or by adjective."""
        words = self._vocabulary.of(label)
        measured = self._vocabulary.of(measure_words(self._question))
        by_adjective = 1.0 if words & measured else 0.0
        highest = max(self._asked.weights.values(), default=1.0)
        return self._named(label) + 0.5 * highest * by_adjective
