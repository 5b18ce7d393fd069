"""Questions that are taken for small talk, of all sets: `make eval-small-talk DATA=…`.

Each of them should be small talk indeed: a question of the documents must always be searched for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from judging_data import folder_or_skip, rows
from table import markdown

from ragtenancy.domain.small_talk import small_talk

FIELDS = ("question", "text", "rewritten")


def asked(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of the set and the question, rewritten ones and earlier turns too."""
    for path in sorted((folder / "retrieval_and_qa").glob("*/q*.jsonl.gz")):
        name = path.parent.name
        for row in rows(folder, name, path.name.partition(".")[0]):
            yield from ((name, row[field]) for field in FIELDS if row.get(field))
            yield from ((name, turn) for turn in row.get("history", []) if isinstance(turn, str))


def main() -> None:
    """Print the figures of each set, then each question that was taken for small talk."""
    counted: dict[str, list[int]] = {}
    taken: dict[str, str] = {}
    spent = 0.0
    for name, question in asked(folder_or_skip()):
        started = time.perf_counter()
        said = small_talk(question)
        spent += time.perf_counter() - started
        figures = counted.setdefault(name, [0, 0])
        figures[0] += 1
        if said:
            figures[1] += 1
            taken[question] = f"{said.kind} ({said.language})"
    table = [[name, *map(str, figures)] for name, figures in counted.items()]
    print(markdown(["", "questions", "taken for small talk"], table))
    total = sum(figures[0] for figures in counted.values())
    print(f"\n{total} questions, {spent / total * 1e6:.0f} µs each")
    print(*(f"{question!r}: {kind}" for question, kind in taken.items()), sep="\n")


if __name__ == "__main__":
    main()
