"""Judged questions that documents answer, or do not, each with the evidence for what is found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
from dependency_injector import providers
from judging_data import rows
from msgspec import Struct

from ragtenancy.adapters.extractive.answering import Found, sureness
from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.app.search.passages import EvidenceWeigher, Passages, Scales, Wanted
from ragtenancy.app.search.retrieval import GenerationTerms, Retrieval
from ragtenancy.container import Container
from ragtenancy.domain.answers import AnswerRequest, Reading, TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.evaluation import JudgedText
from ragtenancy.domain.follow_ups import searched, understood
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.identifiers import identifiers_in
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.refusals import is_refusal
from ragtenancy.domain.relevance import Bar, Evidence
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors
from ragtenancy.settings import Settings

ANSWERABLE = "answerable"
NEAR_MISS = "near misses"
FOREIGN = "another tenant's"
UNANSWERABLE = "unanswerable"
NOTHING_FOUND = -10.0  # the logit where extraction has no candidate at all
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Asked(Struct, frozen=True, kw_only=True):
    """A question of a client, and whether its documents answer it."""

    client: str
    question: str
    history: Sequence[Turn]
    kind: str


class Case(Struct, frozen=True, kw_only=True):
    """Documents by client, and questions to those clients."""

    texts: Mapping[str, Sequence[JudgedText]]
    asked: Sequence[Asked]


class Seen(Struct, frozen=True, kw_only=True):
    """What was found for a question: the evidence for each chunk, best ranked first.

    `missing`: it was refused since an identifier of it stands nowhere. `sureness`: the logit by
    which extraction would answer, None where it was not asked.
    """

    kind: str
    evidence: Sequence[Evidence]
    missing: bool
    sureness: float | None = None


class Memoized(Embedder):
    """An embedder that embeds each text once, however many containers ask it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._texts: dict[str, np.ndarray] = {}
        self._questions: dict[str, np.ndarray] = {}

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return await _memoized(texts, self._texts, self._embedder.embed)

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return await _memoized(questions, self._questions, self._embedder.embed_questions)


async def _memoized(
    texts: Sequence[str],
    known: dict[str, np.ndarray],
    embed: Callable[[Sequence[str]], Awaitable[Vectors]],
) -> Vectors:
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, await embed(new), strict=True))
    return np.stack([known[text] for text in texts])


class Squeezed(Embedder):
    """The embedder with every cosine c replaced by .7 + .3·c: one dimension more, the same in all."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        known = embedder.model
        self._model = EmbeddingModel(
            name=f"{known.name}, squeezed",
            dimension=known.dimension + 1,
            max_tokens=known.max_tokens,
            fingerprint=Fingerprint(f"{known.fingerprint}-squeezed"),
        )

    @property
    def model(self) -> EmbeddingModel:
        return self._model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return _squeezed(await self._embedder.embed(texts))

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return _squeezed(await self._embedder.embed_questions(questions))


def _squeezed(vectors: Vectors) -> Vectors:
    same = np.full((len(vectors), 1), np.sqrt(0.7), dtype=np.float32)
    return np.hstack([np.sqrt(0.3).astype(np.float32) * vectors, same])


class Recording(EvidenceWeigher):
    """Keeps what was weighed for the last question."""

    last: list[Evidence]

    async def weigh(
        self,
        terms: GenerationTerms,
        readings: Sequence[Reading],
        retrievals: Sequence[Retrieval],
    ) -> Scales:
        scales = await super().weigh(terms, readings, retrievals)
        self.last = []
        return _RecordingScales(scales, self.last)


class _RecordingScales(Scales):
    """Weighs as other scales do, and notes the evidence."""

    def __init__(self, scales: Scales, seen: list[Evidence]) -> None:
        self._scales, self._seen = scales, seen
        self.scale = scales.scale

    @property
    def statistics(self) -> TermStatistics:
        return self._scales.statistics

    def weighed(self, hits: Sequence[RankedHit], chunks: Sequence[Chunk]) -> list[Evidence]:
        found = self._scales.weighed(hits, chunks)
        self._seen += found
        return found


def sampled(asked: Iterable[Asked], limit: int | None) -> list[Asked]:
    """Return at most so many questions of each kind, the first by SHA-256."""
    kept: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda one: sha256(one.question.encode()).hexdigest()):
        if limit is None or len(kept[one.kind]) < limit:
            kept[one.kind].append(one)
    return [one for each in kept.values() for one in each]


def squad2(data: Path) -> Case:
    """Return four clients of two articles, with near misses and other clients' questions."""
    asked = [
        _asked(row, ANSWERABLE if row["answerable"] else NEAR_MISS)
        for row in rows(data, "squad2", "qa")
    ]
    asked += [_asked(row, FOREIGN) for row in rows(data, "squad2", "cross_tenant")]
    return Case(texts=_texts(data, "squad2"), asked=asked)


def mtrag(data: Path) -> Case:
    """Return four clients and turns of conversations; what is underspecified is left out."""
    kinds = {"ANSWERABLE": ANSWERABLE, "PARTIAL": ANSWERABLE, "UNANSWERABLE": UNANSWERABLE}
    asked = [
        _asked(row, kinds[row["answerability"]])
        for row in rows(data, "mtrag", "qa")
        if row["answerability"] in kinds
    ]
    return Case(texts=_texts(data, "mtrag"), asked=asked)


