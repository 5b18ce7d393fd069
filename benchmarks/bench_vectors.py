"""The vector engine beside one dot product over the same bytes: `make bench-vectors`.

For each number of chunks: the scan alone, an exact search for 10 and for 100, the search by signs,
and what that one finds of the exact ten and hundred. Each is a median; a method's turn among the
others rotates; the ratio is against `np.dot` of the float32 matrix with itself, which reads every
byte once. Then a tenant in its file: its first search, and what one more chunk costs beside a bare
commit.

Vectors are made up, around directions as those of texts are, unless `--vectors` and `--queries`
name `.npy` files, float32 of shape (texts, dimension): `embed_pieces.py` writes such files.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_cache import VectorCache
from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
from ragtenancy.domain.documents import ManifestEntry
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
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.vectors.scan import max_norm
from ragtenancy.ports.embeddings import Vector, Vectors

CHUNKS_PER_DOCUMENT = 20
DIMENSION = 384
FIRST = Revision("1-1")
NEVER = 1 << 60
SCOPE = TenantScope(
    tenant_id=TenantId("bench"), tenant_uid=TenantUid("t" + "a" * 26), namespace=Namespace("bench")
)
Method = Callable[[Vector], object]


def made_up(count: int, seed: int) -> Vectors:
    """Vectors of length 1 around a few hundred directions."""
    generator = np.random.default_rng(seed)
    directions = np.random.default_rng(0).standard_normal((300, DIMENSION), dtype=np.float32)
    vectors = generator.standard_normal((count, DIMENSION), dtype=np.float32)
    vectors += 0.7 * directions[generator.integers(0, 300, count)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def rows_of(vectors: Vectors, *, max_exact: int) -> VectorRows:
    """Return an index over an array, not copied."""
    rows = VectorRows(vectors.shape[1], vectors, max_exact=max_exact)
    starts = range(0, len(vectors), CHUNKS_PER_DOCUMENT)
    parts = [(_name(at), FIRST, len(vectors[at : at + CHUNKS_PER_DOCUMENT])) for at in starts]
    rows.adopt(parts, max_norm=max_norm(vectors))
    return rows


def scans(vectors: Vectors, queries: Vectors) -> None:
    """Print the table of one size."""
    exact, signs = (rows_of(vectors, max_exact=most) for most in (NEVER, 0))
    flat = vectors.ravel()
    methods: dict[str, Method] = {
        "one dot product": lambda _: np.dot(flat, flat),
        "scan": exact.all_scores,
        "exact, 10": lambda query: exact.search(query, 10, None),
        "exact, 100": lambda query: exact.search(query, 100, None),
        "signs, 10": lambda query: signs.search(query, 10, None),
        "signs, 100": lambda query: signs.search(query, 100, None),
    }
    found = _in_turn(methods, queries)
    limit = found["one dot product"]
    print(f"\n{len(vectors):,} chunks{'us':>27}{'ratio':>8}")
    for name, taken in found.items():
        print(f"  {name:24}{taken * 1e6:12.0f}{taken / limit:8.2f}")
    for most in (10, 100):
        print(f"  {f'signs: recall@{most}':24}{_recall(exact, signs, queries, most):20.4f}")


async def life(vectors: Vectors, queries: Vectors) -> None:
    """Print what a tenant's file costs: opening it, and one more chunk."""
    with TemporaryDirectory() as folder:
        files = TenantFiles(Path(folder))
        await files.create(SCOPE)
        manifest = await _stored(files, vectors)
        figures = {
            "first search, file mapped": await _cold(files, manifest, queries, forget=False),
            "first search, from the table": await _cold(files, manifest, queries, forget=True),
            **await _one_more(files, manifest, vectors, queries),
        }
        await files.close()
    print(f"\n{len(vectors):,} chunks in a tenant's file{'ms':>10}")
    for name, taken in figures.items():
        print(f"  {name:31}{taken * 1e3:10.3f}")


def _in_turn(methods: dict[str, Method], queries: Vectors) -> dict[str, float]:
    names = list(methods)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for at, query in enumerate(queries):
        turn = at % len(names)
        for name in names[turn:] + names[:turn]:
            started = time.perf_counter()
            methods[name](query)
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(times) for name, times in taken.items()}


