"""Resources for opening backends."""

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
    """The settings shared by all backends, the machine, and the open clients.

    `index_bytes` bounds an index's memory, `threads` a local model's threads.
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
        """Return the function's result, opened only once: several ports share a client."""
        if open_client not in self.opened:
            self.opened[open_client] = open_client(self)
        return cast("Opened", self.opened[open_client])


class OtherStores(Struct, frozen=True, kw_only=True):
    """Stores from other backends than the records'; None means the records' backend's own."""

    vectors: VectorIndex | None = None
    blobs: BlobStore | None = None
    peppers: PepperStore | None = None


class Answering(Struct, frozen=True, kw_only=True):
    """Resources for a chat model to analyse a question."""

    embedders: Embedders
    question_vectors: QuestionVectors
    lexicons: Lexicons
    token_counter: TokenCounter
    sentence_vectors: SentenceVectorCache | None


class Preparing(Struct, frozen=True, kw_only=True):
    """Resources for setup and preflight: the embedders, loaded on demand, and adoption.

    With `apply`, setup changes what exists but differs. `say` receives what an operator must read
    before anything is created.
    """

    embedders: Callable[[], Embedders]
    adopt: Callable[[PlanClient], Awaitable[object]]
    dry_run: bool = False
    apply: bool = False
    say: Callable[[str], object] = lambda _: None
