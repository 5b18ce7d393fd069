"""Search over HTTP."""

from __future__ import annotations

import pytest

from tests.http.service import Service


async def test_hits_have_both_scores(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    found = await service.search(key, "How do I create a report?")
    hit = found["hits"][0]
    scores = hit["scores"]

    assert found["client_id"] == "acme"
    assert (found["degraded"], found["why"], hit["index"]) == ([], None, 1)
    assert hit["score"] == 0.7 * scores["semantic_normalized"] + 0.3 * scores["bm25_normalized"]
    assert isinstance(hit["above_threshold"], bool)


async def test_an_explanation_recomputes_the_score(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    hit = (await service.search(key, "create a report", explain=True))["hits"][0]
    said = hit["explanation"]
    bm25 = sum(term["contribution"] for term in said["terms"])

    assert bm25 == hit["scores"]["bm25"]
    assert hit["score"] == said["semantic_weight"] * hit["scores"]["semantic"] + said[
        "bm25_weight"
    ] * (bm25 / said["best_bm25"])


async def test_hits_explain_themselves_only_when_asked(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    assert (await service.search(key))["hits"][0]["explanation"] is None


async def test_top_k_bounds_the_hits(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    assert len((await service.search(key, top_k=1))["hits"]) == 1


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"team": "sales"}, {"b.md"}),
        ({"team": ["sales", "support"]}, {"a.md", "b.md"}),
        ({"team": "nobody"}, set()),
        ({"level": 1}, {"a.md"}),
        ({"level": True}, set()),
    ],
)
async def test_metadata_filters_documents(
    service: Service, wanted: dict[str, object], names: set[str]
) -> None:
    key = await service.create()
    await service.upload(
        key, "Refunds A.", "a.md", fields={"metadata": '{"team":"support","level":1}'}
    )
    await service.upload(key, "Refunds B.", "b.md", fields={"metadata": '{"team":"sales"}'})
    await service.work()

    found = await service.search(key, filters={"metadata": wanted})

    assert {hit["filename"] for hit in found["hits"]} == names


async def test_why_names_the_reason(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    other = await service.ingest(key, "Nothing of interest here.", "other.md")

    found = await service.search(
        key, "refunds paid", top_k=1, why={"document_id": other["document_id"]}
    )
    missing = await service.search(key, why={"document_id": "doc_none"})

    assert found["why"]["reason"] in {"outranked", "no_match"}
    assert missing["why"] == {"reason": "unknown", "best": None}
