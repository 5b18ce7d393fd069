"""How often an extracted answer holds an accepted one, and how much it says besides.

Puts the answerable questions of three sets to the Python API without a language model: squad2 (facts
in articles of an encyclopaedia), financebench (numbers in annual reports) and policyqa (questions to
privacy policies, whose accepted answers are whole sentences). Run by `make eval-answers DATA=…`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from judging_data import folded, folder_or_skip, holds, rows
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.settings import Settings

SETS = ("squad2", "financebench", "policyqa")
HELD_OF_ALL, MEDIAN_WORDS, FIRST_HELD = 0.88, 35, 0.70  # of squad2
POLICY_WORDS = 60
SHARED_WORDS = 0.5
_MARKER = re.compile(r"\s*\[\d+\]")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

Record = dict[str, Any]
Held = Callable[[str, list[str]], bool]


class Answered(Struct, frozen=True, kw_only=True):
    """What one question got."""

    refused: bool
    retrieved: bool
    held: bool
    first_held: bool
    words: int
    seconds: float


def holds_number(text: str, answers: list[str]) -> bool:
    """Tell whether a text holds a number of an accepted answer, whatever its commas and zeros."""
    written = {number.replace(",", "") for number in _NUMBER.findall(text)}
    values = {float(number) for number in written}
    return any(
        float(number.replace(",", "")) in values
        for answer in answers
        for number in _NUMBER.findall(answer)
    )


def holds_half(text: str, answers: list[str]) -> bool:
    """Tell whether a text holds half of the words of an accepted answer."""
    said = set(folded(text).split())
    wanted = [set(folded(answer).split()) for answer in answers]
    return any(words and len(words & said) >= SHARED_WORDS * len(words) for words in wanted)


HOLDS: Mapping[str, Held] = {
    "squad2": holds,
    "financebench": holds_number,
    "policyqa": holds_half,
}


def questions_of(folder: Path, name: str, limit: int) -> list[Record]:
    """Return the answerable questions of a set, at most `limit`, evenly drawn."""
    asked = [each for each in rows(folder, name, "qa") if each["answerable"]]
    if name == "financebench":
        asked = [each for each in asked if _NUMBER.search(each["answers"][0])]
    step = max(1, len(asked) // limit)
    return asked[::step][:limit]


async def answers(folder: Path, name: str, limit: int) -> list[Answered]:
    """Ingest the documents of a set, and ask its questions, each of its own tenant."""
    held, found = HOLDS[name], list[Answered]()
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document in rows(folder, name, "docs"):
        texts[document["tenant"], document["title"]].append(document["text"])
    asked = questions_of(folder, name, limit)
    tenants = {each["tenant"]: f"t{at}" for at, each in enumerate(asked)}
    async with RagTenancy.open(Settings(storage="memory", log_level="error")) as rag:
        for tenant in tenants.values():
            await rag.create_tenant(tenant, config={"features": {"conversation_memory": False}})
        for (tenant, title), pages in texts.items():
            if tenant in tenants:
                text = "\n\n".join(pages).encode()
                await rag.tenant(tenants[tenant]).ingest(text, filename=f"{title}.txt")
        for each in asked:
            started = time.perf_counter()
            reply = await rag.tenant(tenants[each["tenant"]]).ask(each["question"])
            seconds = time.perf_counter() - started
            accepted = each["answers"]
            statements = [s for s in _MARKER.split(reply.answer) if s.strip()]
            found.append(
                Answered(
                    refused=not reply.grounded,
                    retrieved=any(held(source.text, accepted) for source in reply.sources),
                    held=held(reply.answer, accepted),
                    first_held=bool(statements) and held(statements[0], accepted),
                    words=len(_MARKER.sub("", reply.answer).split()),
                    seconds=seconds,
                )
            )
    return found


def share(found: list[Answered], of: Callable[[Answered], bool]) -> float:
    """Return the share of all questions asked of which something holds."""
    return sum(map(of, found)) / len(found)


async def main() -> int:
    """Print a row a set; end with 1 where squad2 or policyqa misses what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=600, help="most of a set (default: 600)")
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    given = parser.parse_args()
    folder = folder_or_skip()
    print("of all questions asked         n refused in passages  held first words (median)    ms")
    missed = False
    for name in given.sets:
        found = await answers(folder, name, given.questions)
        words = median(each.words for each in found if not each.refused)
        figures = [
            share(found, of)
            for of in (
                lambda each: each.refused,
                lambda each: each.retrieved,
                lambda each: each.held,
                lambda each: each.first_held,
            )
        ]
        refused, retrieved, held, first = (f"{figure:.3f}" for figure in figures)
        milliseconds = median(each.seconds for each in found) * 1000
        print(
            f"{name:22} {len(found):9} {refused:>7} {retrieved:>11} {held:>5} {first:>5}"
            f" {words:14.0f} {milliseconds:5.0f}"
        )
        if name == "squad2":
            held_share, first_share = figures[2], figures[3]
            missed |= held_share < HELD_OF_ALL or first_share < FIRST_HELD or words > MEDIAN_WORDS
        missed |= name == "policyqa" and words > POLICY_WORDS
    return int(missed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
