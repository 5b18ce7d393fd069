"""How well a follow-up question finds its passages: `make eval-conversations DATA=…`.

Every turn of cast and mtrag-ret goes through the product's chunker, embedder, indexes and
`FindPassages`, one client for each tenant of the set, read in four ways: its bare words; the
previous question glued on; the product's readings; a person's rewrite. No relevance bar is
applied: what is measured is the order. An earlier turn without an answer in the data is given the
best passage found for it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from judging_data import folder_or_skip, rows
from msgspec import Struct, structs

from ragtenancy.app.evaluation.bootstrap import difference, interval
from ragtenancy.app.evaluation.corpus import LoadedCorpus
from ragtenancy.app.search.passages import Wanted
from ragtenancy.cli.judged_files import read_judged_set
from ragtenancy.container import Container
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.conversations import HISTORY_TURNS, Turn
from ragtenancy.domain.evaluation import JudgedSet, JudgedText, Judgements, ndcg, recall, relevant
from ragtenancy.domain.follow_ups import searched, understood
from ragtenancy.domain.query import MAX_QUERY_CHARACTERS
from ragtenancy.domain.refusals import is_refusal
from ragtenancy.domain.relevance import Bar
from ragtenancy.domain.sources import Source, merged
from ragtenancy.domain.tenant_config import EffectiveConfig, SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings

SETS = ("cast", "mtrag-ret")
BARE, GLUED, OURS, REWRITTEN = "bare", "glued", "readings", "rewritten by a person"
PASSAGES = 20  # several may be of one document; the first 10 documents count
NO_BAR = -1.0  # no cosine is below it
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PART = re.compile(r"#\d+\Z|(?:_\d+-\d+)?-\d+-\d+\Z")  # where in its document a passage stands


class Said(Struct, frozen=True):
    """An earlier turn; the answer is None where the data has none."""

    question: str
    answer: str | None


class Question(Struct, frozen=True, kw_only=True):
    """A turn to search for; `rewritten` is None where nobody rewrote it."""

    question_id: str
    tenant: str
    text: str
    before: Sequence[Said]
    rewritten: str | None

    @property
    def asked(self) -> tuple[str, ...]:
        """Every question of the conversation up to this one, by which a turn is known again."""
        return (*(said.question for said in self.before), self.text)


class Scored(Struct, frozen=True, kw_only=True):
    """The measures of one turn by the way it was read."""

    question: Question
    ndcg: Mapping[str, float]
    recall: Mapping[str, float]


def question_of(row: Mapping[str, Any]) -> Question:
    """Return the turn that a line of a set's queries is."""
    if "history_user" in row:
        before = [Said(text, None) for text in row["history_user"]]
    else:
        said = row["history"]
        before = [Said(q["text"], a["text"]) for q, a in zip(said[::2], said[1::2], strict=True)]
    return Question(
        question_id=row["id"],
        tenant=row["tenant"],
        text=row["text"],
        before=before,
        rewritten=row["rewritten"] or None,
    )


class Client:
    """A client that holds a tenant's passages, asked through the product's own search."""

    def __init__(
        self,
        container: Container,
        scope: TenantScope,
        effective: EffectiveConfig,
        loaded: LoadedCorpus,
    ) -> None:
        self._passages = container.passages()
        self._scope = scope
        self._effective = effective
        self._loaded = loaded
        self._stand_ins: dict[tuple[str, ...], str] = {}

    async def documents(self, questions: Sequence[Sequence[Reading]]) -> list[str]:
        """Return what is found for the questions of a message, best first, each once."""
        sources = await self._sources(questions)
        return list(dict.fromkeys(self._loaded.text_ids[s.document_id] for s in sources))

    async def history(self, before: Sequence[Said]) -> Sequence[Turn]:
        """Return earlier turns as the product would have stored them, the newest of them."""
        turns: list[Turn] = []
        for at, said in enumerate(before):
            known = turns[-HISTORY_TURNS:]
            answer = said.answer
            if answer is None:
                asked = tuple(each.question for each in before[: at + 1])
                if asked not in self._stand_ins:
                    found = await self._sources(understood(said.question, known))
                    self._stand_ins[asked] = found[0].text if found else ""
                answer = self._stand_ins[asked]
            turns.append(
                Turn(
                    index=at,
                    question=said.question,
                    searched=searched(said.question, known),
                    answer=answer,
                    grounded=bool(answer) and not is_refusal(answer),
                    created_at=NOW,
                )
            )
        return turns[-HISTORY_TURNS:]

    async def _sources(self, questions: Sequence[Sequence[Reading]]) -> Sequence[Source]:
        found = []
        for readings in questions:
            cut = [structs.replace(r, text=r.text[-MAX_QUERY_CHARACTERS:]) for r in readings]
            wanted = Wanted(
                scope=self._scope,
                readings=cut,
                filters=None,
                effective=self._effective,
                bar=Bar.MODEL,
            )
            found.append((await self._passages.find(wanted)).sources)
        return merged(found, most=PASSAGES)


