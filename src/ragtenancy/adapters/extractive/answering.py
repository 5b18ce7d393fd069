"""Choosing what answers one question among the units of its passages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct, structs

from ragtenancy.adapters.extractive.evidence import Coverage, coverage_of, offers
from ragtenancy.adapters.extractive.tables import (
    Cell,
    TableReader,
    numbers_asked,
    sign_of,
    within,
)
from ragtenancy.adapters.extractive.units import Unit, tables_of, unbulleted
from ragtenancy.domain.content import Vocabulary, WeightedTerms
from ragtenancy.domain.identifiers import Identifier, holds, holds_shape, identifiers_in
from ragtenancy.domain.questions import Kind
from ragtenancy.ports.embeddings import Vector, Vectors

COSINE, OWN, PLACED, VALUE, FOCUS, RANK, LABEL = 1.0, 0.45, 0.45, 0.10, 0.10, 0.04, 0.35
SURE_VALUE = 0.3  # where no answer is without its value: a year, a telephone number
_SURE_KINDS = (Kind.YEAR, Kind.CONTACT)
SECOND = 0.93  # a second statement scores at least so much of the first
CELL = 0.12
LABEL_WORDS = 4
LISTED = 0.3  # a list, where steps or a list are asked for
COMPARED = 0.8
UNDER_QUESTION = 0.15
IN_RANGE = 0.3
DATED = 0.35
OTHER_NUMBER = 0.25  # what is said of another version, model or section than the one asked for
STAYS = 0.08  # a follow-up goes on in the section that was just cited
REPEATED = 0.25  # what was answered just before, and holds nothing that is asked now
NAME_NUMBER = re.compile(
    r"(?<![\w.,])\d+\.\d+(?:\.\d+)*(?![\w.,]*\s?(?:%|(?:[kcm]?m|[km]?g|[mcd]?l|k?[WV]|A|[KMG]B|h|s|EUR"
    r"|per ?cent|lit(?:er|re)s?|met(?:er|re)s?|hours?|minutes?|days?)\b))"
)
MOST_ITEMS = 30
MOST_STATEMENTS = 3
MOST_WORDS_BESIDE = 40  # of a second statement
MOST_STEPS = 6
FEWEST_STEPS = 2
BESIDE = 0.6  # of the coverage of a sentence, what a list beside it has at least to be the answer
ALONE = 0.2  # the gap to the next candidate, where there is none
_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|that|these|those|he|she|his|her|such|then|there|during it|after it|before it|in this case"
    r"|otherwise|instead|both|the former|the latter|you do|es|sie|er|dies\w*|diese\w*|dabei|dafür|danach|dazu|il|elle|ils|elles"
    r"|cela|ce|ello|esto|este|estos)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|they|he|she|er|sie|es|il|elle|ils|elles)\b", re.IGNORECASE)
GOES_ON = 5  # words from the start, among which a pronoun stands for what was named
_SEQUENCE = re.compile(
    r"(?:first(?:ly| of all)?|second(?:ly)?|third(?:ly)?|then|next|after (?:that|this)|afterwards|finally|lastly|to finish"
    r"|zuerst|zunächst|als erstes|dann|danach|anschließend|schließlich|zum schluss|zuletzt|d'abord|ensuite|puis|enfin"
    r"|primero|luego|después|a continuación|finalmente|por último)\b",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"(?:(?:the )?only exception|except|unless|however|but|this does not|does not (?:hold|apply)|otherwise|exceptions?"
    r"|not permitted either|ausgenommen|außer|jedoch|allerdings|sauf|excepto|salvo)\b",
    re.IGNORECASE,
)


class Statement(Struct, frozen=True, kw_only=True):
    """A piece of an answer with the passage that it stands on; items of a list share one marker."""

    text: str
    passage: int
    items: Sequence[str] = ()


class Found(Struct, frozen=True, kw_only=True):
    """The answer to one question, and what tells how sure it is.

    `listed`: it is a list, and one is asked for. `compared`: it was computed from a table.
    `rambling`: what is asked is hidden in a story.
    """

    statements: Sequence[Statement]
    cosine: float
    coverage: Coverage
    fits: float
    gap: float
    unknown: float
    compared: bool
    listed: bool
    rambling: bool


class Scored(Struct, frozen=True, kw_only=True):
    """A unit with what speaks for it; a label names what is asked, and does not answer."""

    unit: Unit
    score: float
    cosine: float
    coverage: Coverage
    fits: float
    is_label: bool


class Question(Struct, frozen=True, kw_only=True):
    """A question in the terms of its tenant, with the vector of each of its readings."""

    text: str
    kind: Kind
    terms: WeightedTerms
    vector: Vector
    own: frozenset[str] = frozenset()
    cited: frozenset[int] = frozenset()
    clauses: Sequence[Vector] = ()
    answered: frozenset[str] = frozenset()
    of: Callable[[str], frozenset[str]] = frozenset

    def repeats(self, text: str) -> bool:
        """Tell whether a text was just answered with, and holds nothing of the question's own words."""
        if text not in self.answered:
            return False
        return self.own.isdisjoint(self.terms.credits(self.of(text)))


