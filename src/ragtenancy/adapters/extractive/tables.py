"""Answers out of tables: one cell, a whole row, the extreme of a column, a difference, a column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ragtenancy.adapters.extractive.evidence import offers
from ragtenancy.adapters.extractive.lexicon import HIGHEST, LOWEST, MEASURED_BY
from ragtenancy.adapters.extractive.units import Table, Unit
from ragtenancy.domain.content import Vocabulary, WeightedTerms
from ragtenancy.domain.questions import Kind

EXTRA = 0.35  # what an unasked word in a name costs, of the weight of the words that were asked
MOST_CELLS = 4
IN_RANGE = 1.5
FITS = 0.6
FEWEST_NUMBERS = 2
ALSO = 0.5
DISTINCT = 0.7
CAPTIONED = 0.3
_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*\Z")
_SEVERAL = re.compile(r"\b(?:and|or|und|oder|et|ou|y|o)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d.,\u00a0\u202f' ]*\d|\d")
_QUANTITY = re.compile(  # a value, where "Gyra 12" is a name
    r"(?:(?:from|up to|about|approx\.?|max\.?|min\.?|at (?:most|least)|over|under|below|above|ca\.?|ab|bis(?: zu)?"
    r"|rund|env\.?|dès|desde|hasta)\s+)?(?:[A-Z]{2,3}|[€$£¥])?\s?[-+\u2212]?\d(?!\d*[A-Za-z]+\d)",
    re.IGNORECASE,
)
_ASKED_NUMBER = re.compile(r"(?<![\w.-])(\d+(?:[.,]\d+)?)\s?(%|[a-zA-Z]+)?")
_UP_TO = re.compile(
    r"\b(?:up to|below|under|less than|at most|max\.?|bis(?: zu)?|unter|jusqu'à|hasta)\s+[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?:\b(?:over|above|more than|at least|from|from|ab|über|mehr als|plus de|más de)\s+[^\d]{0,4}(\d[\d.,]*)|(\d[\d.,]*)[^\d]{0,4}\s?(?:or more|and more|and above|or longer|and over|oder mehr|\+))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"(\d[\d.,]*)[^\d]{0,4}\s?(?:to|-|\u2013|bis|à|a|and|und)\s?[^\d]{0,4}(\d[\d.,]*)",
    re.IGNORECASE,
)


_VALUED = (Kind.AMOUNT, Kind.COUNT, Kind.DATE, Kind.DURATION, Kind.MEASURE, Kind.YEAR)


class Cell(Struct, frozen=True, kw_only=True):
    """A value that answers, with the names that it stands under."""

    unit: Unit
    name: str
    column: str
    value: str
    score: float

    @property
    def measured(self) -> str:
        """The value with the unit that its column names."""
        return with_unit(self.value, self.column)

    @property
    def statement(self) -> str:
        """The value after its names."""
        names = " \u2013 ".join(e.rstrip(": ") for e in (self.name, self.column) if e)
        return f"{names}: {self.value}"


def with_unit(value: str, column: str) -> str:
    """Return a value with the unit that its column has in brackets: `Waiting time (weeks)`."""
    unit = _IN_BRACKETS.search(column)
    return f"{value} {unit[1]}" if unit else value


def number_in(text: str) -> float | None:
    """Return the first number of a cell, None where there is none; `1,290` and `1.290,50` are read."""
    found = _NUMBER.search(text)
    if not found:
        return None
    digits = re.sub(r"[\s\u00a0\u202f']", "", found[0])
    if "," in digits and "." in digits:
        last = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    elif "," in digits or "." in digits:
        mark = "," if "," in digits else "."
        whole, _, rest = digits.rpartition(mark)
        thousands = (
            len(rest) == 3 and whole.lstrip("-+0") != "" and (mark == "," or digits.count(mark) > 1)
        )
        digits = (
            digits.replace(mark, "") if thousands or digits.count(mark) > 1 else f"{whole}.{rest}"
        )
    try:
        return float(digits)
    except ValueError:
        return None


_SCALES: Sequence[tuple[str, float]] = (
    (r"milliseconds?|ms", 0.001), (r"seconds?|sekunden?|sec|s", 1), (r"minutes?|minuten?|min", 60),
    (r"hours?|stunden?|heures?|horas?|hrs?|h", 3_600), (r"(?:working |business )?days?|(?:werk)?tage?n?|jours?|días?|d", 86_400),
    (r"weeks?|wochen?|semaines?|semanas?", 604_800), (r"months?|monate?n?|mois|mes(?:es)?", 2_629_800),
    (r"years?|jahre?n?|ans?|années?|años?", 31_557_600), (r"mg", 1e-6), (r"g", 1e-3), (r"t|tonnes?", 1e3), (r"mm", 1e-3),
    (r"cm", 1e-2), (r"km", 1e3), (r"ml", 1e-3), (r"cl", 1e-2), (r"mb", 1e6), (r"gb", 1e9), (r"tb", 1e12), (r"kw", 1e3),
    (r"millions?|mio\.?|m", 1e6), (r"billions?|mrd\.?|bn", 1e9), (r"k", 1e3),
)  # fmt: skip
_UNIT = re.compile(r"\d[\d.,]*\s?-?([^\W\d_]+(?: days?)?)")


def quantity_in(text: str) -> float | None:
    """Return the first number of a cell in the base unit of what it counts: 4 weeks are seconds."""
    number = number_in(text)
    unit = _UNIT.search(text)
    if number is None or unit is None:
        return number
    scales = (scale for names, scale in _SCALES if re.fullmatch(names, unit[1], re.IGNORECASE))
    return number * next(scales, 1.0)


class TableReader:
    """Looks things up in one table for one question."""

    def __init__(
        self, table: Table, vocabulary: Vocabulary, asked: WeightedTerms, question: str, kind: Kind
    ) -> None:
        self.table = table
        self._vocabulary = vocabulary
        self._asked = asked
        self._question = question
        self._kind = kind
        self._names = _naming_columns(table)

    def cells(self) -> list[Cell]:
        """Return the cells that fit best, best first; a row of which no column was asked is whole."""
        rows = sorted(self._rows(), key=lambda found: -found[0])
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

    def _asked_beside(self, name: str) -> bool:
        """Tell whether a question names several things, and this one by all of its words."""
        words = self._vocabulary.of(name)
        return bool(_SEVERAL.search(self._question) and words and all(map(self._covers, words)))

    def _rows(self) -> Iterator[tuple[float, str, Unit]]:
        """Yield how well each row is named by the question, by the cell that names it best."""
        for unit in self.table.units:
            if unit.row is None:
                continue
            best, name = 0.0, self._row_name(unit, "")
            for column, value in unit.row.cells.items():
                if column not in self._names and not _is_name(value):
                    continue
                score = self._named(value) + self._in_range(value)
                if score > best:
                    best = score
                    name = value if column in self._names else name
            together = self._asked.held(
                frozenset().union(*map(self._vocabulary.of, unit.row.cells.values()))
            )
            yield best + 0.5 * max(0.0, together - best), name, unit

    def _named(self, name: str) -> float:
        """Return the weight of the question's words in a name, less what the name has besides."""
        words = self._vocabulary.of(name)
        if not words:
            return 0.0
        held = self._asked.held(words)
        if not held or not any(word.isalpha() and self._covers(word) for word in words):
            return held if held and _is_code(name) else 0.0
        asked = {w for w in words if self._covers(w)}
        share = (len(words) - len(asked)) / len(words)
        return held * (1 - EXTRA * share)

    def _covers(self, word: str) -> bool:
        return bool(self._asked.credits({word}))

    def _in_range(self, value: str) -> float:
        """Return a bonus where a number of the question falls into the range that a cell spells."""
        wanted = numbers_asked(self._question)
        return (
            IN_RANGE * max(self._asked.weights.values(), default=1.0)
            if any(within(n, value) for n in wanted)
            else 0.0
        )

    def _of_row(self, unit: Unit, name: str, score: float) -> list[Cell]:
        """Return the cells of a row whose column is asked, all of them where none is."""
        assert unit.row is not None  # noqa: S101 - rows have cells
        named = self._vocabulary.of(name)
        others = {c: v for c, v in unit.row.cells.items() if v != name}
        fits = {c: self._column(c, v, named) for c, v in others.items()}
        top = max(fits.values(), default=0.0)
        if top <= 0:
            return (
                [Cell(unit=unit, name=name, column="", value=value_of(others), score=score)]
                if others
                else []
            )
        return [
            Cell(unit=unit, name=name, column=c, value=others[c], score=score + fit)
            for c, fit in fits.items()
            if fit >= top - 1e-9
        ]

    def _column(self, column: str, value: str, named: frozenset[str]) -> float:
        """Return how well a column fits what is asked beside the row's name."""
        words = self._vocabulary.of(column) - named
        held = self._asked.held(words)
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

    # -- comparing

    def extreme(self) -> Cell | None:
        """Return the row or column whose number is the highest or lowest that is asked for."""
        if not direction(self._question):
            return None
        options = [*self._numeric_columns(), *self._numeric_rows()]
        if not options:
            return None
        fit, label, entries = max(options, key=lambda option: option[0])
        if fit <= 0:
            return None
        sign = sign_of(self._question, label)
        _value, name, shown, unit = max(entries, key=lambda entry: sign * entry[0])
        return Cell(unit=unit, name=name, column=label, value=shown, score=fit)

    def difference(self) -> tuple[Cell, Cell, float] | None:
        """Return the two cells that are compared, the higher first, and how far they are apart."""
        options = [*self._numeric_columns(), *self._numeric_rows()]
        best: tuple[float, Cell, Cell, float] | None = None
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
                numbers = [number_in(cell.value) or 0.0 for cell in cells]
                best = (total, cells[0], cells[1], abs(numbers[0] - numbers[1]))
        return None if best is None else best[1:]

    @property
    def name_column(self) -> str:
        """The name of the column that names the rows."""
        return self._names[0]

    @property
    def caption(self) -> float:
        """Return how much of what is asked the headings and names of columns hold."""
        unit = self.table.units[0]
        words = self._vocabulary.of(" ".join([*unit.section[-1:], *self.table.columns]))
        return self._asked.coverage(words)

    def listed(self) -> tuple[str, list[str], float] | None:
        """Return the column of names that is asked for, with its values; None where none is."""
        best: tuple[float, str] = (0.0, "")
        for column in self.table.columns:
            values = [row.cells.get(column, "") for row in self.table.rows]
            if sum(map(_is_name, values)) * 2 < len(values):
                continue
            best = max(best, (self._named(column), column))
        if not best[0] and self.caption >= CAPTIONED:
            best = (self.caption, self._names[0])
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
                if number is not None and name and _QUANTITY.match(value):
                    entries.append((number, name, value, unit))
            if len(entries) >= FEWEST_NUMBERS:
                yield self._measures(column), column, entries

    def _row_name(self, unit: Unit, column: str) -> str:
        """Return the cell that names a row to a person: words rather than a code."""
        assert unit.row is not None  # noqa: S101 - rows have cells
        cells = unit.row.cells
        names = [cells[c] for c in self._names if c != column and c in cells]
        spoken = [v for v in names if not _is_code(v)]
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
                if _QUANTITY.match(v) and (n := quantity_in(v)) is not None
            ]
            if len(entries) >= FEWEST_NUMBERS and len(entries) * 2 > len(rest):
                yield self._measures(key), key, entries

    def _measures(self, label: str) -> float:
        """Return how well a label names what is compared: by its words, or by the adjective."""
        words = self._vocabulary.of(label)
        measured = self._vocabulary.of(measure_words(self._question))
        by_adjective = 1.0 if words & measured else 0.0
        highest = max(self._asked.weights.values(), default=1.0)
        return self._named(label) + 0.5 * highest * by_adjective


