"""BM25 elsewhere. All read the terms of our analyzer, and analyze the question when asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import numpy as np
from zipf_corpus import Part, Question

from search_engines.engine import TOP, Analyze, Peer


class RankBm25:
    """rank-bm25's scores and numpy's selection."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part]) -> None:
        from rank_bm25 import BM25Okapi

        self._analyze = analyze
        self._indexes = [BM25Okapi([analyze(text) for text in part.texts]) for part in parts]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        scores = self._indexes[tenant].get_scores(self._analyze(question.text))
        return highest(scores)


class RankBm25Rs:
    """rank-bm25-rs: the same in Rust."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part]) -> None:
        from rank_bm25_rs import BM25Okapi

        self._analyze = analyze
        self._indexes = [BM25Okapi([analyze(text) for text in part.texts]) for part in parts]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        return highest(np.asarray(self._indexes[tenant].get_scores(self._analyze(question.text))))


class Bm25s:
    """bm25s: scores computed while indexing."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part], backend: str) -> None:
        import bm25s

        self._analyze = analyze
        self._indexes = []
        for part in parts:
            index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend=backend)
            index.index([analyze(text) for text in part.texts], show_progress=False)
            self._indexes.append(index)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        terms = [self._analyze(question.text)]
        found, _ = self._indexes[tenant].retrieve(terms, k=TOP, show_progress=False)
        best: list[int] = found[0].tolist()
        return best


class Tantivy:
    """tantivy: an index of segments in Rust."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part], folder: Path) -> None:
        import tantivy

        self._analyze, self._searchers = analyze, []
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", stored=False, tokenizer_name="whitespace")
        schema.add_unsigned_field("at", stored=True)
        for number, part in enumerate(parts):
            own = folder / str(number)
            own.mkdir()
            index = tantivy.Index(schema.build(), path=str(own))
            writer = index.writer(50_000_000, 1)
            for at, text in enumerate(part.texts):
                document = tantivy.Document(text=" ".join(analyze(text)))
                document.add_unsigned("at", at)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
            self._searchers.append((index, index.searcher()))

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        index, searcher = self._searchers[tenant]
        query = index.parse_query(" ".join(self._analyze(question.text)), ["text"])
        return [searcher.doc(found)["at"][0] for _, found in searcher.search(query, TOP).hits]


class Fts5:
    """SQLite's FTS5, one file a tenant."""

    def __init__(self, analyze: Analyze, parts: Sequence[Part], folder: Path) -> None:
        self._analyze, self._files = analyze, []
        for number, part in enumerate(parts):
            file = apsw.Connection(str(folder / f"{number}.db"))
            file.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', detail='full')")
            rows = ((at, " ".join(analyze(text))) for at, text in enumerate(part.texts, 1))
            with file:
                file.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)
                file.execute("INSERT INTO words (words) VALUES ('optimize')")
            self._files.append(file)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        words = " OR ".join(f'"{term}"' for term in self._analyze(question.text))
        rows = self._files[tenant].execute(
            "SELECT rowid - 1 FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", (words, TOP)
        )
        return [row[0] for row in rows]


def lexical_peers(analyze: Analyze) -> list[Peer]:
    """Return the peers of the lexical leg, the one that ratios are against first."""
    return [
        Peer("rank-bm25", lambda parts, _: RankBm25(analyze, parts), "rank-bm25"),
        Peer("rank-bm25-rs", lambda parts, _: RankBm25Rs(analyze, parts), "rank-bm25-rs"),
        Peer("bm25s, numpy", lambda parts, _: Bm25s(analyze, parts, "numpy"), "bm25s"),
        Peer("bm25s, numba", lambda parts, _: Bm25s(analyze, parts, "numba"), "bm25s", "numba"),
        Peer("tantivy", lambda parts, folder: Tantivy(analyze, parts, folder), "tantivy"),
        Peer("SQLite FTS5", lambda parts, folder: Fts5(analyze, parts, folder)),
    ]


def highest(scores: np.ndarray) -> list[int]:
    """Return the positions of the best ten, best first."""
    count = min(TOP, len(scores))
    best = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
    ordered: list[int] = best[np.argsort(-scores[best], kind="stable")].tolist()
    return ordered
