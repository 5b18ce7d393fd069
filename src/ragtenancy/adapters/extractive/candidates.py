"""Candidate answers: sentences, lists, steps, table cells, comparisons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, structs

from ragtenancy.adapters.extractive.cells import Cell, Listing
from ragtenancy.adapters.extractive.question import Question
from ragtenancy.adapters.extractive.tables import TableReader
from ragtenancy.adapters.extractive.units import Row, Unit, tables_of, unbulleted
from ragtenancy.adapters.extractive.values import QUANTITY, difference, offers, sign_of
from ragtenancy.domain.content import Vocabulary
from ragtenancy.domain.identifiers import Identifier, holds, holds_shape, identifiers_in
from ragtenancy.domain.languages import Language, detect
from ragtenancy.domain.questions import Kind

LABEL_WORDS = 4

# Bonuses added to a candidate's score:
CELL = 0.12  # a cell or a field that the question names; subtracted if a list is requested
LISTED = 0.3  # a list, if steps or a list are requested
SEVERAL = 0.2  # several rows requested together; ranks them above any one of them
COMPARED = 0.8  # a value computed from a table: an extreme, a difference, rows within a bound
UNDER_QUESTION = 0.15  # text below a heading, or in a row, that is itself a question
DATED = 0.35  # a heading with a date, if it holds a number that the question names

NAME_NUMBER = re.compile(
    r"(?<![\w.,])\d+\.\d+(?:\.\d+)*(?![\w.,]*\s?(?:%|(?:[kcm]?m|[km]?g|[mcd]?l|k?[WV]|A|[KMG]B|h|s|EUR"
    r"|per ?cent|lit(?:er|re)s?|met(?:er|re)s?|hours?|minutes?|days?)\b))"
)
MAX_ITEMS = 30
MAX_STATEMENTS = 3
FEW_ROWS = 2  # more than this are shown as a Markdown table
FEW_ITEMS = 5  # rows that stand for a whole listing when it is scored
FEWEST_STEPS = 2
_SEQUENCE = re.compile(
    r"(?:first(?:ly| of all)?|second(?:ly)?|third(?:ly)?|then|next|after (?:that|this)|afterwards|finally|lastly|to finish"
    r"|zuerst|zunächst|als erstes|dann|danach|anschließend|schließlich|zum schluss|zuletzt|d'abord|ensuite|puis|enfin"
    r"|primero|luego|después|a continuación|finalmente|por último)\b",
    re.IGNORECASE,
)


class Statement(Struct, frozen=True, kw_only=True):
    """A piece of an answer with its passage; items of a list share one citation marker."""

    text: str
    passage: int
    items: Sequence[str] = ()

    @property
    def is_table(self) -> bool:
        """Whether it is a table in Markdown: a head, and rows as items."""
        return self.text.startswith("|")


class Candidate(Struct, frozen=True, kw_only=True):
    """A possible answer: a sentence, a list, a cell or a comparison.

    `unit` is scored; its text may be combined from several places. `is_plain`: the statement is one
    unit as it stands in the document, a sentence or an item. `is_row`: it is a whole row, because
    the question names none of its columns.
    """

    unit: Unit
    statements: Sequence[Statement]
    bonus: float = 0.0
    is_plain: bool = False
    is_row: bool = False


def candidates(
    question: Question, units: Sequence[Unit], vocabulary: Vocabulary
) -> list[Candidate]:
    """Return every candidate answer to a question among some units."""
    wanted = identifiers_in(question.text)
    units = _about(wanted, units) or units
    found = [
        _field(unit) if _asks_for_field(question, unit, vocabulary) else _plain(unit)
        for unit in units
        if unit.row is None and not unit.is_aside
    ]
    found += _sections(question, units)
    found += _lists(question, units)
    found += [each for unit in units if (each := _from_question_row(unit))]
    for table in tables_of(units):
        reader = TableReader(table, question, vocabulary)
        found += _of_table(reader, question)
    return found


def _about(wanted: Sequence[Identifier], units: Sequence[Unit]) -> list[Unit]:
    """Return the units that hold a code, with the following ones that may concern it.

    These are the units after it, up to a table row or another code of that shape. A unit that holds
    the code becomes the lead of those that follow and have none.
    """
    found: dict[int, Unit] = {}
    for each in wanted:
        named: Unit | None = None
        for at, unit in enumerate(units):
            if holds(unit.text, each):
                named = None if unit.row else unit
                found[at] = unit
            elif named and _goes_on(named, unit) and not holds_shape(unit.text, each):
                found.setdefault(at, structs.replace(unit, lead=unit.lead or named.text))
            else:
                named = None
    return [found[at] for at in sorted(found)]


def _goes_on(named: Unit, unit: Unit) -> bool:
    """Return whether a unit may still concern a subject named before it."""
    return unit.passage == named.passage and unit.row is None


def _sections(question: Question, units: Sequence[Unit]) -> list[Candidate]:
    """Return candidates: text below headings that are questions, and headings that hold a date."""
    by_section: dict[tuple[int, str], list[Unit]] = {}
    for unit in units:
        if unit.section:
            by_section.setdefault((unit.passage, unit.section[-1]), []).append(unit)
    found = []
    for (passage, heading), under in by_section.items():
        if heading.rstrip().endswith("?"):
            found.append(_answer_under(heading, under))
        elif (
            question.kind in (Kind.DATE, Kind.YEAR)
            and offers(heading, question.kind)
            and re.search(r"\d", heading)
        ):
            unit = structs.replace(
                under[0], text=heading, row=None, lead="", section=under[0].section[:-1]
            )
            said = Statement(text=f"See “{heading}”.", passage=passage)
            named = [n for n in NAME_NUMBER.findall(question.text) if n in heading]
            found.append(Candidate(unit=unit, statements=[said], bonus=DATED if named else 0.0))
    return found


def _from_question_row(unit: Unit) -> Candidate | None:
    """Return the answer in a row whose name is a question."""
    if unit.row is None or not unit.row.key.rstrip().endswith("?"):
        return None
    question, *rest = unit.row.cells.values()
    said = Statement(text="; ".join(rest), passage=unit.passage)
    scored_unit = structs.replace(unit, text=f"{question} {said.text}", row=None)
    return Candidate(unit=scored_unit, statements=[said], bonus=UNDER_QUESTION)


def _answer_under(heading: str, under: Sequence[Unit]) -> Candidate:
    """Return the start of the text under a question: two sentences, or its list."""
    first = under[0]
    items = [unit for unit in under if unit.is_item]
    if first.is_item or (first.leads and items):
        lead = first.text if first.leads else ""
        said = [
            Statement(text=lead, passage=first.passage, items=[u.text for u in items][:MAX_ITEMS])
        ]
    else:
        said = [statement_of(unit) for unit in under[:2] if unit.row is None]
        if len(first.text.split()) <= 2 and len(under) > 1:
            said = [Statement(text=f"{first.text} {under[1].text}", passage=first.passage)]
    return Candidate(
        unit=structs.replace(first, text=heading, row=None, section=first.section[:-1]),
        statements=said,
        bonus=UNDER_QUESTION,
    )


def _asks_for_field(question: Question, unit: Unit, vocabulary: Vocabulary) -> bool:
    """Return whether a question names a field of a form: a line `Name: value`."""
    if not unit.facts.field or question.kind in (Kind.LIST, Kind.STEPS):
        return False
    words = vocabulary.of(unit.facts.field) - vocabulary.weak
    asked = question.said or question.terms
    return bool(words) and all(asked.credits({word}) for word in words)


def _field(unit: Unit) -> Candidate:
    """Return a field of a form: it answers alone, as the cell of a row does."""
    name = unit.facts.field
    row = Row(cells={name: unit.text.removeprefix(f"{name}: ")})
    said = [statement_of(unit)]
    return Candidate(unit=structs.replace(unit, row=row), statements=said, bonus=CELL)


def _plain(unit: Unit) -> Candidate:
    return Candidate(unit=unit, statements=[statement_of(unit)], is_plain=True)


def statement_of(unit: Unit) -> Statement:
    """Return a unit as a statement: an item without its bullet, preceded by its label."""
    if not unit.is_item:
        return Statement(text=unit.text, passage=unit.passage)
    text = unbulleted(unit.text)
    label = unit.lead if unit.lead.endswith(":") and len(unit.lead.split()) <= LABEL_WORDS else ""
    return Statement(text=f"{label} {text}" if label else text, passage=unit.passage)


def _lists(question: Question, units: Sequence[Unit]) -> list[Candidate]:
    """Return the lists, each whole, with a bonus if steps or a list are requested."""
    if question.kind not in (Kind.STEPS, Kind.LIST):
        return []
    runs: list[list[Unit]] = []
    for unit in units:
        if not unit.is_item:
            continue
        last = runs[-1][-1] if runs else None
        if (
            last
            and (last.passage, last.lead) == (unit.passage, unit.lead)
            and unit.paragraph - last.paragraph <= 2
        ):
            runs[-1].append(unit)
        else:
            runs.append([unit])
    step_runs = _sequenced_sentences(units) if question.kind is Kind.STEPS else []
    return [_list(run, bonus=LISTED) for run in [*runs, *step_runs] if len(run) > 1]


def _sequenced_sentences(units: Sequence[Unit]) -> list[Sequence[Unit]]:
    """Return runs of a section's sentences that describe steps: first …, then …, finally …."""
    found: list[list[Unit]] = []
    run: list[Unit] = []
    for unit in units:
        here = unit.row is None and not unit.is_item
        if run and (not here or (run[0].passage, run[0].section) != (unit.passage, unit.section)):
            found.append(run)
            run = []
        if here and (run or _SEQUENCE.match(unit.text)):
            run.append(unit)
    found.append(run)
    return [steps for run in found if (steps := _to_the_last_step(run))]


