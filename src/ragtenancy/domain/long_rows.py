"""Table rows longer than a chunk, cut between cells; each piece begins with the row's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from ragtenancy.domain.sections import Unit, word_runs
from ragtenancy.domain.tables import Field, Line

Count = Callable[[Sequence[str]], Sequence[int]]

FEWEST = 8  # tokens left for a value beside long names


def cut_row(unit: Unit, count: Count, budget: int) -> list[Unit]:
    """Return a row's unit as pieces of at most `budget` tokens.

    A value that is longer alone is cut between words, under its column's name in each piece. Names
    that leave no room are not repeated.
    """
    row = unit.row
    if row is None:
        return [unit]
    (lead,) = count([row.lead])
    room = budget - lead
    if room < max(FEWEST, budget // 4):
        row, room = Line([], [*row.names, *row.fields], row.between), budget
    return [
        structs.replace(
            unit, text=f"{text}\n", tokens=tokens + budget - room, is_counted=False, row=None
        )
        for text, tokens in _pieces(row, count, room)
    ]


def _pieces(row: Line, count: Count, room: int) -> Iterator[tuple[str, int]]:
    """Yield the text of each piece, and the tokens of its fields."""
    fields = list(_fitting(row.fields, row.between, count, room))
    run: list[Field] = []
    held = 0
    for field, tokens in fields:
        if run and held + tokens > room:
            yield Line(row.names, run, row.between).text, held
            run, held = [], 0
        run.append(field)
        held += tokens
    if run:
        yield Line(row.names, run, row.between).text, held


def _fitting(
    fields: Sequence[Field], between: str, count: Count, room: int
) -> Iterator[tuple[Field, int]]:
    """Yield the fields with their tokens, longer ones in parts."""
    counts = count([f"{field.text}{between}" for field in fields])
    for field, tokens in zip(fields, counts, strict=True):
        if tokens <= room:
            yield field, tokens
        else:
            yield from _parts(field, count, room)


def _parts(field: Field, count: Count, room: int) -> Iterator[tuple[Field, int]]:
    """Yield one value's runs of words, each under the name."""
    (name,) = count([f"{field.name}: "]) if field.name else (0,)
    left = room - name
    if left < FEWEST:
        field, name, left = Field("", field.text), 0, room
    words = word_runs(field.value)
    run: list[str] = []
    held = 0
    for word, tokens in zip(words, count(words), strict=True):
        if run and held + tokens > left:
            yield Field(field.name, "".join(run).strip()), name + held
            run, held = [], 0
        run.append(word)
        held += tokens
    yield Field(field.name, "".join(run).strip()), name + held
