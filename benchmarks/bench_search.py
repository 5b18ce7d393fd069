"""Hybrid search beside rank-bm25 + numpy done the plain way: `python benchmarks/bench_search.py`.

Both get the question's text and vector, and read the same text through the same analyzer. Ours
is the whole way: both legs on SQLite files, the true scores of the union, and the ranking; with
and without reading the tenant's generation from its file, as the service does for every
question. Every question is new to every engine; questions go to the engines in turn, in rotating
order. A figure is the median of the rounds' own; the ratio is against the plain way.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
from plain_search import DEPTH, LANGUAGE, TOP, Plain
from zipf_corpus import Corpus, Question

from ragtenancy.adapters.bm25.chunk_terms import chunk_terms
from ragtenancy.adapters.bm25.index_files import IndexFiles
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex
from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.bm25.settling import settled
from ragtenancy.adapters.bm25.weights import DEFAULT
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.adapters.sqlite.chunks import SqliteChunkRepository
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import (
    ChunkId,
    DocumentId,
    Fingerprint,
    Namespace,
    Revision,
    TenantId,
    TenantUid,
)
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vectors

CHUNKS_PER_DOCUMENT = 20
COLD_STARTS = 9
RANKER = HybridRanker(semantic_weight=0.7, bm25_weight=0.3)
SCOPE = TenantScope(
    tenant_id=TenantId("bench"), tenant_uid=TenantUid("t" + "a" * 26), namespace=Namespace("bench")
)


Engine = Callable[[Question], Awaitable[Sequence[object]]]


class Texts(Protocol):
    """What is searched."""

    texts: list[str]
    vectors: Vectors


class Ours:
    """Our adapters over SQLite files."""

    def __init__(self, files: TenantFiles, folder: Path) -> None:
        self.folder = folder
        self.analyzer = SnowballAnalyzer()
        self.chunks = SqliteChunkRepository(files)
        self.documents = SqliteDocumentRepository(files)
        self.vectors = SqliteVectorIndex(files)
        self.lexical = Bm25Index(self.chunks, self.analyzer, files=IndexFiles(folder))
        self.manifest = Manifest(generation=0, entries={})

    async def load(self, corpus: Texts) -> None:
        """Stage the corpus as documents and publish them all."""
        entries = {}
        for first in range(0, len(corpus.texts), CHUNKS_PER_DOCUMENT):
            texts = corpus.texts[first : first + CHUNKS_PER_DOCUMENT]
            entry = _entry(f"doc_{first:07d}", len(texts))
            key = (SCOPE, entry.document_id, entry.revision)
            await self.chunks.stage(*key, [_chunk(entry, i, text) for i, text in enumerate(texts)])
            await self.vectors.stage(*key, corpus.vectors[first : first + len(texts)])
            entries[entry.document_id] = entry
        self.manifest = Manifest(generation=1, entries=entries)

    async def search(self, question: Question) -> list[RankedHit]:
        """Both legs, both true scores, one ranking."""
        manifest, text, vector = self.manifest, question.text, question.vector
        near, worded = await asyncio.gather(
            self.vectors.search(SCOPE, manifest, vector, limit=DEPTH),
            self.lexical.search(SCOPE, manifest, text, language=LANGUAGE, limit=DEPTH),
        )
        semantic, bm25 = near.by_chunk(), worded.by_chunk()
        only_worded = [chunk for chunk in bm25 if chunk not in semantic]
        only_near = [chunk for chunk in semantic if chunk not in bm25]
        cosines = await self.vectors.score(SCOPE, manifest, vector, only_worded)
        scores = await self.lexical.score(SCOPE, manifest, text, only_near, language=LANGUAGE)
        semantic |= {c: s or 0.0 for c, s in zip(only_worded, cosines, strict=True)}
        bm25 |= {c: s or 0.0 for c, s in zip(only_near, scores, strict=True)}
        return RANKER.rank(
            semantic,
            bm25,
            best_bm25=worded.best,
            semantic_order=near.chunk_ids,
            bm25_order=worded.chunk_ids,
        )[:TOP]

    async def search_in_step(self, question: Question) -> list[RankedHit]:
        """The same after reading the tenant's generation from its file."""
        await self.documents.manifest(SCOPE, since=0)
        return await self.search(question)

    async def words_alone(self, question: Question) -> Sequence[object]:
        """The lexical leg."""
        found = await self.lexical.search(
            SCOPE, self.manifest, question.text, language=LANGUAGE, limit=DEPTH
        )
        return found.chunk_ids

    async def vectors_alone(self, question: Question) -> Sequence[object]:
        """The semantic leg."""
        found = await self.vectors.search(SCOPE, self.manifest, question.vector, limit=DEPTH)
        return found.chunk_ids


async def interleaved(
    engines: dict[str, Engine], corpus: Corpus, rounds: int, questions: int
) -> dict[str, tuple[float, float]]:
    """Return each engine's p50 and p99 in milliseconds, medians over the rounds."""
    names = list(engines)
    per_round: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        taken: dict[str, list[float]] = {name: [] for name in names}
        for number in range(questions):
            question = corpus.question()
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                started = time.perf_counter()
                await engines[name](question)
                taken[name].append((time.perf_counter() - started) * 1000)
        for name, times in taken.items():
            per_round[name].append((float(np.median(times)), float(np.percentile(times, 99))))
    return {
        name: (statistics.median(p for p, _ in found), statistics.median(q for _, q in found))
        for name, found in per_round.items()
    }


