"""The kinds of ports for which the settings choose a backend, and what a backend says of each.

Each offer has the name by which it is chosen. `implied` tells whether its variables alone choose
it; of several that are implied the last in the list of backends wins, else the first of the list
serves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from ragtenancy.backend.sections import Chosen

if TYPE_CHECKING:
    from ragtenancy.backend.resources import Answering, Beside, Preparing, Resources
    from ragtenancy.backend.stores import Stores
    from ragtenancy.ports.analyzers import Analyzer
    from ragtenancy.ports.blobs import BlobStore
    from ragtenancy.ports.chat_models import ChatModel
    from ragtenancy.ports.chunks import ChunkRepository
    from ragtenancy.ports.embeddings import Embedder
    from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.images import ImageDescriber
    from ragtenancy.ports.job_signals import JobSignals
    from ragtenancy.ports.lexical import LexicalIndex
    from ragtenancy.ports.tenant_storage import TenantStorage
    from ragtenancy.ports.vectors import VectorIndex


class Place(StrEnum):
    """Where what is stored lies: with a service, in the data folder, or in the process alone."""

    SERVICE = "service"
    FOLDER = "folder"
    PROCESS = "process"


class Backends(Struct, frozen=True, kw_only=True):
    """The names of the backends in use; `local` images are OCR where it is installed, else none.

    `embeddings` is the operator's list, the default first.
    """

    records: str
    vectors: str
    blobs: str
    chat: str
    embeddings: Sequence[str]
    images: str
    signals: str

    def of(self, kind: str) -> Sequence[str]:
        """Return the names in use for a kind of port."""
        names: str | Sequence[str] = getattr(self, kind, ())
        return (names,) if isinstance(names, str) else names


def _never(_: Chosen) -> bool:
    return False


class Offer(Struct, frozen=True, kw_only=True):
    """A kind of port that a technology serves; `label` says with what, for an operator."""

    name: str
    implied: Callable[[Chosen], bool] = _never
    label: Callable[[Chosen], str] | None = None

    def labelled(self, chosen: Chosen) -> str:
        """Return what an operator is shown. Raises `ConfigurationError` for a missing model."""
        return self.name if self.label is None else self.label(chosen)


class RecordsOffer(Offer, frozen=True, kw_only=True):
    """Clients, keys, documents, chunks, conversations, jobs.

    `vectors` and `blobs` name those that live and go with the records, where there are any. `idle` is how rarely
    an idle worker looks at the queue, where a look is paid for. `stand_in` gives the clients file
    that serves while the service cannot be reached, None while it can or where none is named.
    """

    open: Callable[[Resources, Beside], Stores]
    place: Place
    vectors: str | None = None
    blobs: str | None = None
    idle: timedelta | None = None
    stand_in: Callable[[Chosen], Path | None] | None = None


class OpenedVectors(Struct, frozen=True, kw_only=True):
    """A vector index that does not lie with the records.

    `with_texts` gives the chunk store the texts that lie beside vectors, too.
    """

    index: VectorIndex
    storage: TenantStorage
    with_texts: Callable[[ChunkRepository], ChunkRepository] | None = None


class VectorsOffer(Offer, frozen=True, kw_only=True):
    """Vectors of chunks; `foreign` opens the namespaces that other programs filled."""

    open: Callable[[Resources], OpenedVectors]
    place: Place = Place.SERVICE
    foreign: Callable[[Resources], ForeignNamespaces] | None = None


class OpenedBlobs(Struct, frozen=True, kw_only=True):
    """Originals that do not lie with the records."""

    store: BlobStore
    storage: TenantStorage


class BlobsOffer(Offer, frozen=True, kw_only=True):
    """Originals."""

    open: Callable[[Resources], OpenedBlobs]
    place: Place = Place.SERVICE


class ChatOffer(Offer, frozen=True, kw_only=True):
    """Who writes answers; `model` is the name by which a client's configuration may ask for it."""

    open: Callable[[Resources, Answering], ChatModel]
    model: Callable[[Chosen], str | None] | None = None


class EmbeddingsOffer(Offer, frozen=True, kw_only=True):
    """Who embeds texts."""

    open: Callable[[Resources], Embedder]


class ImagesOffer(Offer, frozen=True, kw_only=True):
    """Who describes pictures; one that is `local` takes what a model rejects, where installed."""

    open: Callable[[Resources], ImageDescriber]
    local: bool = False
    installed: Callable[[], bool] | None = None


class JobListener(Protocol):
    """Hears hints from a broker."""

    async def listen(self, work: Callable[[], Awaitable[None]], *, at_once: int) -> None:
        """Do `work` once per hint, `at_once` at a time, until cancelled."""


class SignalsOffer(Offer, frozen=True, kw_only=True):
    """Who tells workers that a job waits, and who hears it."""

    open: Callable[[Resources], JobSignals]
    listen: Callable[[Resources], JobListener]


class LexicalOffer(Offer, frozen=True, kw_only=True):
    """The lexical index; its caches lie in a folder of each tenant, where there is one."""

    open: Callable[[Resources, ChunkRepository, Analyzer, Path | None], LexicalIndex]


class Backend(Struct, frozen=True, kw_only=True):
    """One technology: its settings, what it serves, and how it is prepared and checked.

    Functions open what they need through `Resources.once` and import the SDK themselves.
    `faults` tells what keeps the settings from holding; `set_up` returns what was, or would be,
    done, a line each, and `adopt_clients` runs when every backend is set up; `preflight` raises
    `ConfigurationError` for what cannot be used.
    """

    name: str
    section: type[Struct] | None = None
    records: RecordsOffer | None = None
    vectors: VectorsOffer | None = None
    blobs: BlobsOffer | None = None
    chat: ChatOffer | None = None
    embeddings: EmbeddingsOffer | None = None
    images: ImagesOffer | None = None
    signals: SignalsOffer | None = None
    lexical: LexicalOffer | None = None
    faults: Callable[[Chosen, Backends], Iterator[str]] | None = None
    probe: Callable[[Resources], Probe] | None = None
    set_up: Callable[[Resources, Preparing], Awaitable[Sequence[str]]] | None = None
    adopt_clients: Callable[[Resources, Preparing], Awaitable[Sequence[str]]] | None = None
    preflight: Callable[[Resources, Preparing], Awaitable[None]] | None = None

    def is_used(self, backends: Backends) -> bool:
        """Return whether it serves any port."""
        kinds = type(backends).__struct_fields__
        offers = {kind: offer for kind in kinds if (offer := getattr(self, kind))}
        return any(offer.name in backends.of(kind) for kind, offer in offers.items())
