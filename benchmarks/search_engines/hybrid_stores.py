"""Hybrid search of stores that hold both legs, and the plain way; the query vector is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from zipf_corpus import Part, Question

from ragtenancy.ports.embeddings import Vector
from search_engines.engine import BM25_WEIGHT, SEMANTIC_WEIGHT, TOP, Analyze, Peer
from search_engines.lance_tables import arrow_table
from search_engines.lexical_peers import highest


class Plain:
    """rank-bm25 and numpy as they are usually put together."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part]) -> None:
        from rank_bm25 import BM25Okapi

        self._analyze = analyze
        self._indexes = [
            (BM25Okapi([analyze(text) for text in part.texts]), part.vectors) for part in parts
        ]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        index, vectors = self._indexes[tenant]
        bm25 = index.get_scores(self._analyze(question.text))
        return highest(
            SEMANTIC_WEIGHT * (vectors @ question.vector)
            + BM25_WEIGHT * bm25 / max(bm25.max(), 1e-9)
        )


class Txtai:
    """txtai's hybrid index; its texts stay outside, so that only the search is measured."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from txtai.embeddings import Embeddings

        self._by_text: dict[str, Vector] = {}
        self._indexes = []

        def given(texts: Sequence[str]) -> np.ndarray:
            return np.stack([self._by_text[text] for text in texts])

        for part in parts:
            self._by_text = dict(zip(part.texts, part.vectors, strict=True))
            index = Embeddings(hybrid=True, method="external", transform=given)
            index.index((at, text, None) for at, text in enumerate(part.texts))
            self._indexes.append(index)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        self._by_text = {question.text: question.vector}
        found = self._indexes[tenant].search(question.text, TOP, weights=SEMANTIC_WEIGHT)
        return [at for at, _ in found]


class Lance:
    """LanceDB's hybrid query, its linear combination, one table a tenant."""

    def __init__(self, parts: Sequence[Part], folder: Path) -> None:
        import lancedb
        from lancedb.rerankers import LinearCombinationReranker

        self._reranker = LinearCombinationReranker(weight=SEMANTIC_WEIGHT)
        database = lancedb.connect(str(folder))
        self._tables = []
        for number, part in enumerate(parts):
            table = database.create_table(f"t{number}", arrow_table(part))
            table.create_fts_index("text")
            self._tables.append(table)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        asked = self._tables[tenant].search(query_type="hybrid").vector(question.vector)
        ranked = asked.text(question.text).rerank(self._reranker).limit(TOP)
        found: list[int] = ranked.select(["at"]).to_arrow()["at"].to_pylist()
        return found


def hybrid_stores(analyze: Analyze) -> list[Peer]:
    """Return the plain way and the stores."""
    return [
        Peer("rank-bm25 + numpy", lambda parts, _: Plain(analyze, parts), "rank-bm25", "numpy"),
        Peer("txtai", lambda parts, _: Txtai(parts), "txtai"),
        Peer("LanceDB", Lance, "lancedb"),
    ]
