"""Development without the record store: read-only clients from `clients.yaml`, in memory."""

from __future__ import annotations

import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from msgspec import structs

from ragtenancy.backend.resources import OtherStores, Resources
from ragtenancy.backend.stores import Stores
from ragtenancy.composition.client_files import read_clients
from ragtenancy.domain.api_keys import Pepper, plan_key
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.domain.ids import Namespace, TenantUid
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantStatus
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import offered
from ragtenancy.wire.client_files import ClientRecord, ClientsFile

if TYPE_CHECKING:
    from ragtenancy.adapters.memory.client import Memory

log = structlog.get_logger(__name__)

MEMORY = "memory"
PEPPER_BYTES = 32
AUTHOR = "clients.yaml"


def find_stand_in(settings: Settings) -> Path | None:
    """Return the clients file that replaces the record store.

    It does so only if configured, and only if the record store accepts no connection at start,
    never later.
    """
    records = offered(lambda each: each.records)[settings.backends.records]
    path = None if records.stand_in is None else records.stand_in(settings.chosen)
    if path is not None:
        log.warning("clients_file_stands_in", backend=records.name)
    return path


def within_reach(settings: Settings, stand_in: Path | None) -> Settings:
    """Return the settings, with all stores in memory if a clients file replaces the record store."""
    if stand_in is None:
        return settings
    return structs.replace(settings, records=MEMORY, vectors=MEMORY, blobs=MEMORY)


def stand_in_stores(path: Path, settings: Settings, resources: Resources) -> Stores:
    """Return in-memory stores with the file's clients. Raises `ConfigurationError`."""
    from ragtenancy.adapters.memory.backend import memory_stores, open_memory
    from ragtenancy.adapters.memory.tenants import InMemoryPepperStore

    memory, clock = resources.once(open_memory), resources.clock
    pepper = Pepper(version=1, secret=secrets.token_bytes(PEPPER_BYTES))
    for record in _read(path).clients:
        _move_in(memory, record, pepper, settings, clock.now())
    for table in (memory.tenants, memory.configs, memory.api_keys):
        table.fix()
    elsewhere = OtherStores(peppers=InMemoryPepperStore(pepper))
    return memory_stores(memory, resources.holders, clock, elsewhere)


def _read(path: Path) -> ClientsFile:
    try:
        return read_clients(path)
    except RagTenancyError as error:
        raise ConfigurationError(error.detail) from error


def _move_in(
    memory: Memory, record: ClientRecord, pepper: Pepper, settings: Settings, now: datetime
) -> None:
    """Add a client with its configuration and its key to the register."""
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
