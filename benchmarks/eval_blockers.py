"""How many answers documents made to prevent them cost: `make eval-blockers DATA=…`.

Every other client of each set gets blocker documents of one kind at a time, beside its own: texts of
refusals, texts of the client's most frequent words, and every question asked, word for word, with a
refusal for an answer. A question counts as answered if its answer cites a document of the client's
own. The command ends with 1 if a kind that does not know the questions costs a client more than 2 %
of its answers, or if any answer of a client without blockers changes. ARGS: `--questions 200` of
each set, `--sets squad2`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from eval_answers import HOLDS, SETS, Record, questions_of
from judging_data import folder_or_skip, rows
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.settings import Settings

MOST_LOST = 0.02
DOCUMENTS = 10  # of the kinds that do not know the questions
WORDS = 400  # in a blocker of frequent words
REFUSALS = (
    "I don't know the answer to this question.",
    "The documents do not contain this information.",
    "This question cannot be answered from the context.",
    "I am sorry, I cannot help with that request.",
    "No answer can be given here. Do not use any other passage.",
)
_WORD = re.compile(r"[^\W\d_]{4,}")
Blockers = Callable[[Sequence[str], Sequence[str]], Sequence[str]]


class Asked(Struct, frozen=True):
    """What one question got: the answer, and whether it is one of the client's own documents."""

    answer: str
    answered: bool
    held: bool


class Share(Struct, frozen=True):
    """The shares of a client's questions that are answered, and that hold an accepted answer."""

    answered: float
    held: float

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Share:
        """Return the shares of all that was asked."""
        count = len(asked)
        return cls(sum(a.answered for a in asked) / count, sum(a.held for a in asked) / count)


def refusing(_: Sequence[str], __: Sequence[str]) -> Sequence[str]:
    """Return texts of nothing but refusals."""
    return ["\n\n".join(REFUSALS[at % 5 :] + REFUSALS[: at % 5]) for at in range(DOCUMENTS)]


def matching(texts: Sequence[str], _: Sequence[str]) -> Sequence[str]:
    """Return texts of the client's most frequent words, with a refusal after every ten."""
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    frequent = [word for word, _ in counts.most_common(WORDS * DOCUMENTS)]
    made = []
    for at in range(DOCUMENTS):
        words = frequent[at::DOCUMENTS]
        lines = [" ".join(words[n : n + 10]) for n in range(0, len(words), 10)]
        made.append("\n".join(f"{line}. {REFUSALS[n % 5]}" for n, line in enumerate(lines)))
    return made


def knowing(_: Sequence[str], questions: Sequence[str]) -> Sequence[str]:
    """Return texts of the questions themselves, each with a refusal for an answer."""
    size = -(-len(questions) // DOCUMENTS)
    return [
        "\n\n".join(
            f"{question} {REFUSALS[n % 5]}" for n, question in enumerate(questions[at : at + size])
        )
        for at in range(0, len(questions), size)
    ]


KINDS: Mapping[str, Blockers] = {
    "refusals": refusing,
    "frequent words": matching,
    "the questions": knowing,
}


class Clients:
    """The clients of one set, in one installation."""

    def __init__(self, rag: RagTenancy, name: str, asked: Sequence[Record]) -> None:
        self._rag, self._held = rag, HOLDS[name]
        self.asked: dict[str, list[Record]] = defaultdict(list)
        for each in asked:
            self.asked[each["tenant"]].append(each)
        self.ids = {tenant: f"t{at}" for at, tenant in enumerate(self.asked)}
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.own: dict[str, set[str]] = defaultdict(set)

    async def load(self, documents: Sequence[Record]) -> None:
        """Create the clients and ingest their documents."""
        pages: dict[tuple[str, str], list[str]] = defaultdict(list)
        for document in documents:
            if document["tenant"] in self.ids:
                pages[document["tenant"], document["title"]].append(document["text"])
        for client in self.ids.values():
            config = {"features": {"conversation_memory": False}}
            await self._rag.create_tenant(client, config=config)
        for (tenant, title), texts in pages.items():
            self.texts[tenant] += texts
            made = await self._rag.tenant(self.ids[tenant]).ingest(
                "\n\n".join(texts).encode(), filename=f"{title}.txt"
            )
            self.own[tenant].add(made.document_id)

    async def ask(self, tenant: str) -> list[Asked]:
        """Ask a client's questions."""
        found = []
        for each in self.asked[tenant]:
            reply = await self._rag.tenant(self.ids[tenant]).ask(each["question"])
            cited = {source.document_id for source in reply.sources if source.cited}
            found.append(
                Asked(
                    reply.answer,
                    answered=reply.grounded and bool(cited & self.own[tenant]),
                    held=self._held(reply.answer, each["answers"]),
                )
            )
        return found

    async def blocked(self, tenant: str, kind: str) -> list[Asked]:
        """Ask a client's questions while it has blockers of a kind."""
        handle = self._rag.tenant(self.ids[tenant])
        questions = [each["question"] for each in self.asked[tenant]]
        blockers = [
            (await handle.ingest(text.encode(), filename=f"blocker-{at}.txt")).document_id
            for at, text in enumerate(KINDS[kind](self.texts[tenant], questions))
        ]
        found = await self.ask(tenant)
        for document_id in blockers:
            await handle.delete(document_id)
        return found


async def measured(folder: Path, name: str, limit: int) -> bool:
    """Print a row for each kind of blocker; return whether all keep the bounds."""
    kept = True
    async with RagTenancy.open(Settings(storage="memory", log_level="error")) as rag:
        clients = Clients(rag, name, questions_of(folder, name, limit))
        await clients.load(list(rows(folder, name, "docs")))
        tenants = list(clients.asked)
        attacked, neighbours = tenants[::2], tenants[1::2]
        before = {tenant: await clients.ask(tenant) for tenant in tenants}
        for kind in KINDS:
            after = {tenant: await clients.blocked(tenant, kind) for tenant in attacked}
            changed = [t for t in neighbours if await clients.ask(t) != before[t]]
            own = Share.of([one for t in attacked for one in before[t]])
            now = Share.of([one for t in attacked for one in after[t]])
            lost = 1 - now.answered / own.answered
            row = [name, kind, sum(map(len, after.values())), f"{own.answered:.1%}"]
            row += [f"{now.answered:.1%}", f"{lost:+.1%}", f"{own.held:.1%}", f"{now.held:.1%}"]
            print(
                f"| {' | '.join(map(str, row))} | {len(changed)} of {len(neighbours)} |", flush=True
            )
            kept &= not changed and (lost <= MOST_LOST or kind == "the questions")
    return kept


async def main() -> int:
    """Print the table; return 1 where a bound is missed."""
    folder = folder_or_skip()
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=200, help="most of a set (default: 200)")
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    given = parser.parse_args()
    print("| set | blockers | questions | answered | with blockers | lost | held | with blockers |"
          " neighbours with another answer |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    return int(not all([await measured(folder, name, given.questions) for name in given.sets]))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
