"""The kinds of ports for which the settings choose a backend, and a backend's offer of each.

Each offer has the name by which it is chosen. `implied` states whether its variables alone choose
it; of several implied offers the last in the list of backends wins, else the first in the list
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
    from ragtenancy.backend.azure_template import AzurePart, Grantee
    from ragtenancy.backend.resources import Answering, OtherStores, Preparing, Resources
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
    from ragtenancy.ports.plan_documents import PlanDocuments
    from ragtenancy.ports.tenant_storage import TenantStorage
    from ragtenancy.ports.vectors import VectorIndex


class Place(StrEnum):
    """Where data is stored: with a service, in the data folder, or only in the process."""

    SERVICE = "service"
    FOLDER = "folder"
    PROCESS = "process"


class Backends(Struct, frozen=True, kw_only=True):
    """The names of the backends in use; `local` images mean OCR if installed, else none.

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
    """A kind of port that a backend serves; `label` describes it for an operator."""

    name: str
    implied: Callable[[Chosen], bool] = _never
    label: Callable[[Chosen], str] | None = None

    def labelled(self, chosen: Chosen) -> str:
        """Return the label for an operator. Raises `ConfigurationError` for a missing model."""
        return self.name if self.label is None else self.label(chosen)


class RecordsOffer(Offer, frozen=True, kw_only=True):
    """Clients, keys, documents, chunks, conversations, jobs.

    `vectors` and `blobs` name those stored with the records, if any. `idle` is the polling interval
    of an idle worker if polling is paid for. `stand_in` returns the clients file that serves while
    the service is unreachable, None while it is reachable or without such a file. `plan_documents`
    opens the original plan's records of documents.
    """

    open: Callable[[Resources, OtherStores], Stores]
    place: Place
    vectors: str | None = None
    blobs: str | None = None
    idle: timedelta | None = None
    stand_in: Callable[[Chosen], Path | None] | None = None
    plan_documents: Callable[[Resources], PlanDocuments] | None = None


class OpenedVectors(Struct, frozen=True, kw_only=True):
    """A vector index stored apart from the records.

    `with_texts` adds the texts stored beside vectors to the chunk store.
    """

    index: VectorIndex
    storage: TenantStorage
    with_texts: Callable[[ChunkRepository], ChunkRepository] | None = None


class VectorsOffer(Offer, frozen=True, kw_only=True):
    """Vectors of chunks; `foreign` opens other programs' namespaces."""

    open: Callable[[Resources], OpenedVectors]
    place: Place = Place.SERVICE
    foreign: Callable[[Resources], ForeignNamespaces] | None = None


class OpenedBlobs(Struct, frozen=True, kw_only=True):
    """A store of originals apart from the records."""

    store: BlobStore
    storage: TenantStorage


class BlobsOffer(Offer, frozen=True, kw_only=True):
    """Originals."""

    open: Callable[[Resources], OpenedBlobs]
    place: Place = Place.SERVICE


class ChatOffer(Offer, frozen=True, kw_only=True):
    """Chat models; `model` is the name by which a client's configuration may choose it."""

    open: Callable[[Resources, Answering], ChatModel]
    model: Callable[[Chosen], str | None] | None = None


class EmbeddingsOffer(Offer, frozen=True, kw_only=True):
    """Embedders of texts; a `remote` one is a service, whose replies requests wait for."""

    open: Callable[[Resources], Embedder]
    remote: bool = False


class ImagesOffer(Offer, frozen=True, kw_only=True):
    """Picture describers; a `local` one, if installed, handles pictures that a model rejects."""

    open: Callable[[Resources], ImageDescriber]
    local: bool = False
    installed: Callable[[], bool] | None = None


class JobListener(Protocol):
    """Receives hints from a broker."""

    async def listen(self, work: Callable[[], Awaitable[None]], *, concurrency: int) -> None:
        """Do `work` once per hint, `concurrency` at a time, until cancelled."""


class SignalsOffer(Offer, frozen=True, kw_only=True):
    """Senders and receivers of hints that a job waits."""

    open: Callable[[Resources], JobSignals]
    listen: Callable[[Resources], JobListener]


class LexicalOffer(Offer, frozen=True, kw_only=True):
    """The lexical index; its caches are in each tenant's folder, if there is one."""

    open: Callable[[Resources, ChunkRepository, Analyzer, Path | None], LexicalIndex]


class Backend(Struct, frozen=True, kw_only=True):
    """One technology: its settings, its offers, its preparation and its checks.

    Functions open what they need through `Resources.once` and import the SDK themselves. `faults`
    yields what is wrong with the settings; `set_up` returns the actions taken, or planned, one per
    line, and `adopt_clients` runs when every backend is set up; `preflight` raises
    `ConfigurationError` for an unusable backend; `before_serving` runs after it in a server or worker and
    does not fail; `azure` describes its resources for a template.
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
    before_serving: Callable[[Resources], Awaitable[None]] | None = None
    azure: Callable[[Chosen, Grantee], AzurePart] | None = None

    def is_used(self, backends: Backends) -> bool:
        """Return whether the backend serves any port."""
        kinds = type(backends).__struct_fields__
        offers = {kind: offer for kind in kinds if (offer := getattr(self, kind))}
        return any(offer.name in backends.of(kind) for kind, offer in offers.items())