def _to_the_last_step(run: Sequence[Unit]) -> Sequence[Unit]:
    """Return a run up to its last step, nothing if it has fewer than two steps."""
    last = max((at for at, unit in enumerate(run) if _SEQUENCE.match(unit.text)), default=-1)
    steps = run[: last + 1]
    return steps if sum(1 for u in steps if _SEQUENCE.match(u.text)) >= FEWEST_STEPS else ()


def _list(run: Sequence[Unit], *, bonus: float) -> Candidate:
    first = run[0]
    lead = first.lead if first.lead.endswith(":") else ""
    texts = [unit.text for unit in run][:MAX_ITEMS]
    whole = structs.replace(first, text="\n".join([lead, *texts] if lead else texts))
    return Candidate(
        unit=whole,
        statements=[Statement(text=lead, passage=first.passage, items=texts)],
        bonus=bonus,
    )


def _of_table(reader: TableReader, question: Question) -> list[Candidate]:
    found: list[Candidate] = []
    if question.kind is Kind.EXTREME:
        best = reader.extreme()
        if best is not None:
            found.append(_compared(best, extreme_sentence(best, question.text), reader))
    if question.kind is Kind.DIFFERENCE:
        pair = reader.difference()
        if pair is not None:
            found.append(_compared(pair[0], difference_sentence(*pair, question.text), reader))
    if question.kind is Kind.LIST:
        column = reader.listed()
        if column is not None and len(column[1]) > 1:
            name, values, _ = column
            first = reader.table.units[0]
            text = f"{name}: {', '.join(values)}"
            unit = structs.replace(first, text=text, row=None)
            said = Statement(text=text, passage=first.passage)
            found.append(Candidate(unit=unit, statements=[said], bonus=LISTED))
    several = reader.several()
    if several is not None:
        found.append(_of_rows(several, reader))
    cells = reader.cells() if several is None else []
    if cells:
        found.append(_cells(cells, bonus=_cell_bonus(cells[0], question.kind)))
    return found