async def agrees(ours: Ours, plain: Plain, corpus: Corpus, questions: int = 5) -> bool:
    """Tell whether our best ten are those of scoring every chunk by the formulas.

    Ranked are the best hundred by words and by vectors, as the service does.
    """
    counts = [Counter(terms) for terms in plain.terms]
    lengths = np.array([len(terms) for terms in plain.terms])
    norms = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
    for _ in range(questions):
        question = corpus.question()
        bm25 = np.zeros(len(counts))
        for term in ours.analyzer.terms(question.text, LANGUAGE):
            frequencies = np.array([count[term] for count in counts], np.float64)
            holders = int((frequencies > 0).sum())
            idf = math.log(1 + (len(counts) - holders + 0.5) / (holders + 0.5))
            bm25 += idf * frequencies * 2.2 / (frequencies + norms)
        cosines = corpus.vectors.astype(np.float64) @ question.vector.astype(np.float64)
        fused = (0.7 * cosines + 0.3 * bm25 / bm25.max()).tolist()
        union = {*np.argsort(-bm25)[:DEPTH].tolist(), *np.argsort(-cosines)[:DEPTH].tolist()}
        expected = [chunk_id_of(at) for at in sorted(union, key=lambda at: -fused[at])[:TOP]]
        if [hit.chunk_id for hit in (await ours.search(question))[:TOP]] != expected:
            return False
    return True


def changes(corpus: Corpus, analyzer: SnowballAnalyzer, plain: Plain) -> dict[str, float]:
    """Return the milliseconds of adding and removing one chunk, and of the next scores."""
    index = settled(
        InvertedIndex(DEFAULT),
        added=[chunk_terms(chunk_id_of(at), terms) for at, terms in enumerate(plain.terms)],
    )
    times: dict[str, list[float]] = {"add": [], "scores after it": [], "remove": []}
    for number in range(200):
        question = corpus.question()
        terms = analyzer.terms(question.text, LANGUAGE)
        chunk = chunk_terms(ChunkId(f"new#1-1#{number:06d}"), plain.terms[number])
        steps: dict[str, Callable[[], object]] = {
            "add": partial(index.add, chunk),
            "scores after it": partial(index.scores, terms),
            "remove": partial(index.remove, chunk_id_of(number)),
        }
        for name, work in steps.items():
            started = time.perf_counter()
            work()
            times[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


async def opened(ours: Ours, corpus: Corpus) -> float:
    """Return the milliseconds of a question to a tenant of which nothing is in memory or open."""
    files = TenantFiles(ours.folder)
    try:
        again = Ours(files, ours.folder)
        again.manifest = ours.manifest
        question = corpus.question()
        started = time.perf_counter()
        await again.search_in_step(question)
        return (time.perf_counter() - started) * 1000
    finally:
        await files.close()


async def measure(total_chunks: int, rounds: int, questions: int) -> None:
    """Print the table of one size."""
    corpus = Corpus(total_chunks)
    with TemporaryDirectory() as folder:
        files = TenantFiles(Path(folder))
        try:
            await files.create(SCOPE)
            ours = Ours(files, Path(folder))
            await ours.load(corpus)
            started = time.perf_counter()
            await ours.search(corpus.question())
            first = (time.perf_counter() - started) * 1000
            cold = [await opened(ours, corpus) for _ in range(COLD_STARTS)]
            plain = Plain(corpus, ours.analyzer)
            same = await agrees(ours, plain, corpus)
            engines: dict[str, Engine] = {
                "plain: hybrid": plain.search,
                "ours: hybrid": ours.search,
                "ours: hybrid, generation read": ours.search_in_step,
                "plain: words": plain.words_alone,
                "ours: words": ours.words_alone,
                "plain: vectors": plain.vectors_alone,
                "ours: vectors": ours.vectors_alone,
            }
            found = await interleaved(engines, corpus, rounds, questions)
        finally:
            await files.close()
    print(f"\n{total_chunks:,} chunks; best ten as by brute force: {same}")
    print(f"{'ours: first question ever':32}{first:10.1f}")
    print(f"{'ours: first question, cold':32}{statistics.median(cold):10.1f}{max(cold):10.1f}")
    print(f"{'':32}{'p50 ms':>10}{'p99 ms':>10}{'ratio':>8}")
    for name, (p50, p99) in found.items():
        of = found[f"plain: {name.split(': ')[1].split(',')[0]}"][0]
        print(f"{name:32}{p50:10.3f}{p99:10.3f}{of / p50:8.1f}")
    for name, taken in changes(corpus, ours.analyzer, plain).items():
        print(f"{'one chunk: ' + name:32}{taken:10.3f}")


def _entry(document_id: str, total_chunks: int) -> ManifestEntry:
    return ManifestEntry(
        document_id=DocumentId(document_id),
        revision=Revision("1-1"),
        filename=f"{document_id}.txt",
        version=1,
        total_chunks=total_chunks,
        embedding_fingerprint=Fingerprint("bench"),
    )


def _chunk(entry: ManifestEntry, ordinal: int, text: str) -> Chunk:
    return Chunk(
        document_id=entry.document_id,
        revision=entry.revision,
        ordinal=ordinal,
        section_ordinal=0,
        section=(),
        text=text,
        token_count=200,
    )


def chunk_id_of(at: int) -> ChunkId:
    first = at - at % CHUNKS_PER_DOCUMENT
    return _chunk(_entry(f"doc_{first:07d}", 1), at - first, "").chunk_id


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=40, help="in each round")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} processors, numpy {np.__version__}")
    for total_chunks in asked.chunks:
        asyncio.run(measure(total_chunks, asked.rounds, asked.questions))


if __name__ == "__main__":
    main()
