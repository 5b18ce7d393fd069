"""The lexical engine beside rank-bm25 on the same terms: `python benchmarks/bench_lexical.py`.

Each engine gets the terms of a question and gives its best hundred chunks. Every question is new
to every engine. Ten questions at a time go to the engines in turn, in rotating order ("ten in a
row"), or one at a time ("one by one"), where each engine finds the processor's caches full of
another's data. A figure is the median of the rounds' own; a ratio is against rank-bm25 in the
same run. rank-bm25 computes its own formula, whose work is the same; our best ten are checked
against our formula computed the plain way.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from msgspec import Struct
from rank_bm25 import BM25Okapi
from zipf_corpus import Corpus

from ragtenancy.adapters.bm25.tenant_index import TenantIndex
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, chunk_id
from ragtenancy.engines.lexical.bm25 import DEFAULT, KernelLoader
from ragtenancy.engines.lexical.postings import TermCounts, count_terms

DEPTH = 100
TOP = 10
CHUNKS_PER_DOCUMENT = 20
REVISION = Revision("1-1")
WARM_UP = 200
Terms = Sequence[str]
Engine = Callable[[Terms], Sequence[object]]


def document_id(number: int) -> DocumentId:
    return DocumentId(f"doc_{number:07d}")


def id_of(at: int) -> ChunkId:
    return chunk_id(document_id(at // CHUNKS_PER_DOCUMENT), REVISION, at % CHUNKS_PER_DOCUMENT)


class Bench:
    """A corpus, and its engines."""

    def __init__(self, total_chunks: int) -> None:
        self._corpus = Corpus(total_chunks)
        self.terms = [text.split() for text in self._corpus.texts]
        self._okapi = BM25Okapi(self.terms)
        self.index = self._index()

    def question(self) -> Terms:
        """Return terms that nobody asked for before."""
        return self._corpus.question().text.split()

    def rank_bm25(self, terms: Terms) -> Sequence[object]:
        """Score every chunk and sort, as the package's `get_top_n` does."""
        best: list[int] = np.argsort(self._okapi.get_scores(list(terms)))[::-1][:DEPTH].tolist()
        return best

    def agrees(self, engine: Engine, questions: int = 3) -> bool:
        """Tell whether an engine's best ten are those of scoring every chunk by the formula."""
        counts = [Counter(terms) for terms in self.terms]
        lengths = np.array([len(terms) for terms in self.terms])
        norms = DEFAULT.length_norms(lengths, lengths.mean())
        return all(
            list(engine(terms)[:TOP]) == self._best(terms, counts, norms)
            for terms in (self.question() for _ in range(questions))
        )

    def _best(
        self, terms: Terms, counts: Sequence[Counter[str]], norms: np.ndarray
    ) -> list[ChunkId]:
        scores = np.zeros(len(counts))
        for term in terms:
            frequencies = np.array([count[term] for count in counts], np.float64)
            holders = int((frequencies > 0).sum())
            idf = math.log(1 + (len(counts) - holders + 0.5) / (holders + 0.5))
            scores += idf * (frequencies * (DEFAULT.k1 + 1) / (frequencies + norms))
        return [id_of(at) for at in np.argsort(-scores, kind="stable")[:TOP].tolist()]

    def _index(self) -> TenantIndex:
        index = TenantIndex(DEFAULT, Fingerprint("bench"))
        loaded: dict[tuple[DocumentId, Revision], list[TermCounts]] = {}
        for at, terms in enumerate(self.terms):
            key = (document_id(at // CHUNKS_PER_DOCUMENT), REVISION)
            loaded.setdefault(key, []).append(count_terms(terms))
        index.apply(1, [], loaded, index.rebuilt([], loaded))
        return index


def again(index: TenantIndex) -> TenantIndex:
    """Return another index over the same postings."""
    another = TenantIndex(DEFAULT, index.analysis)
    another.restore(index.to_save()())
    another.apply(1, [], {})
    return another


def asked(index: TenantIndex) -> Engine:
    """Return the engine of an index."""
    return lambda terms: index.search(terms, DEPTH, None).chunk_ids


class Times(Struct, frozen=True):
    """Milliseconds of a question."""

    p50: float
    p99: float


def interleaved(
    bench: Bench, engines: Mapping[str, Engine], rounds: int, questions: int, in_a_row: int
) -> dict[str, Times]:
    """Return each engine's times, medians over the rounds."""
    names = list(engines)
    found: dict[str, list[Times]] = {name: [] for name in names}
    for _ in range(rounds):
        taken: dict[str, list[float]] = {name: [] for name in names}
        for number in range(questions // in_a_row):
            asked_now = [bench.question() for _ in range(in_a_row)]
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                taken[name] += [milliseconds(partial(engines[name], q)) for q in asked_now]
        for name, times in taken.items():
            found[name].append(Times(float(np.median(times)), float(np.percentile(times, 99))))
    return {name: median_of(each) for name, each in found.items()}


def median_of(rounds: Sequence[Times]) -> Times:
    return Times(
        statistics.median(times.p50 for times in rounds),
        statistics.median(times.p99 for times in rounds),
    )


def changes(bench: Bench, changes: int = 100) -> dict[str, float]:
    """Return the milliseconds of adding and removing one chunk, and of the next question."""
    index, taken = bench.index, dict[str, list[float]]()
    for number in range(changes):
        document, revision = DocumentId(f"new_{number}"), REVISION
        chunk = count_terms(bench.terms[number])
        steps: dict[str, Callable[[], object]] = {
            "add": partial(index.apply, 2, [], {(document, revision): [chunk]}),
            "question after it": partial(index.search, bench.question(), DEPTH, None),
            "remove": partial(index.apply, 3, [document], {}),
        }
        for name, work in steps.items():
            taken.setdefault(name, []).append(milliseconds(work))
    return {name: statistics.median(times) for name, times in taken.items()}


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def measure(total_chunks: int, rounds: int, questions: int) -> None:
    """Print the table of one size."""
    bench = Bench(total_chunks)
    engines: dict[str, Engine] = {"rank-bm25": bench.rank_bm25, "ours: numpy": asked(bench.index)}
    source = KernelLoader()
    source.start()
    if kernel := source.wait():
        compiled = again(bench.index)
        compiled.kernel = kernel
        engines["ours: kernel"] = asked(compiled)
    ours = [engine for name, engine in engines.items() if name.startswith("ours")]
    same = all(bench.agrees(engine) for engine in ours)
    first = milliseconds(partial(ours[0], bench.question()))
    for _ in range(WARM_UP):
        terms = bench.question()
        for engine in ours:
            engine(terms)
    print(f"\n{total_chunks:,} chunks; top ten equal to the formula's: {same}")
    for how, in_a_row in (("ten in a row", 10), ("one by one", 1)):
        table(how, interleaved(bench, engines, rounds, questions, in_a_row))
    print(f"{'an early question':28}{first:10.3f}")
    for name, taken in changes(bench).items():
        print(f"{'one chunk: ' + name:28}{taken:10.3f}")
    print(f"{'megabytes':28}{bench.index.nbytes / 1e6:10.1f}")


def table(how: str, found: Mapping[str, Times]) -> None:
    """Print the engines' rows."""
    print(f"{how:28}{'p50 ms':>10}{'p99 ms':>10}{'ratio':>8}")
    for name, times in found.items():
        ratio = found["rank-bm25"].p50 / times.p50
        print(f"{name:28}{times.p50:10.3f}{times.p99:10.3f}{ratio:8.0f}")


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=20, help="in each round")
    asked_for = parser.parse_args()
    print(f"{os.cpu_count()} processors, numpy {np.__version__}")
    for total_chunks in asked_for.chunks:
        measure(total_chunks, asked_for.rounds, asked_for.questions)


if __name__ == "__main__":
    main()
