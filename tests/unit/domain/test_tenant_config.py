"""What makes a configuration acceptable."""

from __future__ import annotations

import math

import pytest

from ragtenancy.domain.errors import InvalidError, NotSupportedError
from ragtenancy.domain.tenant_config import (
    DefaultLimits,
    Limits,
    LlmSettings,
    SearchSettings,
    TenantConfig,
)


def config_with(search: SearchSettings) -> TenantConfig:
    return TenantConfig(search_settings=search)


@pytest.mark.parametrize(
    ("semantic", "bm25"),
    [(1.0, 1.0), (0.0, 0.0), (-0.5, 1.5), (math.nan, 0.3), (math.inf, 0.0), (0.7, 0.30001)],
)
def test_weights_that_do_not_sum_to_one_are_refused(semantic: float, bm25: float) -> None:
    with pytest.raises(InvalidError):
        config_with(SearchSettings(semantic_weight=semantic, bm25_weight=bm25)).require_valid(())


@pytest.mark.parametrize(("semantic", "bm25"), [(0.7, 0.3), (1.0, 0.0), (0.1, 0.9), (0.6, 0.4)])
def test_weights_that_sum_to_one_pass(semantic: float, bm25: float) -> None:
    config_with(SearchSettings(semantic_weight=semantic, bm25_weight=bm25)).require_valid(())


def test_a_model_outside_the_operators_list_is_refused() -> None:
    config = TenantConfig(llm_settings=LlmSettings(model="gpt-9"))

    with pytest.raises(InvalidError):
        config.require_valid({"gpt-4o"})


def test_a_model_of_the_operators_list_passes() -> None:
    TenantConfig(llm_settings=LlmSettings(model="gpt-4o")).require_valid({"gpt-4o"})


@pytest.mark.parametrize(
    "limits", [Limits(requests_per_minute=10), Limits(tokens_per_day=10)], ids=["rpm", "tpd"]
)
def test_a_limit_that_nothing_enforces_is_not_accepted(limits: Limits) -> None:
    with pytest.raises(NotSupportedError):
        TenantConfig(limits=limits).require_valid(())


def test_a_null_limit_is_the_services_default_never_unlimited() -> None:
    filled = DefaultLimits(max_documents=7).filled(Limits())

    assert filled.max_documents == 7


def test_a_tenants_own_limit_holds() -> None:
    filled = DefaultLimits(max_documents=7).filled(Limits(max_documents=3))

    assert filled.max_documents == 3
