"""Configurations over HTTP: whole, versioned, with preconditions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.service import Service

CONFIG = "clients/acme/config"


async def put(service: Service, config: Any, if_match: str | None = None) -> Any:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return await service.operate("PUT", CONFIG, json=config, headers=headers)


async def test_relevance_is_calibrated_until_a_threshold_is_set(service: Service) -> None:
    await service.create()

    first = (await service.operate("GET", CONFIG)).json()["search_settings"]
    await put(service, {"search_settings": {"similarity_threshold": 0.2}})
    second = (await service.operate("GET", CONFIG)).json()["search_settings"]

    assert first["similarity_threshold"] is None
    assert first["similarity_threshold_source"] == "calibrated"
    assert second["similarity_threshold"] == 0.2
    assert second["similarity_threshold_source"] == "client"


async def test_the_effective_config_names_the_embedder(service: Service) -> None:
    await service.create()

    first = (await service.operate("GET", CONFIG)).json()["search_settings"]
    put_again = await put(service, {"search_settings": {"embedder": "local"}})

    assert first["embedder"] == "local"
    assert (put_again.status_code, put_again.json()["search_settings"]["embedder"]) == (
        200,
        "local",
    )


async def test_an_unknown_embedder_is_refused_with_the_known_ones(service: Service) -> None:
    await service.create()

    reply = await put(service, {"search_settings": {"embedder": "unknown"}})

    assert reply.json()["detail"] == "search_settings.embedder is not offered; available: local."


async def test_put_replaces_the_whole_config(service: Service) -> None:
    await service.create(
        config={"search_settings": {"top_k": 9}, "llm_settings": {"max_tokens": 5}}
    )

    reply = await put(service, {"llm_settings": {"temperature": 0.1}})

    assert reply.status_code == 200
    assert reply.json()["search_settings"]["top_k"] == 5
    assert reply.json()["llm_settings"] == {
        "model": None,
        "temperature": 0.1,
        "max_tokens": 800,
        "reasoning_effort": None,
        "verbosity": None,
    }


async def test_null_limits_become_the_services_defaults(service: Service) -> None:
    await service.create(config={"limits": {"max_documents": 3}})

    limits = (await service.operate("GET", CONFIG)).json()["limits"]

    assert limits == {
        "requests_per_minute": None,
        "tokens_per_day": None,
        "monthly_budget": None,
        "max_concurrent_requests": None,
        "max_documents": 3,
        "max_pending_jobs": 8,
        "max_upload_bytes": 50_000_000,
    }


@pytest.mark.parametrize("if_match", [None, "*", '"1"'])
async def test_a_matching_precondition_passes(service: Service, if_match: str | None) -> None:
    await service.create()

    reply = await put(service, {}, if_match)

    assert (reply.status_code, reply.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"2"', 412), ('W/"1"', 412), ('"abc"', 412), ("1", 400), ("", 400), ('"1", "2"', 400)],
)
async def test_a_mismatching_precondition_fails(
    service: Service, if_match: str, status: int
) -> None:
    await service.create()

    reply = await put(service, {}, if_match)
    unchanged = await service.operate("GET", CONFIG)

    assert (reply.status_code, unchanged.headers["etag"]) == (status, '"1"')


async def test_an_old_version_is_restored(service: Service) -> None:
    await service.create(config={"search_settings": {"top_k": 9}})
    await put(service, {})

    rolled = await service.operate("POST", CONFIG + "/rollback", json={"version": 1})
    missing = await service.operate("POST", CONFIG + "/rollback", json={"version": 99})
    versions = (await service.operate("GET", CONFIG + "/versions")).json()["items"]

    assert (rolled.json()["version"], rolled.json()["search_settings"]["top_k"]) == (3, 9)
    assert rolled.headers["etag"] == '"3"'
    assert missing.status_code == 404
    assert [version["version"] for version in versions] == [3, 2, 1]
    assert versions[0]["config"] == versions[2]["config"]
    assert {version["created_by"] for version in versions} == {"olga"}


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("search_settings", "semantic_weight", 1.1),
        ("search_settings", "semantic_weight", -0.1),
        ("search_settings", "bm25_weight", "0.3"),
        ("search_settings", "top_k", 0),
        ("search_settings", "top_k", 101),
        ("search_settings", "top_k", 5.5),
        ("search_settings", "similarity_threshold", 2),
        ("search_settings", "language", "klingon"),
        ("search_settings", "unknown", 1),
        ("llm_settings", "temperature", 2.1),
        ("llm_settings", "max_tokens", 0),
        ("llm_settings", "max_tokens", 32_769),
        ("prompts", "greeting", "x" * 20_001),
        ("prompts", "greeting", None),
        ("features", "image_processing", "yes"),
        ("limits", "max_documents", 0),
        ("limits", "max_upload_bytes", -1),
    ],
)
async def test_a_value_out_of_bounds_is_400(
    service: Service, section: str, key: str, value: object
) -> None:
    await service.create()

    reply = await put(service, {section: {key: value}})

    assert (reply.status_code, reply.json()["field"]) == (400, f"$.{section}.{key}")


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"search_settings": {"semantic_weight": 0.5}}, "bad_weights"),
        ({"search_settings": {"semantic_weight": 1, "bm25_weight": 1}}, "bad_weights"),
        ({"search_settings": {"semantic_weight": 0, "bm25_weight": 0}}, "bad_weights"),
        ({"llm_settings": {"model": "unknown"}}, "unknown_model"),
        ({"search_settings": {"embedder": "unknown"}}, "unknown_embedder"),
        ({"limits": {"monthly_budget": 5}}, "no_price_list"),
    ],
)
async def test_inconsistent_values_are_422(service: Service, config: object, code: str) -> None:
    await service.create()

    reply = await put(service, config)

    assert (reply.status_code, reply.json()["code"]) == (422, code)
