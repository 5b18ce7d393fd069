"""nDCG@10 of the default search beside other fusions: `make bench-quality DATA=…`.

Each set goes through the product's chunker, model, indexes and retriever on SQLite files; a
document scores as its best chunk. The first table has other fusions of the same lists; the second
what else was tried on the same chunks and vectors (`quality_variants.py`). Each is followed by the
differences question by question: the mean with its 95 % bootstrap interval.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from judging_data import folder_or_skip
from quality_variants import DEFAULT_NAME, VARIANTS, Pool

from ragtenancy.app.evaluation.bootstrap import difference, interval
from ragtenancy.app.evaluation.corpus import REVISION, LoadedCorpus
from ragtenancy.app.evaluation.rankings import best_documents
from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.cli.judged_files import read_judged_set
from ragtenancy.container import Container
from ragtenancy.domain.evaluation import JudgedSet, ndcg
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors
from ragtenancy.settings import Settings

SETS = ("scifact", "cran", "cacm", "med")
AT = 10
RRF = 60
OURS = "our default"
DEFAULT = SearchSettings()
DENSE, WORDS = DEFAULT.semantic_weight, DEFAULT.bm25_weight
Fusion = Callable[[Sequence[RankedHit]], Mapping[ChunkId, float]]
Figures = dict[str, list[float]]


def words(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """BM25 alone: its own list."""
    return {hit.chunk_id: hit.scores.bm25 for hit in hits if hit.bm25_rank}


def dense(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """Cosine alone: its own list."""
    return {hit.chunk_id: hit.scores.semantic for hit in hits if hit.semantic_rank}


def raw_sum(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """The scores as they are, 0 in a list that lacks the chunk."""
    return _weighed(hits, dense(hits), words(hits))


def min_max(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """Each list stretched to 0..1, 0 in a list that lacks the chunk."""
    return _weighed(hits, _stretched(dense(hits)), _stretched(words(hits)))


def reciprocal_ranks(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """1 / (60 + rank), summed over both lists."""
    return {
        hit.chunk_id: sum(1 / (RRF + rank) for rank in (hit.semantic_rank, hit.bm25_rank) if rank)
        for hit in hits
    }


def union_min_max(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """Both true scores of every candidate, each stretched to 0..1."""
    cosines = {hit.chunk_id: hit.scores.semantic for hit in hits}
    bm25 = {hit.chunk_id: hit.scores.bm25 for hit in hits}
    return _weighed(hits, _stretched(cosines), _stretched(bm25))


def ours(hits: Sequence[RankedHit]) -> Mapping[ChunkId, float]:
    """The product's own score."""
    return {hit.chunk_id: hit.score for hit in hits}


FUSIONS: Mapping[str, Fusion] = {
    "BM25 alone": words,
    "dense alone": dense,
    "raw sum": raw_sum,
    "min-max in each list": min_max,
    "reciprocal ranks, 60": reciprocal_ranks,
    "min-max of true scores": union_min_max,
    OURS: ours,
}