def _recall(exact: VectorRows, signs: VectorRows, queries: Vectors, most: int) -> float:
    def first(rows: VectorRows, query: Vector) -> set[ChunkId]:
        return set(rows.search(query, most, None)[0][:most])

    return statistics.fmean(len(first(exact, q) & first(signs, q)) / most for q in queries)


async def _stored(files: TenantFiles, vectors: Vectors) -> Manifest:
    index, entries = SqliteVectorIndex(files), {}
    for at in range(0, len(vectors), CHUNKS_PER_DOCUMENT):
        part = vectors[at : at + CHUNKS_PER_DOCUMENT]
        await index.stage(SCOPE, _name(at), FIRST, part)
        entries[_name(at)] = _entry(_name(at), len(part))
    return Manifest(generation=1, entries=entries)


async def _cold(files: TenantFiles, manifest: Manifest, queries: Vectors, *, forget: bool) -> float:
    cache, times = VectorCache(files), []
    await SqliteVectorIndex(files, cache=cache).search(SCOPE, manifest, queries[0], limit=100)
    for query in queries[:20]:
        await cache.saved()
        if forget:
            (files.cache_folder(SCOPE) / "vectors.f32").unlink(missing_ok=True)
        index = SqliteVectorIndex(files, cache=cache)
        times.append(await _seconds(index.search(SCOPE, manifest, query, limit=100)))
    return statistics.median(times)


async def _one_more(
    files: TenantFiles, manifest: Manifest, vectors: Vectors, queries: Vectors
) -> dict[str, float]:
    index = SqliteVectorIndex(files)
    await files.write(SCOPE, lambda file: file.execute("CREATE TABLE plain (data)"))
    await index.search(SCOPE, manifest, queries[0], limit=100)
    rounds = []
    for at, query in enumerate(queries[:40]):
        entry = _entry(f"new_{at}", 1)
        rounds.append(await _round(files, index, manifest, entry, vectors[at : at + 1], query))
        manifest = Manifest(generation=manifest.generation + 2, entries=manifest.entries)
    return {name: statistics.median(taken[name] for taken in rounds) for name in rounds[0]}


async def _round(
    files: TenantFiles,
    index: SqliteVectorIndex,
    manifest: Manifest,
    entry: ManifestEntry,
    vector: Vectors,
    query: Vector,
) -> dict[str, float]:
    """Return what each step takes: the last search knows nothing of the chunk again."""
    data, name = vector.tobytes(), entry.document_id
    more = Manifest(generation=manifest.generation + 1, entries={**manifest.entries, name: entry})
    less = Manifest(generation=manifest.generation + 2, entries=manifest.entries)
    bare = files.write(SCOPE, lambda file: file.execute("INSERT INTO plain VALUES (?)", (data,)))
    return {
        "search": await _seconds(index.search(SCOPE, manifest, query, limit=100)),
        "a bare commit": await _seconds(bare),
        "one chunk staged": await _seconds(index.stage(SCOPE, name, FIRST, vector)),
        "next search": await _seconds(index.search(SCOPE, more, query, limit=100)),
        "one chunk deleted": await _seconds(index.delete(SCOPE, name)),
        "next search after that": await _seconds(index.search(SCOPE, less, query, limit=100)),
    }


async def _seconds(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def _name(at: int) -> DocumentId:
    return DocumentId(f"doc_{at:07d}")


def _entry(name: str, total_chunks: int) -> ManifestEntry:
    return ManifestEntry(
        document_id=DocumentId(name),
        revision=FIRST,
        filename=f"{name}.txt",
        version=1,
        total_chunks=total_chunks,
        embedding_fingerprint=Fingerprint("bench"),
    )


def main() -> None:
    """Measure the sizes asked for, up to as many vectors as there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000, 50_000, 100_000])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--questions", type=int, default=100)
    asked = parser.parse_args()
    print(f"{os.cpu_count()} processors, numpy {np.__version__}")
    vectors = np.load(asked.vectors) if asked.vectors else made_up(max(asked.chunks), 1)
    queries = np.load(asked.queries) if asked.queries else made_up(asked.questions, 2)
    for total in sorted({min(total, len(vectors)) for total in asked.chunks}):
        scans(vectors[:total].copy(), queries[: asked.questions])
        if total <= 10_000:
            asyncio.run(life(vectors[:total], queries))


if __name__ == "__main__":
    main()
