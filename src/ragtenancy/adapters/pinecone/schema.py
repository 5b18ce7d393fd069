"""The index: created if absent, and checked before use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.errors import translated
from ragtenancy.domain.errors import ConfigurationError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from pinecone.models.indexes.index import IndexModel

METRIC = "cosine"
DOT_PRODUCT = "dotproduct"  # equal to the cosine for vectors of unit length
FIELD = "_values"
READY_SECONDS = 300.0


async def prepare(
    index: PineconeIndex,
    *,
    dimension: int,
    cloud: str | None,
    region: str | None,
    tags: Mapping[str, str] | None = None,
    dry_run: bool = False,
    ready_seconds: float = READY_SECONDS,
) -> Sequence[str]:
    """Create the index if absent, else check it; return the actions taken, or planned.

    `dimension` is the embedder's; a new index may take `ready_seconds` to become usable. Raises
    `ConfigurationError` for an unusable index, or if there is none and no place for it.
    """
    if await _described(index) is not None:
        metric = await check(index, dimension=dimension)
        return [f"keep index {index.name} (dimension {dimension}, metric {metric})"]
    if cloud is None or region is None:
        raise ConfigurationError(
            f'The Pinecone index "{index.name}" does not exist, and where to create it is not set: '
            "set RAGTENANCY_PINECONE_CLOUD and RAGTENANCY_PINECONE_REGION, e.g. azure and eastus2."
        )
    wanted = f"index {index.name} (dimension {dimension}, metric {METRIC}, {cloud} {region})"
    if dry_run:
        return [f"create {wanted}"]
    try:
        async with translated(seconds=ready_seconds):
            await index.control().indexes.create(
                name=index.name,
                schema={"fields": {FIELD: _field(dimension)}},
                deployment={"deployment_type": "managed", "cloud": cloud, "region": region},
                tags=tags,
                timeout=math.ceil(ready_seconds),
            )
    except ConflictError:
        await check(index, dimension=dimension)
    return [f"create {wanted}"]


async def check(index: PineconeIndex, *, dimension: int) -> str:
    """Return the index's metric, cosine or dotproduct.

    Raises `ConfigurationError` unless the index exists and is usable.
    """
    described = await _described(index)
    if described is None:
        raise ConfigurationError(
            f'The Pinecone index "{index.name}" does not exist: run `ragtenancy setup`.'
        )
    fault = _fault(described, dimension)
    if fault:
        raise ConfigurationError(f'The Pinecone index "{index.name}" {fault}.')
    return str(getattr(described.schema.fields[FIELD], "metric", METRIC))


async def _described(index: PineconeIndex) -> IndexModel | None:
    try:
        async with translated(seconds=index.seconds):
            return await index.control().indexes.describe(index.name)
    except NotFoundError:
        return None


def _fault(described: IndexModel, dimension: int) -> str | None:
    """Return why an index is unusable, None if it is usable.

    The vectors API uses one dense field with a reserved name; an index with other field names
    supports only the documents API.
    """
    from pinecone.models.indexes.deployment import PodDeployment
    from pinecone.models.indexes.schema import DenseVectorField

    field = described.schema.fields.get(FIELD)
    if field is None:
        return "was made for the documents API; create one with dense vectors only"
    if not isinstance(field, DenseVectorField):
        return "does not accept dense vectors from the application"
    if isinstance(described.deployment, PodDeployment):
        return "is pod-based, which is not supported; create a serverless one"
    if field.dimension != dimension:
        return f"has dimension {field.dimension}, but the embedding model has {dimension}"
    if field.metric not in (METRIC, DOT_PRODUCT):
        return (
            f"has metric {field.metric}, but search ranks by the cosine; create one with metric"
            f" {METRIC} or {DOT_PRODUCT}"
        )
    return None


def _field(dimension: int) -> dict[str, str | int]:
    return {"type": "dense_vector", "dimension": dimension, "metric": METRIC}
