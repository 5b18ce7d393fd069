"""Clients, keys, configurations and deletions."""

from __future__ import annotations

import msgspec
from msgspec import structs

from ragtenancy.app.api_keys import IssuedKey
from ragtenancy.app.tenants.tenants import CreatedTenant
from ragtenancy.app.tenants.views import OwnView
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.tenant_config import ConfigVersion, EffectiveConfig, TenantConfig
from ragtenancy.domain.tenants import Tenant
from ragtenancy.wire import clients as wire
from ragtenancy.wire import configs


def client(tenant: Tenant) -> wire.Client:
    """Return a client's record."""
    return wire.Client(
        client_id=tenant.tenant_id,
        name=tenant.name,
        status=tenant.status.value,
        pinecone_namespace=tenant.namespace,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
    )


def created_client(created: CreatedTenant) -> wire.CreatedClient:
    """Return a new client with its first key."""
    return wire.CreatedClient(**structs.asdict(client(created.tenant)), api_key=created.api_key)


def own(view: OwnView) -> wire.OwnClient:
    """Return a client's view of itself."""
    return msgspec.convert(view, wire.OwnClient, from_attributes=True)


def key(record: ApiKey) -> wire.Key:
    """Return a key's record."""
    return msgspec.convert(record, wire.Key, from_attributes=True)


def created_key(issued: IssuedKey) -> wire.CreatedKey:
    """Return a new key."""
    return wire.CreatedKey(**structs.asdict(key(issued.record)), api_key=issued.api_key)


def deletion(record: TenantDeletion) -> wire.Deletion:
    """Return a client deletion's receipt."""
    return wire.Deletion(
        deletion_id=record.deletion_id,
        client_id=record.tenant_id,
        status=record.status.value,
        verified=record.status is DeletionStatus.VERIFIED,
        requested_by=record.requested_by,
        requested_at=record.requested_at,
        finished_at=record.finished_at,
        removed=record.removed,
        remaining=record.remaining,
    )


def effective_config(effective: EffectiveConfig) -> configs.EffectiveConfig:
    """Return the current configuration, its nulls resolved."""
    config = _config(effective.config)
    asked = structs.asdict(config.search_settings)
    return configs.EffectiveConfig(
        version=effective.version,
        prompts=config.prompts,
        search_settings=configs.EffectiveSearchSettings(
            **asked
            | {
                "similarity_threshold": effective.similarity_threshold,
                "embedder": effective.embedder,
            },
            similarity_threshold_source=effective.similarity_threshold_source,  # type: ignore[arg-type]
        ),
        llm_settings=config.llm_settings,
        features=config.features,
        chunking=config.chunking,
        limits=_limits(config, effective),
    )


def _limits(config: configs.Config, effective: EffectiveConfig) -> configs.Limits:
    in_force = msgspec.convert(effective.limits, configs.Limits, from_attributes=True)
    return structs.replace(in_force, requests_per_minute=config.limits.requests_per_minute)


def config_version(version: ConfigVersion) -> configs.ConfigVersion:
    """Return a version of a client's configuration."""
    return configs.ConfigVersion(
        version=version.version,
        created_at=version.created_at,
        created_by=version.created_by,
        config=_config(version.config),
    )


def _config(config: TenantConfig) -> configs.Config:
    return msgspec.convert(config, configs.Config, from_attributes=True)