def rgb(data: Path, language: str) -> Case:
    """Return a client for each question: with every passage, and with the negative ones alone."""
    passages: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(data, "rgb", "docs"):
        if row["tenant"].endswith(language) and row["polarity"] != "positive_wrong":
            passages[row["for_q"]].append(row)
    texts: dict[str, list[JudgedText]] = {}
    asked = []
    for row in rows(data, "rgb", "qa"):
        name = re.sub(r"-neg\Z", "", row["id"])
        kept = [p for p in passages[name] if row["answerable"] or p["polarity"] == "negative"]
        if row["id"].startswith(language) and kept:
            client = re.sub(r"[^a-z0-9]+", "-", row["id"].lower())
            texts[client] = [_text(passage) for passage in kept]
            kind = ANSWERABLE if row["answerable"] else UNANSWERABLE
            asked.append(Asked(client=client, question=row["question"], history=(), kind=kind))
    return Case(texts=texts, asked=asked)


def answerable_of(data: Path, name: str) -> Case:
    """Return the answerable questions of any other set."""
    asked = [_asked(row, ANSWERABLE) for row in rows(data, name, "qa") if row["answerable"]]
    return Case(texts=_texts(data, name), asked=asked)


def naming_codes(case: Case) -> list[Asked]:
    """Return the questions in which an identifier is read: no other can be refused for one."""
    return [
        one
        for one in case.asked
        if any(identifiers_in(ways[0].text) for ways in understood(one.question, one.history))
    ]


def embedder_of(embeddings: str) -> Embedder:
    """Return the embedder of a setting, e.g. "local", which keeps what it has embedded."""
    return Memoized(_container(embeddings).embedder())


async def seen(
    case: Case,
    asked: Sequence[Asked],
    embedder: Embedder,
    *,
    embeddings: str = "local",
    sure: Collection[Asked] = (),
) -> list[Seen]:
    """Put questions to the product's search; those of `sure` to its extraction as well.

    `embeddings` is the setting that `embedder` was made by, or derived from.
    """
    container = _container(embeddings)
    container.evidence.override(
        providers.Singleton(
            Recording, container.lexical, container.lexicons, container.relevance_scales
        )
    )
    container.embedder.override(embedder)
    by_client: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by_client[one.client].append(one)
    answered = set(map(id, sure))
    found: list[Seen] = []
    async with container.closers():
        for client, questions in by_client.items():
            asking = await _Asking.of(container, client, case.texts[client])
            found += [await asking.seen(one, sure=id(one) in answered) for one in questions]
    return found


def _container(embeddings: str) -> Container:
    return Container(
        settings=Settings(storage="memory", log_level="error", embeddings=embeddings)  # type: ignore[arg-type]
    )


class _Asking:
    """Asks one client."""

    def __init__(self, container: Container, wanted: Wanted) -> None:
        self._wanted = wanted
        self._passages = container.passages()
        self._evidence = cast("Recording", container.evidence())
        self._found: list[Found] = []
        self._model = ExtractiveChatModel(
            container.embedders(),
            container.query_vectors(),
            container.lexicons(),
            container.token_counter(),
            is_sure=self._note,
        )

    @classmethod
    async def of(cls, container: Container, client: str, texts: Sequence[JudgedText]) -> _Asking:
        scope = (await container.tenants().create(client, client)).tenant.scope
        await container.corpus_loader().load(scope, texts, lambda _: None)
        effective = await container.configs().effective(scope)
        wanted = Wanted(
            scope=scope, readings=(), filters=None, effective=effective, bar=Bar.EXTRACTIVE
        )
        return cls(container, wanted)

    async def seen(self, one: Asked, *, sure: bool) -> Seen:
        evidence: list[Evidence] = []
        missing, logits = False, list[float]()
        for readings in understood(one.question, one.history):
            wanted = Wanted(
                scope=self._wanted.scope,
                readings=readings,
                filters=None,
                effective=self._wanted.effective,
                bar=self._wanted.bar,
            )
            passages = await self._passages.find(wanted)
            evidence += self._evidence.last
            missing = missing or bool(passages.missing_identifiers)
            if sure:
                logits.append(await self._sureness(one, readings, passages))
        return Seen(
            kind=one.kind,
            evidence=evidence,
            missing=missing,
            sureness=max(logits, default=None),
        )

    async def _sureness(self, one: Asked, readings: Sequence[Reading], passages: Passages) -> float:
        self._found.clear()
        request = AnswerRequest(
            scope=self._wanted.scope,
            system_prompt="",
            asked=one.question,
            question=readings[0].text,
            questions=[passages.readings],
            history=one.history,
            passages=passages.sources,
            statistics=passages.statistics,
            embedding_fingerprint=passages.embedding_fingerprint,
            temperature=None,
            max_tokens=800,
        )
        async for _ in self._model.stream(request):
            pass
        return max(map(sureness, self._found), default=NOTHING_FOUND)

    def _note(self, found: Found) -> bool:
        self._found.append(found)
        return True


def _asked(row: Mapping[str, Any], kind: str) -> Asked:
    said = row["history"]
    turns: list[Turn] = []
    for at, (question, answer) in enumerate(zip(said[::2], said[1::2], strict=True)):
        turns.append(
            Turn(
                index=at,
                question=question["text"],
                searched=searched(question["text"], turns),
                answer=answer["text"],
                grounded=not is_refusal(answer["text"]),
                created_at=NOW,
            )
        )
    client = _client(row["tenant"])
    return Asked(client=client, question=row["question"], history=turns, kind=kind)


def _texts(data: Path, name: str) -> dict[str, list[JudgedText]]:
    found: defaultdict[str, list[JudgedText]] = defaultdict(list)
    for row in rows(data, name, "docs"):
        found[_client(row["tenant"])].append(_text(row))
    return dict(found)


def _text(row: Mapping[str, Any]) -> JudgedText:
    return JudgedText(text_id=row["id"], title=row["title"], text=row["text"])


def _client(tenant: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tenant.lower()).strip("-")