def _cell_bonus(best: Cell, kind: Kind) -> float:
    if kind in (Kind.LIST, Kind.STEPS):
        return -CELL
    return CELL if best.column else 0.0


def _of_rows(listing: Listing, reader: TableReader) -> Candidate:
    """Return rows as a joint answer: two as statements, more as a Markdown table."""
    first = listing.units[0]
    shown = "; ".join(" ".join(row) for row in listing.cells[:FEW_ITEMS])
    unit = structs.replace(first, text=f"{', '.join(listing.columns)}: {shown}")
    return Candidate(
        unit=unit,
        statements=_listing_statements(listing),
        bonus=_listing_bonus(listing, reader),
    )


def _listing_bonus(listing: Listing, reader: TableReader) -> float:
    if listing.bound:
        return COMPARED + reader.caption
    return LISTED if listing.every else SEVERAL


def _listing_statements(listing: Listing) -> list[Statement]:
    if len(listing.units) <= FEW_ROWS:
        return [
            Statement(
                text="; ".join(
                    f"{row[0]} \u2013 {column}: {value}"
                    for column, value in zip(listing.columns[1:], row[1:], strict=True)
                    if value
                ),
                passage=unit.passage,
            )
            for unit, row in zip(listing.units, listing.cells, strict=True)
        ]
    head, *rows = markdown_table(listing.columns, listing.cells)
    return [Statement(text=head, passage=listing.units[0].passage, items=rows)]


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the header and rows of a Markdown table; numeric columns are right-aligned."""
    numeric = [
        all(not row[at] or QUANTITY.match(row[at]) for row in rows) for at in range(len(columns))
    ]
    rule = ["---:" if each else ":---" for each in numeric]
    lines = [[cell.replace("|", "\\|") for cell in row] for row in [columns, rule, *rows]]
    head, under, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return [f"{head}\n{under}", *rest]


def _compared(cell: Cell, text: str, reader: TableReader) -> Candidate:
    unit = structs.replace(cell.unit, text=f"{reader.name_column}, {cell.column}. {text}")
    said = Statement(text=text, passage=cell.unit.passage)
    return Candidate(unit=unit, statements=[said], bonus=COMPARED + reader.caption)


def _cells(cells: Sequence[Cell], *, bonus: float) -> Candidate:
    first = cells[0]
    statements = [
        Statement(text=cell.statement, passage=cell.unit.passage) for cell in cells[:MAX_STATEMENTS]
    ]
    shown = [f"{c.name} \u2013 {c.column}: {c.measured}" for c in cells[:MAX_STATEMENTS]]
    unit = structs.replace(first.unit, text="; ".join(shown))
    is_row = not first.column
    return Candidate(unit=unit, statements=statements, bonus=bonus, is_row=is_row)


def extreme_sentence(cell: Cell, question: str) -> str:
    """Return the sentence that names the highest or lowest, in the question's language."""
    sentence, highest, lowest = _EXTREMES[_reply_language(question)]
    word = highest if sign_of(question, cell.column) > 0 else lowest
    return sentence.format(name=cell.name, word=word, column=cell.column, value=cell.value)


