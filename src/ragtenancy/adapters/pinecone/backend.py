"""Pinecone: vectors, a namespace per client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, Backends, OpenedVectors, VectorsOffer
from ragtenancy.backend.resources import Preparing, Resources
from ragtenancy.backend.sections import (
    Chosen,
    Described,
    Secret,
    Url,
    absent,
    given,
    require_package,
)
from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from ragtenancy.adapters.pinecone.client import PineconeIndex
    from ragtenancy.ports.chunks import ChunkRepository
    from ragtenancy.ports.embeddings import Embedder, Embedders
    from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
    from ragtenancy.ports.health import Probe

SAMPLE = "The length of this sentence's vector is measured."


class PineconeSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "api_key": "PINECONE_API_KEY",
        "index_name": "PINECONE_INDEX_NAME",
        "host": "RAGTENANCY_PINECONE_HOST",
        "controller": "RAGTENANCY_PINECONE_CONTROLLER",
        "cloud": "RAGTENANCY_PINECONE_CLOUD",
        "region": "RAGTENANCY_PINECONE_REGION",
    },
):
    """Pinecone: vectors, a namespace per client."""

    api_key: Annotated[Secret | None, Meta(description="The project's key.")] = None
    index_name: Annotated[Described | None, Meta(description="The index's name.")] = None
    host: Annotated[
        Url | None, Meta(description="The index's address; if unset, it is looked up.")
    ] = None
    controller: Annotated[
        Url | None, Meta(description="The control plane's address; if unset, Pinecone's own.")
    ] = None
    cloud: Annotated[
        Described | None,
        Meta(description="The cloud in which `setup` creates the index: `aws`, `azure` or `gcp`."),
    ] = None
    region: Annotated[
        Described | None,
        Meta(description="The region in which `setup` creates the index, e.g. `eastus2`."),
    ] = None


def open_index(resources: Resources) -> PineconeIndex:
    """Return the index's client. Raises `ConfigurationError`."""
    require_package("pinecone", "Vectors in Pinecone")
    from ragtenancy.adapters.pinecone.client import open_pinecone

    pinecone = resources.section(PineconeSettings)
    index = open_pinecone(
        given(pinecone.api_key, "PINECONE_API_KEY").reveal(),
        given(pinecone.index_name, "PINECONE_INDEX_NAME"),
        host=pinecone.host,
        controller=pinecone.controller,
        metrics=resources.metrics,
    )
    resources.closers.push_async_callback(index.close)
    return index


def one_dimension(embedders: Embedders) -> int:
    """Return the common dimension of the embedders on the list: an index has only one.

    Raises `ConfigurationError` if they differ.
    """
    models = [embedder.model for embedder in embedders]
    if len({model.dimension for model in models}) > 1:
        told = ", ".join(f"{model.name} {model.dimension}" for model in models)
        raise ConfigurationError(
            "A Pinecone index has one dimension, but the embedders in RAGTENANCY_EMBEDDINGS have "
            f"different ones: {told}."
        )
    return models[0].dimension


def _open(resources: Resources) -> OpenedVectors:
    index = resources.once(open_index)
    from ragtenancy.adapters.pinecone.chunks import PineconeChunkRepository
    from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
    from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex

    def with_texts(chunks: ChunkRepository) -> ChunkRepository:
        texts = PineconeChunkRepository(chunks, index)
        resources.closers.push_async_callback(texts.close)
        return texts

    return OpenedVectors(
        index=PineconeVectorIndex(index),
        storage=PineconeTenantStorage(index),
        with_texts=with_texts,
    )


def _foreign(resources: Resources) -> ForeignNamespaces:
    from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces

    return PineconeForeignNamespaces(resources.once(open_index))


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.pinecone.client import PineconeProbe

    return PineconeProbe(resources.once(open_index))


async def _set_up(resources: Resources, preparing: Preparing) -> Sequence[str]:
    from ragtenancy.adapters.pinecone.schema import prepare

    pinecone = resources.section(PineconeSettings)
    done = await prepare(
        resources.once(open_index),
        dimension=one_dimension(preparing.embedders()),
        cloud=pinecone.cloud,
        region=pinecone.region,
        dry_run=preparing.dry_run,
    )
    if not preparing.dry_run:
        await _preflight(resources, preparing)
    return done


async def _preflight(resources: Resources, preparing: Preparing) -> None:
    """Raise `ConfigurationError` unless the index and the embedders fit each other."""
    from ragtenancy.adapters.pinecone.schema import DOT_PRODUCT, check

    embedders = preparing.embedders()
    metric = await check(resources.once(open_index), dimension=one_dimension(embedders))
    if metric == DOT_PRODUCT:
        for embedder in embedders:
            await _require_unit_length(embedder)


async def _require_unit_length(embedder: Embedder) -> None:
    """Raise `ConfigurationError` unless a sample's dot product with itself is its cosine."""
    from ragtenancy.ports.embeddings import NORM_TOLERANCE

    [vector] = await embedder.embed([SAMPLE])
    length = float(vector @ vector) ** 0.5
    if abs(length - 1) > NORM_TOLERANCE:
        raise ConfigurationError(
            "The Pinecone index has metric dotproduct, which needs vectors of length 1, but the "
            f"embedder {embedder.model.name} made one of length {length:.3f}. Create an index with "
            "metric cosine."
        )


def _faults(chosen: Chosen, backends: Backends) -> Iterator[str]:
    if backends.vectors == "pinecone":
        pinecone = chosen.section(PineconeSettings)
        yield from absent(pinecone, "vectors in Pinecone", "api_key", "index_name")


def _is_implied(chosen: Chosen) -> bool:
    pinecone = chosen.section(PineconeSettings)
    return bool(pinecone.api_key or pinecone.index_name)


PINECONE = Backend(
    name="pinecone",
    section=PineconeSettings,
    vectors=VectorsOffer(name="pinecone", implied=_is_implied, open=_open, foreign=_foreign),
    faults=_faults,
    probe=_probe,
    set_up=_set_up,
    preflight=_preflight,
)
