"""Development without Cosmos DB: the clients of `clients.yaml`, in memory, not to be changed."""

from __future__ import annotations

import secrets
import socket
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from msgspec import structs

from ragtenancy.composition.client_files import read_clients
from ragtenancy.composition.embedded_stores import memory_stores
from ragtenancy.composition.every_store import Stores
from ragtenancy.composition.needed import given
from ragtenancy.composition.services import Services
from ragtenancy.domain.api_keys import Pepper, plan_key
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.domain.ids import Namespace, TenantUid
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.holders import Holders
from ragtenancy.settings import Settings
from ragtenancy.wire.client_files import ClientRecord, ClientsFile

if TYPE_CHECKING:
    from ragtenancy.adapters.memory.client import Memory

log = structlog.get_logger(__name__)

REACH_SECONDS = 3.0
PEPPER_BYTES = 32
AUTHOR = "clients.yaml"


def within_reach(settings: Settings) -> Settings:
    """Return the settings, with everything in memory where `clients.yaml` has to stand in.

    That is where it is named and Cosmos DB accepts no connection at start; never later, and
    never without the name.
    """
    if settings.clients_file is None or settings.backends.records != "cosmos":
        return settings
    if _answers(settings.cosmos.endpoint or ""):
        return settings
    log.warning("clients_file_stands_in", backend="cosmos")
    return structs.replace(settings, records="memory", vectors="memory", blobs="memory")


def clients_file_stores(
    settings: Settings, services: Services, holders: Holders, clock: Clock
) -> Stores:
    """Return stores in memory with the file's clients. Raises `ConfigurationError`."""
    from ragtenancy.adapters.cosmos.probe import CosmosProbe
    from ragtenancy.adapters.memory.client import Memory

    memory = Memory()
    pepper = Pepper(version=1, secret=secrets.token_bytes(PEPPER_BYTES))
    path = given(settings.clients_file, "RAGTENANCY_CLIENTS_FILE")
    for record in _read(path).clients:
        _move_in(memory, record, pepper, settings, clock.now())
    for table in (memory.tenants, memory.configs, memory.api_keys):
        table.fix()
    made = memory_stores(holders, clock, memory=memory, pepper=pepper)
    return structs.replace(made, probes=[CosmosProbe(given(services.away, "COSMOS_ENDPOINT"))])


def _read(path: Path) -> ClientsFile:
    try:
        return read_clients(path)
    except RagTenancyError as error:
        raise ConfigurationError(error.detail) from error


def _move_in(
    memory: Memory, record: ClientRecord, pepper: Pepper, settings: Settings, now: datetime
) -> None:
    """Put a client with its configuration and its key into the register."""
    from ragtenancy.adapters.memory.client import Container

    tenant, config = _tenant(record, now), _config(record, settings, now)
    key = plan_key(tenant, record.api_key_hash, pepper, now)
    memory.tenants.add(tenant.tenant_id, tenant)
    memory.configs.add((tenant.tenant_uid, config.version), config)
    memory.api_keys.add((tenant.tenant_uid, key.key_id), key)
    memory.key_owners[key.key_id] = tenant.tenant_uid
    memory.containers[tenant.tenant_uid] = Container(uid=tenant.tenant_uid)


def _tenant(record: ClientRecord, now: datetime) -> Tenant:
    return Tenant(
        tenant_id=record.client_id,
        tenant_uid=_uid(record),
        namespace=Namespace(record.pinecone_namespace or record.client_id),
        name=record.name,
        status=TenantStatus(record.status),
        created_at=now,
        updated_at=now,
    )


def _config(record: ClientRecord, settings: Settings, now: datetime) -> ConfigVersion:
    try:
        config = record.config.filled()
        config.require_offered(settings.allowed_models, settings.backends.embeddings)
    except RagTenancyError as error:
        raise ConfigurationError(f"{AUTHOR}: {record.client_id}: {error.detail}") from error
    return ConfigVersion(
        tenant_uid=_uid(record), version=1, config=config, created_at=now, created_by=AUTHOR
    )


def _uid(record: ClientRecord) -> TenantUid:
    if record.client_uid is not None:
        return record.client_uid
    digest = sha256(f"{AUTHOR} {record.client_id}".encode()).digest()
    return TenantUid(f"t{b32encode(digest[:16]).decode().rstrip('=').lower()}")


def _answers(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=REACH_SECONDS):
            return True
    except OSError:
        return False