def difference_sentence(high: Cell, low: Cell, question: str) -> str:
    """Return the sentence that compares two values, in the question's language."""
    compared, distance = _DIFFERENCES[_reply_language(question)]
    apart = difference(high.value, low.value)
    sentence = compared.format(
        column=high.column,
        high=high.value,
        high_name=high.name,
        low=low.value,
        low_name=low.name,
    )
    return f"{sentence}{distance.format(apart=apart) if apart else ''}."


def _reply_language(question: str) -> Language:
    language = detect(question)
    return language if language in _EXTREMES else Language.ENGLISH


_EXTREMES = {
    Language.ENGLISH: ("{name} has the {word} value of “{column}”: {value}.", "highest", "lowest"),
    Language.GERMAN: (
        "{name} hat den {word} Wert bei „{column}“: {value}.",
        "höchsten",
        "niedrigsten",
    ),
    Language.FRENCH: (
        "{name} a la valeur la plus {word} pour « {column} » : {value}.",
        "élevée",
        "basse",
    ),
    Language.SPANISH: ("{name} tiene el valor más {word} de «{column}»: {value}.", "alto", "bajo"),
}
_DIFFERENCES = {
    Language.ENGLISH: (
        "“{column}” is {high} for {high_name} and {low} for {low_name}",
        ", a difference of {apart}",
    ),
    Language.GERMAN: (
        "„{column}“ ist {high} bei {high_name} und {low} bei {low_name}",
        ", ein Unterschied von {apart}",
    ),
    Language.FRENCH: (
        "« {column} » est de {high} pour {high_name} et de {low} pour {low_name}",
        ", soit une différence de {apart}",
    ),
    Language.SPANISH: (
        "«{column}» es {high} para {high_name} y {low} para {low_name}",
        ", una diferencia de {apart}",
    ),
}