async def scored(name: str, folder: Path) -> tuple[list[Scored], JudgedSet]:
    """Return the measures of every judged turn of a set, and the set."""
    own = folder / "retrieval_and_qa" / name
    judged = read_judged_set(own / "corpus.jsonl.gz", own / "queries.jsonl.gz", own / "qrels.tsv")
    asked = judged.asked()
    questions = [question_of(row) for row in rows(folder, name, "queries") if row["id"] in asked]
    tenant_of = {row["id"]: row["tenant"] for row in rows(folder, name, "corpus")}
    container = Container(settings=Settings(storage="memory", log_level="error"))
    found = []
    async with container.closers():
        for tenant in dict.fromkeys(question.tenant for question in questions):
            texts = [text for text in judged.texts if tenant_of[text.text_id] == tenant]
            client = await _client(container, tenant, texts)
            for question in questions:
                if question.tenant == tenant:
                    wanted = judged.judgements[question.question_id]
                    found.append(await _scored(client, question, wanted))
    return found, judged


async def _client(container: Container, tenant: str, texts: Sequence[JudgedText]) -> Client:
    """Return a new client that holds some texts and finds as many passages as are judged."""
    scope = (await container.tenants().create(tenant, tenant)).tenant.scope
    loaded = await container.corpus_loader().load(scope, texts, _silent)
    effective = await container.configs().effective(scope)
    config = structs.replace(effective.config, search_settings=SearchSettings(top_k=PASSAGES))
    effective = structs.replace(effective, config=config, similarity_threshold=NO_BAR)
    return Client(container, scope, effective, loaded)


async def _scored(client: Client, question: Question, judged: Judgements) -> Scored:
    history = await client.history(question.before)
    glued = [said.question for said in question.before[-1:]]
    ways = {
        BARE: [[Reading(question.text)]],
        GLUED: [[Reading(" ".join([*glued, question.text]))]],
        OURS: understood(question.text, history),
    }
    if question.rewritten:
        ways[REWRITTEN] = [[Reading(question.rewritten)]]
    found = {way: await client.documents(readings) for way, readings in ways.items()}
    return Scored(
        question=question,
        ndcg={way: ndcg(documents, judged, at=10) for way, documents in found.items()},
        recall={way: recall(documents, judged, at=5) for way, documents in found.items()},
    )


def split(turns: Sequence[Scored], judged: JudgedSet) -> Mapping[str, Sequence[Scored]]:
    """Return the turns by how they stand to the one before, as far as that one is judged."""
    right = {
        turn.question.asked: _documents(judged.judgements[turn.question.question_id])
        for turn in turns
    }
    follow_ups = [turn for turn in turns if turn.question.before]
    known = [turn for turn in follow_ups if turn.question.asked[:-1] in right]
    same = [turn for turn in known if right[turn.question.asked] & right[turn.question.asked[:-1]]]
    return {
        "all turns": turns,
        "follow-ups": follow_ups,
        "answered by a document of the previous turn's": same,
        "answered by other documents": [turn for turn in known if turn not in same],
    }


def _documents(judged: Judgements) -> frozenset[str]:
    return frozenset(_PART.sub("", passage) for passage in relevant(judged))


def _silent(_share: float) -> None:
    return


def _print(name: str, groups: Mapping[str, Sequence[Scored]]) -> None:
    """Print a table of the means, and one of the differences in pairs, as Markdown."""
    ways = (BARE, GLUED, OURS, REWRITTEN)
    print(f"\n| {name}: nDCG@10, recall@5 | turns | {' | '.join(ways)} |")
    print("|---|---|" + "---|" * len(ways))
    for group, turns in groups.items():
        cells = [_mean(turns, way) for way in ways]
        print(f"| {group} | {len(turns)} | {' | '.join(cells)} |")
    others = (BARE, GLUED, REWRITTEN)
    print(
        f"\n| {name}: gain of readings over | {' | '.join(others)} |\n|---|" + "---|" * len(others)
    )
    for group, turns in groups.items():
        cells = [_gain(turns, way) for way in others]
        print(f"| {group} | {' | '.join(cells)} |")


def _mean(turns: Sequence[Scored], way: str) -> str:
    having = [turn for turn in turns if way in turn.ndcg]
    if not having:
        return "none"
    means = interval([t.ndcg[way] for t in having]), interval([t.recall[way] for t in having])
    counted = f" (of {len(having)})" if len(having) < len(turns) else ""
    return f"{means[0].mean:.3f} {means[1].mean:.3f}{counted}"


def _gain(turns: Sequence[Scored], way: str) -> str:
    having = [turn for turn in turns if way in turn.ndcg]
    gains = (
        difference([t.ndcg[way] for t in having], [t.ndcg[OURS] for t in having]),
        difference([t.recall[way] for t in having], [t.recall[OURS] for t in having]),
    )
    return ", ".join(f"{g.mean:+.3f} [{g.low:+.3f} {g.high:+.3f}]" for g in gains)


async def main() -> None:
    """Print the tables, or say what is missing."""
    folder = folder_or_skip()
    for name in sys.argv[1:] or SETS:
        turns, judged = await scored(name, folder)
        _print(name, split(turns, judged))


if __name__ == "__main__":
    asyncio.run(main())
