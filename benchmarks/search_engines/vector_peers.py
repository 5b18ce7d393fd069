"""Nearest vectors elsewhere, and the physical limit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import numpy as np
from zipf_corpus import DIMENSION, Part, Question

from search_engines.engine import TOP, Peer
from search_engines.lexical_peers import highest

LINKS, EXPANSION = 16, 64
CHROMA_BATCH = 2_000


class Limit:
    """The physical limit: the same bytes read by one dot product; it finds nothing."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._numbers = [part.vectors.copy().ravel() for part in parts]

    async def search(self, tenant: int, _question: Question) -> Sequence[int]:
        numbers = self._numbers[tenant]
        np.dot(numbers, numbers)
        return []


class Numpy:
    """One product and a partial sort."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._vectors = [part.vectors for part in parts]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        return highest(self._vectors[tenant] @ question.vector)


class Faiss:
    """faiss, exact."""

    def __init__(self, parts: Sequence[Part]) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._indexes = [faiss.IndexFlatIP(DIMENSION) for _ in parts]
        for index, part in zip(self._indexes, parts, strict=True):
            index.add(part.vectors)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        found: list[int] = self._indexes[tenant].search(question.vector[None], TOP)[1][0].tolist()
        return found


class UsearchExact:
    """usearch's scan."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from usearch.index import search

        self._search, self._vectors = search, [part.vectors for part in parts]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        vectors = self._vectors[tenant]
        found = self._search(vectors, question.vector, TOP, "ip", exact=True, threads=1)
        keys: list[int] = found.keys.tolist()
        return keys


class UsearchGraph:
    """usearch's graph; approximate."""

    def __init__(self, parts: Sequence[Part]) -> None:
        from usearch.index import Index

        self._indexes = []
        for part in parts:
            index = Index(
                ndim=DIMENSION,
                metric="ip",
                dtype="f32",
                connectivity=LINKS,
                expansion_add=100,
                expansion_search=EXPANSION,
            )
            index.add(np.arange(len(part.vectors)), part.vectors, threads=2)
            self._indexes.append(index)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        keys: list[int] = (
            self._indexes[tenant].search(question.vector, TOP, threads=1).keys.tolist()
        )
        return keys


class SqliteVec:
    """sqlite-vec, exact, one file a tenant."""

    def __init__(self, parts: Sequence[Part], folder: Path) -> None:
        import sqlite_vec

        self._files = []
        for number, part in enumerate(parts):
            file = apsw.Connection(str(folder / f"{number}.db"))
            file.enable_load_extension(True)  # noqa: FBT003 - apsw takes no name here
            file.load_extension(sqlite_vec.loadable_path())
            file.execute(
                f"CREATE VIRTUAL TABLE near USING "
                f"vec0(vector FLOAT[{DIMENSION}] distance_metric=cosine)"
            )
            rows = ((at, row.tobytes()) for at, row in enumerate(part.vectors, 1))
            with file:
                file.executemany("INSERT INTO near (rowid, vector) VALUES (?, ?)", rows)
            self._files.append(file)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        rows = self._files[tenant].execute(
            "SELECT rowid - 1 FROM near WHERE vector MATCH ? AND k = ? ORDER BY distance",
            (question.vector.tobytes(), TOP),
        )
        return [row[0] for row in rows]


class LanceVectors:
    """LanceDB's scan, one table a tenant."""

    def __init__(self, parts: Sequence[Part], folder: Path) -> None:
        import lancedb

        from search_engines.lance_tables import arrow_table

        database = lancedb.connect(str(folder))
        self._tables = [
            database.create_table(f"t{number}", arrow_table(part))
            for number, part in enumerate(parts)
        ]

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        asked = self._tables[tenant].search(question.vector).distance_type("dot")
        found: list[int] = asked.limit(TOP).select(["at"]).to_arrow()["at"].to_pylist()
        return found


class Chroma:
    """Chroma's graph on disk; approximate, one collection a tenant."""

    def __init__(self, parts: Sequence[Part], folder: Path) -> None:
        import chromadb

        settings = chromadb.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(str(folder), settings=settings)
        self._collections = []
        for number, part in enumerate(parts):
            collection = client.create_collection(
                f"tenant-{number}",
                configuration={"hnsw": {"space": "ip"}},
                embedding_function=None,
            )
            for first in range(0, len(part.texts), CHROMA_BATCH):
                rows = part.vectors[first : first + CHROMA_BATCH]
                names = [str(at) for at in range(first, first + len(rows))]
                collection.add(ids=names, embeddings=rows)
            self._collections.append(collection)

    async def search(self, tenant: int, question: Question) -> Sequence[int]:
        found = self._collections[tenant].query(
            query_embeddings=question.vector[None], n_results=TOP, include=[]
        )
        return [int(name) for name in found["ids"][0]]


LIMIT = Peer("limit: one dot product", lambda parts, _: Limit(parts))
VECTOR_PEERS = [
    Peer("numpy", lambda parts, _: Numpy(parts), "numpy"),
    Peer("faiss, exact", lambda parts, _: Faiss(parts), "faiss-cpu"),
    Peer("usearch, exact", lambda parts, _: UsearchExact(parts), "usearch"),
    Peer("usearch, graph", lambda parts, _: UsearchGraph(parts), "usearch"),
    Peer("sqlite-vec", SqliteVec, "sqlite-vec"),
    Peer("LanceDB", LanceVectors, "lancedb"),
    Peer("Chroma", Chroma, "chromadb"),
]