def scored(
    question: Question, units: Sequence[Unit], vectors: Vectors, vocabulary: Vocabulary
) -> list[Scored]:
    """Return the units with their scores, in their order; `vectors[i]` is that of `units[i]`."""
    cosines = _cosines(question, vectors)
    found = []
    numbers = numbers_asked(question.text)
    names = NAME_NUMBER.findall(question.text)
    for at, unit in enumerate(units):
        before = units[at - 1] if at else None
        above = (
            before.text
            if before is not None
            and before.paragraph == unit.paragraph
            and before.passage == unit.passage
            else ""
        )
        coverage = coverage_of(unit, question.terms, above, vocabulary)
        fits = offers(unit.text, question.kind)
        is_label = unit.is_label or _only_asks(question, unit, coverage)
        score = (
            COSINE * cosines[at]
            + OWN * coverage.own
            + PLACED * coverage.placed
            + (SURE_VALUE if question.kind in _SURE_KINDS else VALUE) * 2 * (fits - 0.5)
            + FOCUS * coverage.precision
            - RANK * (unit.passage - 1)
            - (LABEL if is_label else 0.0)
            - (OTHER_NUMBER if names and not _holds_any(unit, names) else 0.0)
            + (STAYS if (unit.passage in question.cited) else 0.0)
            - (REPEATED if question.repeats(unit.text) else 0.0)
            + (IN_RANGE if unit.row is None and any(within(n, unit.text) for n in numbers) else 0.0)
        )
        found.append(
            Scored(
                unit=unit,
                score=score,
                cosine=cosines[at],
                coverage=coverage,
                fits=fits,
                is_label=is_label,
            )
        )
    return found


def _only_asks(question: Question, unit: Unit, coverage: Coverage) -> bool:
    """Tell whether a unit says nothing but what the question does: it is the answer's heading."""
    return question.kind is not Kind.YES_NO and unit.row is None and coverage.precision == 1.0


def _cosines(question: Question, vectors: Vectors) -> list[float]:
    """Return the cosine of each unit; of a message of many clauses, half of it is the best clause's."""
    if not len(vectors):
        return []
    whole = vectors.astype(np.float64) @ question.vector.astype(np.float64)
    if question.clauses:
        clauses = np.stack(question.clauses).astype(np.float64)
        best = (vectors.astype(np.float64) @ clauses.T).max(axis=1)
        whole = (whole + best) / 2
    found: list[float] = whole.tolist()
    return found


def _holds_any(unit: Unit, names: Sequence[str]) -> bool:
    place = " ".join([unit.text, unit.lead, *unit.section])
    return any(re.search(rf"(?<![\d.]){re.escape(name)}(?!\d|\.\d)", place) for name in names)


class Candidate(Struct, frozen=True, kw_only=True):
    """Something that may be the answer: a sentence, a list, a cell, a comparison.

    `unit` is what is scored: its text may be put together from several places.
    """

    unit: Unit
    statements: Sequence[Statement]
    bonus: float = 0.0
    is_plain: bool = False


def candidates(
    question: Question, units: Sequence[Unit], vocabulary: Vocabulary
) -> list[Candidate]:
    """Return everything among some units that may answer a question."""
    wanted = identifiers_in(question.text)
    units = _about(wanted, units) or units
    found = [_plain(unit) for unit in units if unit.row is None and not unit.is_aside]
    found += _sections(question, units)
    found += _lists(question, units)
    found += [each for unit in units if (each := _of_question(unit))]
    for table in tables_of(units):
        reader = TableReader(table, vocabulary, question.terms, question.text, question.kind)
        found += _of_table(reader, question)
    return found