def _naming_columns(table: Table) -> list[str]:
    """Return the columns whose cells name the rows: words or codes, hardly one twice; else the first."""
    found = []
    for column in table.columns:
        values = [v for row in table.rows if (v := row.cells.get(column))]
        distinct = len(set(values)) >= DISTINCT * len(values)
        if distinct and sum(map(_is_name, values)) >= DISTINCT * len(table.rows):
            found.append(column)
    return found or table.columns[:1]


def value_of(cells: dict[str, str]) -> str:
    """Return the cells of a row in one line, at most four."""
    shown = list(cells.items())[:MOST_CELLS]
    if len(shown) == 1:
        _column, value = shown[0]
        return value
    return "; ".join(f"{column}: {value}" if column else value for column, value in shown)


def direction(question: str) -> int:
    """Return 1 where the highest is asked for, -1 where the lowest is, 0 where neither is."""
    words = re.findall(r"[^\W\d_]+", question.lower())
    high = next((i for i, w in enumerate(words) if w in HIGHEST), None)
    low = next((i for i, w in enumerate(words) if w in LOWEST), None)
    if high is None and low is None:
        return 0
    if low is None or (high is not None and high < low):
        return 1
    return -1


def sign_of(question: str, label: str) -> int:
    """Return whether the highest or the lowest value answers: who is fastest takes least time."""
    sign = direction(question)
    fast = re.search(r"\b(?:fast|quick|slow|soon|schnell|langsam)\w*", question, re.IGNORECASE)
    return -sign if fast and _LASTS.search(label) else sign


