"""Making and checking the index."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pinecone.errors import ApiError

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.records import Records
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import Namespace
from tests.emulators.pinecone import DIMENSION, pinecone_rig, server
from tests.emulators.pinecone_cloud import require_mark
from tests.emulators.pinecone_state import Space

DENSE = {"type": "dense_vector", "dimension": DIMENSION, "metric": "cosine"}
PLACE: Any = {"cloud": "aws", "region": "us-east-1"}
POD = {
    "deployment_type": "pod",
    "environment": "us-east-1-aws",
    "pod_type": "p1.x1",
    "replicas": 1,
    "shards": 1,
}


async def test_preparing_twice_keeps_the_index() -> None:
    async with pinecone_rig(validated=False) as rig:
        said = await schema.prepare(rig.index, dimension=DIMENSION, **PLACE)

    assert said == ["keep index test (dimension 8, metric cosine)"]


async def test_a_dry_run_makes_nothing() -> None:
    async with pinecone_rig(validated=False) as rig:
        rig.project.index = None

        said = await schema.prepare(rig.index, dimension=1_536, dry_run=True, **PLACE)

        assert said == ["create index test (dimension 1536, metric cosine, aws us-east-1)"]
        assert rig.project.index is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"_values": {**DENSE, "dimension": 3}}, "dimension 3, but the embedding model has 8"),
        ({"_values": {**DENSE, "metric": "euclidean"}}, "metric euclidean, but search ranks by"),
        ({"_sparse_values": {"type": "sparse_vector"}}, "documents API"),
        ({"embedding": DENSE, "body": {"type": "string"}}, "documents API"),
        ({"_values": {"type": "semantic_text", "model": "m"}}, "does not accept dense vectors"),
    ],
)
async def test_an_index_that_cannot_be_used_stops_the_start(
    fields: dict[str, Any], fault: str
) -> None:
    async with pinecone_rig(validated=False) as rig:
        assert rig.project.index is not None
        rig.project.index["schema"] = {"fields": fields}

        with pytest.raises(ConfigurationError, match=fault):
            await schema.prepare(rig.index, dimension=DIMENSION, **PLACE)


@pytest.mark.parametrize("metric", ["cosine", "dotproduct"])
async def test_an_existing_index_may_have_either_metric(metric: str) -> None:
    async with pinecone_rig(validated=False) as rig:
        assert rig.project.index is not None
        rig.project.index["schema"] = {"fields": {"_values": {**DENSE, "metric": metric}}}

        assert await schema.check(rig.index, dimension=DIMENSION) == metric


@pytest.mark.parametrize("place", [("aws", None), (None, "us-east-1"), (None, None)])
@pytest.mark.parametrize("dry_run", [True, False])
async def test_an_index_is_created_nowhere_by_silence(
    place: tuple[str | None, str | None], dry_run: bool
) -> None:
    async with pinecone_rig(validated=False) as rig:
        rig.project.index = None
        cloud, region = place

        with pytest.raises(ConfigurationError, match="RAGTENANCY_PINECONE_REGION"):
            await schema.prepare(
                rig.index, dimension=8, cloud=cloud, region=region, dry_run=dry_run
            )

        assert rig.project.index is None


async def test_an_index_that_exists_needs_no_place() -> None:
    async with pinecone_rig(validated=False) as rig:
        said = await schema.prepare(rig.index, dimension=DIMENSION, cloud=None, region=None)

    assert said == ["keep index test (dimension 8, metric cosine)"]


async def test_pods_cannot_be_used() -> None:
    async with pinecone_rig(validated=False) as rig:
        assert rig.project.index is not None
        rig.project.index["deployment"] = POD

        with pytest.raises(ConfigurationError, match="pod-based"):
            await schema.check(rig.index, dimension=DIMENSION)


async def test_an_absent_index_stops_the_start() -> None:
    async with pinecone_rig(validated=False) as rig:
        rig.project.index = None

        with pytest.raises(ConfigurationError, match="setup"):
            await schema.check(rig.index, dimension=DIMENSION)


async def test_an_index_is_found_by_its_name() -> None:
    async with pinecone_rig(validated=False) as rig:
        index = open_pinecone(rig.key, "test", controller=server().url)

        stats = await (await index.data()).describe_index_stats()
        await index.close()

    assert stats.dimension == DIMENSION


@pytest.mark.parametrize("namespace", ["", "__default__"])
async def test_the_server_copies_the_trap_of_the_default_namespace(namespace: str) -> None:
    async with pinecone_rig(validated=False) as rig:
        data = await rig.index.data()
        await data.upsert(vectors=[{"id": "a", "values": [1.0] * 8}], namespace="")

        found = await data.fetch(ids=["a"], namespace=namespace)

        assert list(found.vectors) == ["a"]


def test_no_record_is_reached_without_a_namespace() -> None:
    with pytest.raises(ValueError, match="never empty"):
        Records(open_pinecone("key", "test"), Namespace(""))


async def test_a_request_that_breaks_the_description_is_refused_by_the_proxy() -> None:
    async with pinecone_rig() as rig:
        data = await rig.index.data()

        with pytest.raises(ApiError) as raised:
            await data.query(vector=[1.0], top_k=3, namespace="n", filter=cast("Any", "words"))

    assert raised.value.status_code == 422


async def test_an_answer_that_breaks_the_description_is_replaced_by_the_proxy() -> None:
    async with pinecone_rig() as rig:
        rig.project.spaces["odd"] = Space(schema={"fields": "words"})
        data = await rig.index.data()

        with pytest.raises(ApiError) as raised:
            await data.describe_namespace(name="odd")

    assert raised.value.status_code == 500


@pytest.mark.parametrize("tags", [{}, {"purpose": "production"}])
async def test_the_suites_touch_no_index_that_is_not_a_tests(tags: dict[str, str]) -> None:
    async with pinecone_rig(validated=False) as rig:
        assert rig.project.index is not None
        rig.project.index["tags"] = tags

        with pytest.raises(pytest.fail.Exception, match="not marked"):
            await require_mark(rig.index)
