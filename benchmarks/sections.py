"""The parts of a run: both legs and the whole search of one tenant, many tenants, cold starts."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from brute_force import BruteForce
from interleaving import Times, interleaved
from msgspec import Struct
from peers import Peers
from report import OURS, Section, milliseconds
from search_engines import ours
from search_engines.engine import Analyze, Peer, Search
from search_engines.hybrid_frameworks import HYBRID_FRAMEWORKS
from search_engines.hybrid_stores import hybrid_stores
from search_engines.lexical_peers import lexical_peers
from search_engines.vector_peers import LIMIT, VECTOR_PEERS
from zipf_corpus import Corpus, Part, Question

from ragtenancy.domain.tenants import TenantScope

COLD_STARTS = 9
CHECKED = 10
FIRST_QUESTIONS = 20
Exact = Callable[[Question], list[int]]


class Pace(Struct, frozen=True, kw_only=True):
    """Rounds of a section, and questions in each."""

    rounds: int
    questions: int


class Bench:
    """Measures sections over one corpus, one after the other."""

    def __init__(self, corpus: Corpus, peers: Peers, pace: Pace) -> None:
        self._corpus = corpus
        self._peers = peers
        self._pace = pace

    async def legs_and_whole(self, chunks: int) -> tuple[list[Section], list[str]]:
        """Return the tables of one tenant, and its row of cold starts."""
        parts = self._corpus.parts(1, chunks)
        of = f"one tenant of {chunks:,} chunks"
        with TemporaryDirectory() as name:
            folder = Path(name)
            async with ours.opened(folder / "ours") as own:
                await own.fill(parts)
                brute = BruteForce(parts[0], own.terms)
                words = await self._section(
                    f"BM25 alone, {of}",
                    {OURS: own.words_alone},
                    lexical_peers(own.terms),
                    parts,
                    folder / "words",
                    brute.words,
                )
                vectors = await self._section(
                    f"Vectors alone, {of}",
                    {OURS: own.vectors_alone},
                    [LIMIT, *VECTOR_PEERS],
                    parts,
                    folder / "vectors",
                    brute.vectors,
                )
                whole = await self._whole(of, own, parts, folder, brute.hybrid)
                scopes = own.scopes
            cold = [await self._cold(folder / "ours", scopes, parts) for _ in range(COLD_STARTS)]
        figures = milliseconds(statistics.median(cold)), milliseconds(max(cold))
        return [words, vectors, whole], [f"{chunks:,} chunks", *figures]

    async def whole(self, tenants: int, chunks: int) -> Section:
        """Return the table of the whole search alone; each question goes to the next tenant."""
        parts = self._corpus.parts(tenants, chunks)
        who = "one tenant" if tenants == 1 else f"{tenants} tenants in turn, each"
        with TemporaryDirectory() as name:
            async with ours.opened(Path(name) / "ours") as own:
                started = time.perf_counter()
                await own.fill(parts)
                print(f"  {OURS}: filled in {time.perf_counter() - started:.1f} s", flush=True)
                return await self._whole(f"{who} of {chunks:,} chunks", own, parts, Path(name))

    async def _whole(
        self,
        of: str,
        own: ours.Ours,
        parts: Sequence[Part],
        folder: Path,
        exact: Exact | None = None,
    ) -> Section:
        return await self._section(
            f"Whole hybrid search, {of}",
            {OURS: own.search, f"{OURS}, with texts": own.search_with_texts},
            hybrid_peers(own.terms),
            parts,
            folder / "whole",
            exact,
        )

    async def _section(
        self,
        title: str,
        own: Mapping[str, Search],
        peers: Sequence[Peer],
        parts: Sequence[Part],
        folder: Path,
        exact: Exact | None,
    ) -> Section:
        """Fill the peers, check all, time all."""
        print(title, flush=True)
        for search in own.values():
            await self._warm(search, parts)
        question = self._corpus.question(parts[0])
        searches = {**own, **await self._peers.filled(peers, parts, folder, question)}
        found = await self._found(searches, parts[0], exact) if exact else {}
        gc.collect()
        gc.freeze()  # nobody's question waits for a walk over everybody's objects
        times = await self._timed(searches, parts)
        gc.unfreeze()
        section = Section(title=title, times=times, found=found)
        print(section.text() + "\n", flush=True)
        return section

    async def _warm(self, search: Search, parts: Sequence[Part]) -> None:
        """Ask ours as often as a process of a while was asked; its kernel compiles meanwhile."""
        for _ in range(FIRST_QUESTIONS):
            await search(0, self._corpus.question(parts[0]))

    async def _timed(
        self, searches: Mapping[str, Search], parts: Sequence[Part]
    ) -> dict[str, Times]:
        pace = self._pace
        questions = max(pace.questions, len(parts))
        times = await interleaved(
            searches, self._corpus, parts, rounds=pace.rounds, questions=questions
        )
        self._peers.asked(times, parts, 2 * pace.rounds * questions)
        return times

    async def _found(
        self, searches: Mapping[str, Search], part: Part, exact: Exact
    ) -> dict[str, float]:
        """Return the mean share of the exact ten; ends the run where ours are not those."""
        ids = ours.names_of(len(part.texts))
        shares: dict[str, list[float]] = {name: [] for name in searches if name != LIMIT.name}
        for _ in range(CHECKED):
            question = self._corpus.question(part)
            best = [ids[at] for at in exact(question)]
            for name, shared in shares.items():
                answer = await searches[name](0, question)
                names = [ids[at] if isinstance(at, int) else at for at in answer]
                if name.startswith(OURS) and names != best:
                    raise SystemExit(f"{name}: the best ten are not those of brute force")
                shared.append(len({*names} & {*best}) / len(best))
        return {name: statistics.mean(shared) for name, shared in shares.items()}

    async def _cold(
        self, folder: Path, scopes: Sequence[TenantScope], parts: Sequence[Part]
    ) -> float:
        """Return the milliseconds of a question to a tenant of which nothing is in memory."""
        question = self._corpus.question(parts[0])
        async with ours.opened(folder, scopes) as again:
            started = time.perf_counter()
            await again.search(0, question)
            return (time.perf_counter() - started) * 1000


def hybrid_peers(analyze: Analyze) -> list[Peer]:
    """Return every peer that searches whole."""
    return [*hybrid_stores(analyze), *HYBRID_FRAMEWORKS]