def _about(wanted: Sequence[Identifier], units: Sequence[Unit]) -> list[Unit]:
    """Return the units that hold a code, with what follows up to a row or another such code.

    What follows is led by the unit that names the code.
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
    """Tell whether a unit may still speak of what one before it names."""
    return unit.passage == named.passage and unit.row is None


def _sections(question: Question, units: Sequence[Unit]) -> list[Candidate]:
    """Return what stands under each heading that is a question, and headings that hold a date."""
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


def _of_question(unit: Unit) -> Candidate | None:
    """Return the answer in a row that a question names."""
    if unit.row is None or not unit.row.key.rstrip().endswith("?"):
        return None
    question, *rest = unit.row.cells.values()
    said = Statement(text="; ".join(rest), passage=unit.passage)
    text = structs.replace(unit, text=f"{question} {said.text}", row=None)
    return Candidate(unit=text, statements=[said], bonus=UNDER_QUESTION)


def _answer_under(heading: str, under: Sequence[Unit]) -> Candidate:
    """Return the start of what stands under a question: two sentences, or its list."""
    first = under[0]
    items = [unit for unit in under if unit.is_item]
    if first.is_item or (first.leads and items):
        lead = first.text if first.leads else ""
        said = [
            Statement(text=lead, passage=first.passage, items=[u.text for u in items][:MOST_ITEMS])
        ]
    else:
        said = [_said(unit) for unit in under[:2] if unit.row is None]
        if len(first.text.split()) <= 2 and len(under) > 1:
            said = [Statement(text=f"{first.text} {under[1].text}", passage=first.passage)]
    return Candidate(
        unit=structs.replace(first, text=heading, row=None, section=first.section[:-1]),
        statements=said,
        bonus=UNDER_QUESTION,
    )


def _plain(unit: Unit) -> Candidate:
    return Candidate(unit=unit, statements=[_said(unit)], is_plain=True)


def _said(unit: Unit) -> Statement:
    """Return a unit as a statement: an item without its bullet, after the label that it stands under."""
    if not unit.is_item:
        return Statement(text=unit.text, passage=unit.passage)
    text = unbulleted(unit.text)
    label = unit.lead if unit.lead.endswith(":") and len(unit.lead.split()) <= LABEL_WORDS else ""
    return Statement(text=f"{label} {text}" if label else text, passage=unit.passage)


def _lists(question: Question, units: Sequence[Unit]) -> list[Candidate]:
    """Return the lists, each whole: where steps or a list are asked for, they come before others."""
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
    told = _told_in_order(units) if question.kind is Kind.STEPS else []
    return [_list(run, bonus=LISTED) for run in [*runs, *told] if len(run) > 1]


def _told_in_order(units: Sequence[Unit]) -> list[Sequence[Unit]]:
    """Return the runs of sentences of one section that tell steps: first …, then …, finally …."""
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
    return [told for run in found if (told := _to_the_last_step(run))]


def _to_the_last_step(run: Sequence[Unit]) -> Sequence[Unit]:
    last = max((at for at, unit in enumerate(run) if _SEQUENCE.match(unit.text)), default=-1)
    told = run[: last + 1]
    return told if sum(1 for u in told if _SEQUENCE.match(u.text)) >= FEWEST_STEPS else ()


def _list(run: Sequence[Unit], *, bonus: float) -> Candidate:
    first = run[0]
    lead = first.lead if first.lead.endswith(":") else ""
    texts = [unit.text for unit in run][:MOST_ITEMS]
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
            found.append(_compared(pair[0], difference_sentence(*pair), reader))
    if question.kind is Kind.LIST:
        column = reader.listed()
        if column is not None and len(column[1]) > 1:
            name, values, _ = column
            first = reader.table.units[0]
            text = f"{name}: {', '.join(values)}"
            unit = structs.replace(first, text=text, row=None)
            said = Statement(text=text, passage=first.passage)
            found.append(Candidate(unit=unit, statements=[said], bonus=LISTED))
    cells = reader.cells()
    if cells:
        listing = question.kind in (Kind.LIST, Kind.STEPS)
        found.append(_cells(cells, bonus=-CELL if listing else CELL if cells[0].column else 0.0))
    return found


def _compared(cell: Cell, text: str, reader: TableReader) -> Candidate:
    unit = structs.replace(cell.unit, text=f"{reader.name_column}, {cell.column}. {text}", row=None)
    said = Statement(text=text, passage=cell.unit.passage)
    return Candidate(unit=unit, statements=[said], bonus=COMPARED + reader.caption)


def _cells(cells: Sequence[Cell], *, bonus: float) -> Candidate:
    first = cells[0]
    statements = [
        Statement(text=cell.statement, passage=cell.unit.passage)
        for cell in cells[:MOST_STATEMENTS]
    ]
    shown = [f"{c.name} \u2013 {c.column}: {c.measured}" for c in cells[:MOST_STATEMENTS]]
    unit = structs.replace(first.unit, text="; ".join(shown), row=None)
    return Candidate(unit=unit, statements=statements, bonus=bonus)


def extreme_sentence(cell: Cell, question: str) -> str:
    """Return the sentence that names the highest or lowest."""
    word = "highest" if sign_of(question, cell.column) > 0 else "lowest"
    return f"{cell.name} has the {word} value of “{cell.column}”: {cell.value}."


def difference_sentence(high: Cell, low: Cell, apart: float) -> str:
    """Return the sentence that compares two values."""
    return f"“{high.column}” is {high.value} for {high.name} and {low.value} for {low.name}, a difference of {apart:g}."


def answer(
    question: Question,
    found: Sequence[Candidate],
    marks: Sequence[Scored],
    units: Sequence[Unit],
    vocabulary: Vocabulary,
) -> Found | None:
    """Return the best answer, None where nothing can be one; `marks[i]` is of `found[i]`."""
    order = sorted(range(len(found)), key=lambda i: (-(marks[i].score + found[i].bonus), i))
    if not order:
        return None
    best = order[0]
    if found[best].is_plain and question.kind in (Kind.STEPS, Kind.LIST):
        least = BESIDE * marks[best].coverage.placed
        beside = next(
            (
                i
                for i in order
                if _lists_beside(found[i], found[best].unit) and marks[i].coverage.placed >= least
            ),
            None,
        )
        nearer = next((i for i in order if found[i].statements[0].items), best)
        steps = question.kind is Kind.STEPS
        if beside is None and steps and marks[nearer].cosine >= marks[best].cosine:
            beside = nearer
        best = best if beside is None else beside
    statements = list(found[best].statements)
    if found[best].is_plain:
        statements = _in_context(found[best].unit, units, question, vocabulary)
        top = marks[best].score + found[best].bonus
        held = vocabulary.of(" ".join(s.text for s in statements))

        def adds(unit: Unit) -> bool:
            more = vocabulary.of(unit.text) | held
            return question.terms.held(more) > question.terms.held(held) + 1e-9

        for i in order[1:]:
            if len(statements) >= MOST_STATEMENTS or marks[i].score + found[i].bonus < SECOND * top:
                break
            said = found[i].statements[0]
            if (
                found[i].is_plain
                and not marks[i].is_label
                and said not in statements
                and len(said.text.split()) <= MOST_WORDS_BESIDE
                and adds(found[i].unit)
            ):
                statements.append(said)
    mark = marks[best]
    totals = [marks[i].score + found[i].bonus for i in order[:2]]
    gap = totals[0] - totals[1] if len(totals) > 1 else ALONE
    return Found(
        statements=statements,
        cosine=mark.cosine,
        coverage=mark.coverage,
        fits=mark.fits,
        gap=gap,
        unknown=question.terms.share_unknown,
        compared=found[best].bonus >= COMPARED,
        listed=question.kind in (Kind.LIST, Kind.STEPS) and not found[best].is_plain,
        rambling=len(question.clauses) > 0,
    )


def _lists_beside(candidate: Candidate, unit: Unit) -> bool:
    """Tell whether a candidate is a list in the section of a sentence."""
    listed = bool(candidate.statements[0].items)
    return listed and (candidate.unit.passage, candidate.unit.section) == (
        unit.passage,
        unit.section,
    )


def _in_context(
    unit: Unit, units: Sequence[Unit], question: Question, vocabulary: Vocabulary
) -> list[Statement]:
    """Return a sentence with what it needs of its neighbours.

    The one before that it points back to; the one after that goes on with it, makes an exception,
    or holds a word or the kind of value that is asked for and that this one lacks. Steps take their paragraph.
    """
    at = next(i for i, u in enumerate(units) if (u.passage, u.place) == (unit.passage, unit.place))
    kind = question.kind
    if kind is Kind.STEPS and not unit.is_item:
        paragraph = [u for u in units if _one_paragraph(u, unit)]
        return [_said(u) for u in paragraph[:MOST_STEPS]]
    if unit.leads:
        following = [
            u
            for u in units[at + 1 :]
            if u.is_item and u.passage == unit.passage and u.lead == unit.text
        ]
        if following:
            return [
                Statement(
                    text=unit.text,
                    passage=unit.passage,
                    items=[u.text for u in following[:MOST_ITEMS]],
                )
            ]
    statements = [_said(unit)]
    before = units[at - 1] if at else None
    after = units[at + 1] if at + 1 < len(units) else None
    if (
        before is not None
        and _one_paragraph(before, unit)
        and _POINTS_BACK.match(unit.text)
        and not before.is_label
    ):
        statements.insert(0, _said(before))
    if after is None or after.passage != unit.passage or after.is_item or after.row is not None:
        return statements
    beside = _one_paragraph(after, unit)
    lacks = offers(unit.text, kind) < 1 and offers(after.text, kind) == 1
    more = vocabulary.of(after.text) - vocabulary.of(unit.text)
    goes_on = beside and bool(_PRONOUN.search(" ".join(after.text.split()[:GOES_ON])))
    wanted = question.terms.weights if goes_on else question.own
    told = question.terms.credits(more)
    adds = any(told.get(term) == 1 for term in wanted)
    if _EXCEPTION.search(after.text) or (
        beside and (lacks or adds or _POINTS_BACK.match(after.text))
    ):
        statements.append(_said(after))
    return statements


def _one_paragraph(one: Unit, other: Unit) -> bool:
    return (one.passage, one.paragraph) == (other.passage, other.paragraph)