def measure_words(question: str) -> str:
    """Return the words that a column may be named by, for the adjectives of a question."""
    return " ".join(
        words
        for pattern, words in MEASURED_BY
        if re.search(rf"\b(?:{pattern})", question, re.IGNORECASE)
    )


def numbers_asked(question: str) -> list[float]:
    """Return the numbers of a question that stand alone: `92 %`, `12 hours`, but not `E21`."""
    return [float(m[1].replace(",", ".")) for m in _ASKED_NUMBER.finditer(question)]


def within(number: float, text: str) -> bool:
    """Tell whether a number lies in the range that a text spells: `8 to 24`, `below 90`, `97 or more`."""
    between = _BETWEEN.search(text)
    if between:
        low, high = (number_in(between[1]), number_in(between[2]))
        return low is not None and high is not None and low <= number <= high
    below = _UP_TO.search(text)
    if below:
        bound = number_in(below[1])
        return bound is not None and number <= bound
    above = _FROM.search(text)
    if above:
        bound = number_in(above[1] or above[2])
        return bound is not None and number >= bound
    return False


_LASTS = re.compile(
    r"time|duration|period|minutes|hours|days|weeks|zeit|dauer|frist|durée|délai|tiempo|plazo",
    re.IGNORECASE,
)


def _is_name(text: str) -> bool:
    """Tell whether a cell can name a row: words or a code rather than a quantity."""
    if re.match(r"(?:[A-Z]{3}|[€$£¥])\s?[\d.,]+\Z", text):
        return False
    return _is_code(text) or bool(re.match(r"[^\W\d_]{2,}", text))


def _is_code(text: str) -> bool:
    return bool(
        re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[\w./-]*-[\w./-]+|[A-Z]{1,4}\d{2,}", text.strip())
    )
