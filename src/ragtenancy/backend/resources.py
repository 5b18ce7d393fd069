"""What a backend is opened with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct, field

from ragtenancy.backend.sections import Chosen, Section

if TYPE_CHECKING:
    from ragtenancy.domain.content import Lexicons
    from ragtenancy.domain.plan_clients import PlanClient
    from ragtenancy.ports.api_keys import PepperStore
    from ragtenancy.ports.blobs import BlobStore
    from ragtenancy.ports.clock import Clock
    from ragtenancy.ports.embeddings import Embedders, QuestionVectors
    from ragtenancy.ports.jobs import Holders
    from ragtenancy.ports.metrics import Metrics
    from ragtenancy.ports.sentence_vectors import SentenceVectorCache
    from ragtenancy.ports.token_counters import TokenCounter
    from ragtenancy.ports.vectors import VectorIndex

Opened = TypeVar("Opened")


class Resources(Struct, frozen=True, kw_only=True):
    """The settings that concern every backend, the machine, and the clients that are open.

    `index_bytes` bounds what an index keeps in memory, `threads` what a local model runs on.
    """

    chosen: Chosen
    data_dir: Path
    index_bytes: int
    threads: int
    clock: Clock
    holders: Holders
    metrics: Metrics
    closers: AsyncExitStack
    opened: dict[object, object] = field(default_factory=dict)

    @property
    def tenants_dir(self) -> Path:
        """The folder with a folder for each tenant."""
        return self.data_dir / "tenants"

    def section(self, kind: type[Section]) -> Section:
        """Return the settings of one service."""
        return self.chosen.section(kind)

    def once(self, open_client: Callable[[Resources], Opened]) -> Opened:
        """Return what the function opens, opened once: several ports share a client."""
        if open_client not in self.opened:
            self.opened[open_client] = open_client(self)
        return cast("Opened", self.opened[open_client])


class Beside(Struct, frozen=True, kw_only=True):
    """The stores that the records' backend does not bring itself; None is what it brings."""

    vectors: VectorIndex | None = None
    blobs: BlobStore | None = None
    peppers: PepperStore | None = None


class Answering(Struct, frozen=True, kw_only=True):
    """What a chat model may read a question with."""

    embedders: Embedders
    question_vectors: QuestionVectors
    lexicons: Lexicons
    token_counter: TokenCounter
    sentence_vectors: SentenceVectorCache | None


class Preparing(Struct, frozen=True, kw_only=True):
    """What set-up and preflight may need: the embedders, loaded when asked for, and adoption."""

    embedders: Callable[[], Embedders]
    adopt: Callable[[PlanClient], Awaitable[object]]
    dry_run: bool = False