class Remembering(Embedder):
    """Hands out again what it embedded before."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.known: dict[str, Vector] = {}

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        if new:
            self.known.update(zip(new, await self._embedder.embed(new), strict=True))
        return np.stack([self.known[text] for text in texts])


async def figures(judged_set: JudgedSet, name: str) -> tuple[Figures, Figures]:
    """Return nDCG@10 by question for each fusion, and for each variant."""
    found: Figures = {fusion: [] for fusion in FUSIONS}
    tried: Figures = {variant: [] for variant in VARIANTS}
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), semantic_timeout=600.0, bm25_timeout=600.0)
        container = Container(settings=settings)
        embedder = Remembering(container.embedder())
        container.embedder.override(embedder)
        async with container.closers():
            created = await container.tenants().create(name, name)
            scope = created.tenant.scope
            loaded = await container.corpus_loader().load(scope, judged_set.texts, _progress(name))
            pool, documents = await _pool(container, scope, loaded, embedder)
            questions = judged_set.asked()
            ranked = container.question_rankings().rank(
                scope, questions, DEFAULT, ranks_wanted=True
            )
            async for searched in ranked:
                judged = judged_set.judgements[searched.question_id]
                for fusion, scored in FUSIONS.items():
                    best = best_documents(_ordered(searched.retrieval, scored), loaded.text_ids)
                    found[fusion].append(ndcg(best, judged, at=AT))
                question = questions[searched.question_id]
                vector = embedder.known[question].astype(np.float64)
                for variant, score in VARIANTS.items():
                    order = np.argsort(-score(pool, question, vector), kind="stable").tolist()
                    best = list(dict.fromkeys(documents[at] for at in order[: 10 * AT]))
                    tried[variant].append(ndcg(best, judged, at=AT))
    return found, tried


async def _pool(
    container: Container, scope: TenantScope, loaded: LoadedCorpus, embedder: Remembering
) -> tuple[Pool, list[str]]:
    """Return the chunks as the variants see them, and the text that each is of."""
    texts: list[str] = []
    documents: list[str] = []
    for document_id, text_id in loaded.text_ids.items():
        chunks = await container.chunks().of_revision(scope, document_id, REVISION)
        texts += [chunk.indexed_text for chunk in chunks]
        documents += [text_id] * len(chunks)
    vectors = (await embedder.embed(texts)).astype(np.float64)
    return Pool(texts, vectors), documents


def _ordered(retrieval: Retrieval, scored: Fusion) -> list[RankedHit]:
    scores = scored(retrieval.hits)
    listed = [hit for hit in retrieval.hits if hit.chunk_id in scores]
    return sorted(listed, key=lambda hit: (-scores[hit.chunk_id], hit.chunk_id))


def _weighed(
    hits: Sequence[RankedHit], cosines: Mapping[ChunkId, float], bm25: Mapping[ChunkId, float]
) -> dict[ChunkId, float]:
    names = [hit.chunk_id for hit in hits]
    return {c: DENSE * cosines.get(c, 0.0) + WORDS * bm25.get(c, 0.0) for c in names}


def _stretched(scores: Mapping[ChunkId, float]) -> dict[ChunkId, float]:
    low, high = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
    return {chunk: (s - low) / (high - low) if high > low else 0.0 for chunk, s in scores.items()}


def _progress(name: str) -> Callable[[float], None]:
    def show(share: float) -> None:
        print(
            f"\r{name}: {share:.0%} ", end="\n" if share >= 1 else "", file=sys.stderr, flush=True
        )

    return show


def _print(found: Mapping[str, Figures], ways: Sequence[str], ours: str) -> None:
    """Print two tables as Markdown: the means, and the default less each other way."""
    names = list(found)
    print(
        f"\n| nDCG@{AT} | {' | '.join(names)} | mean of the sets |\n|---|{'---|' * (len(names) + 1)}"
    )
    for way in ways:
        means = [interval(found[name][way]).mean for name in names]
        cells = [f"{mean:.4f}" for mean in (*means, sum(means) / len(means))]
        print(f"| {way} | {' | '.join(cells)} |")
    print(
        f"\n| default less | {' | '.join(names)} | all questions |\n|---|{'---|' * (len(names) + 1)}"
    )
    everything = {w: [v for name in names for v in found[name][w]] for w in ways}
    for way in ways:
        if way != ours:
            cells = [_gain(values, way, ours) for values in (*found.values(), everything)]
            print(f"| {way} | {' | '.join(cells)} |")
    counted = ", ".join(f"{name} {len(found[name][ours])}" for name in names)
    print(f"\nQuestions: {counted}; {len(everything[ours])} in all.")


def _gain(figures: Figures, way: str, ours: str) -> str:
    gain = difference(figures[way], figures[ours])
    return f"{gain.mean:+.4f} [{gain.low:+.4f} {gain.high:+.4f}]"


async def main() -> None:
    """Print the table, or say what is missing."""
    folder = folder_or_skip() / "retrieval_and_qa"
    found: dict[str, Figures] = {}
    tried: dict[str, Figures] = {}
    for name in sys.argv[1:] or SETS:
        own = folder / name
        judged_set = read_judged_set(
            own / "corpus.jsonl.gz", own / "queries.jsonl.gz", own / "qrels.tsv"
        )
        found[name], tried[name] = await figures(judged_set, name)
        for fusion, values in found[name].items():
            print(f"  {fusion}: {interval(values).mean:.4f}", file=sys.stderr, flush=True)
    _print(found, list(FUSIONS), OURS)
    _print(tried, list(VARIANTS), DEFAULT_NAME)


if __name__ == "__main__":
    asyncio.run(main())
