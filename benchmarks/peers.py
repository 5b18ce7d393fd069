"""Filling peers: one that is missing, fails or would take too long is left out, with a word."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from interleaving import Times
from msgspec import Struct
from search_engines.engine import Engine, Peer, Search
from zipf_corpus import Part, Question


class Line(Struct, frozen=True):
    """Seconds by chunks, drawn through the last two sizes: the first holds imports, too."""

    chunks: int = 0
    seconds: float = 0.0
    each: float = 0.0

    def at(self, chunks: int) -> float:
        """Return the seconds to expect; one size alone says nothing of another."""
        return self.seconds + self.each * (chunks - self.chunks)

    def on(self, chunks: int, seconds: float) -> Line:
        """Return the line through the last size and this one."""
        more, longer = chunks - self.chunks, seconds - self.seconds
        each = max(longer / more, 0.0) if self.chunks and more > 0 else self.each
        return Line(chunks, seconds, each)


class Peers:
    """Fills peers within a budget of seconds each, foretold by what they took before."""

    def __init__(self, seconds: float, names: Collection[str] | None = None) -> None:
        self._seconds = seconds
        self._names = names
        self._filling: dict[str, Line] = {}
        self._asking: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        self.distributions = dict.fromkeys(["ragtenancy", "numpy"])

    async def filled(
        self, peers: Iterable[Peer], parts: Sequence[Part], folder: Path, question: Question
    ) -> dict[str, Search]:
        """Return by name the searches of those that could be filled and answer a question."""
        searches: dict[str, Search] = {}
        wanted = [peer for peer in peers if self._names is None or peer.name in self._names]
        for number, peer in enumerate(wanted):
            engine = self._filled(peer, parts, folder / f"{peer.name}-{number}")
            if engine is not None and await self._answers(peer, engine, question):
                searches[peer.name] = engine.search
                self.distributions |= dict.fromkeys(peer.distributions)
        return searches

    def asked(self, times: Mapping[str, Times], parts: Sequence[Part], questions: int) -> None:
        """Note what so many questions took, to foretell more chunks."""
        for name, taken in times.items():
            chunks = len(parts[0].texts)
            self._asking[name] = taken.p50 / 1000 * questions / chunks

    def _filled(self, peer: Peer, parts: Sequence[Part], own: Path) -> Engine | None:
        name, chunks = peer.name, sum(len(part.texts) for part in parts)
        seconds = self._filling.get(name, Line()).at(chunks)
        seconds += self._asking.get(name, 0.0) * len(parts[0].texts)
        if seconds > self._seconds:
            self._leave_out(name, f"{chunks:,} chunks would take {seconds:.0f} s")
            return None
        own.mkdir(parents=True)
        started = time.perf_counter()
        try:
            engine = peer.opened(parts, own)
        except ImportError as error:
            self._leave_out(name, f"{error.name} is not installed")
            return None
        except Exception as error:  # noqa: BLE001 - a peer's fault must not end the run
            self._leave_out(name, _brief(error))
            return None
        taken = time.perf_counter() - started
        self._filling[name] = self._filling.get(name, Line()).on(chunks, taken)
        print(f"  {name}: filled in {taken:.1f} s", flush=True)
        return engine

    async def _answers(self, peer: Peer, engine: Engine, question: Question) -> bool:
        try:
            await engine.search(0, question)
        except Exception as error:  # noqa: BLE001 - a peer's fault must not end the run
            self._leave_out(peer.name, _brief(error))
            return False
        return True

    def _leave_out(self, name: str, reason: str) -> None:
        self.left_out.setdefault(name, reason)
        print(f"  {name}: skipped, {reason}", flush=True)


def _brief(error: Exception) -> str:
    print(f"  {error}", flush=True)
    return type(error).__name__
