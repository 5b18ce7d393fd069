"""nDCG@10 of the default search on judged sets: `EVAL_DATA=… python benchmarks/fusion_check.py`.

Each text is one chunk (title, then text) and goes whole through our adapters: analyzer, BM25,
the local sentence model, SQLite vectors, both true scores, the ranker with 0.7 and 0.3.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from bench_search import SCOPE, Ours, chunk_id_of
from plain_search import DEPTH, LANGUAGE, TOP
from zipf_corpus import Question

from ragtenancy.adapters.minilm.embeddings import MiniLmEmbedder
from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.ports.embeddings import Vectors

SETS = ("scifact", "cran", "cacm", "med")
BATCH = 64
Judgements = Mapping[str, float]


class JudgedSet:
    """A corpus with questions and judgements."""

    def __init__(self, folder: Path) -> None:
        corpus = list(_lines(folder / "corpus.jsonl.gz"))
        self.ids = [line["id"] for line in corpus]
        self.texts = [f"{line.get('title') or ''}\n{line['text']}".strip() for line in corpus]
        self.vectors: Vectors = np.empty((0, 0), np.float32)
        self.judged: dict[str, dict[str, float]] = defaultdict(dict)
        for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
            question, document, grade = line.split("\t")
            self.judged[question][document] = float(grade)
        questions = _lines(folder / "queries.jsonl.gz")
        self.questions = {q["id"]: q["text"] for q in questions if q["id"] in self.judged}


async def embedded(embedder: MiniLmEmbedder, texts: Sequence[str]) -> Vectors:
    """Return the vectors of the texts, similar lengths together."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    vectors = np.empty((len(texts), embedder.model.dimension), np.float32)
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        vectors[batch] = await embedder.embed([texts[at] for at in batch])
    return vectors


def ndcg(found: Sequence[str], judged: Judgements) -> float:
    """Return nDCG@10 with linear gains."""
    gains = [judged.get(document, 0.0) for document in found[:TOP]]
    ideal = sorted(judged.values(), reverse=True)[:TOP]
    most = sum(gain / math.log2(at + 2) for at, gain in enumerate(ideal))
    return sum(gain / math.log2(at + 2) for at, gain in enumerate(gains)) / most if most else 0.0


async def measured(judged_set: JudgedSet, embedder: MiniLmEmbedder) -> dict[str, float]:
    """Return the means over the questions: words alone, vectors alone, both."""
    judged_set.vectors = await embedded(embedder, judged_set.texts)
    of_chunk = {chunk_id_of(at): document for at, document in enumerate(judged_set.ids)}
    vectors = await embedded(embedder, list(judged_set.questions.values()))
    scores: dict[str, list[float]] = {"words": [], "vectors": [], "hybrid": []}
    with TemporaryDirectory() as folder:
        files = TenantFiles(Path(folder))
        await files.create(SCOPE)
        ours = Ours(files)
        await ours.load(judged_set)
        for (name, text), vector in zip(judged_set.questions.items(), vectors, strict=True):
            question = Question(text, vector)
            worded = await ours.lexical.search(
                SCOPE, ours.manifest, text, language=LANGUAGE, limit=DEPTH
            )
            near = await ours.vectors.search(SCOPE, ours.manifest, vector, limit=DEPTH)
            ranked = await ours.search(question)
            for leg, hits in (("words", worded.hits), ("vectors", near.hits), ("hybrid", ranked)):
                found = [of_chunk[hit.chunk_id] for hit in hits]
                scores[leg].append(ndcg(found, judged_set.judged[name]))
        await files.close()
    return {leg: float(np.mean(values)) for leg, values in scores.items()}


async def main() -> None:
    """Print the table, or say what is missing."""
    data = os.environ.get("EVAL_DATA")
    if not data:
        print("Skipped: EVAL_DATA names no folder with judged sets.")
        return
    embedder = MiniLmEmbedder(embedded_model())
    rows = []
    for name in sys.argv[1:] or SETS:
        found = await measured(JudgedSet(Path(data) / "retrieval_and_qa" / name), embedder)
        rows.append(found)
        _print(name, found)
    _print("mean", {leg: float(np.mean([row[leg] for row in rows])) for leg in rows[0]})


def _print(name: str, found: Mapping[str, float]) -> None:
    print(
        f"{name:10}" + "".join(f"{leg:>10} {value:.4f}" for leg, value in found.items()), flush=True
    )


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


if __name__ == "__main__":
    asyncio.run(main())
