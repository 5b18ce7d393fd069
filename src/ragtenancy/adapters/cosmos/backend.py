"""Azure Cosmos DB: records in one database."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, Backends, Place, RecordsOffer
from ragtenancy.backend.resources import OtherStores, Preparing, Resources
from ragtenancy.backend.sections import (
    Chosen,
    Described,
    Secret,
    Url,
    absent,
    given,
    require_package,
    revealed,
)
from ragtenancy.backend.stores import Stores
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ConfigurationError,
    InvalidError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)
from ragtenancy.domain.validation_words import shape

if TYPE_CHECKING:
    from ragtenancy.adapters.cosmos.client import Cosmos
    from ragtenancy.adapters.cosmos.plan_clients import FoundClient, PlanClients
    from ragtenancy.backend.azure_template import AzurePart, Grantee
    from ragtenancy.ports.health import Probe
    from ragtenancy.ports.jobs import Holders
    from ragtenancy.ports.plan_documents import PlanDocuments

REACH_SECONDS = 3.0
_THROUGHPUT = shape(
    r"\A(?:serverless|[4-9]00|[1-9][0-9]{1,3}00|1000000|autoscale:(?:[1-9][0-9]{0,2}000|1000000))\Z",
    "`serverless`, hundreds of request units per second from 400, or `autoscale:` and thousands",
)


class CosmosSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "endpoint": "COSMOS_ENDPOINT",
        "key": "COSMOS_KEY",
        "database": "COSMOS_DATABASE",
        "throughput": "RAGTENANCY_COSMOS_THROUGHPUT",
        "clients_file": "RAGTENANCY_CLIENTS_FILE",
    },
):
    """Azure Cosmos DB: clients, keys, documents, chunks, conversations, jobs."""

    endpoint: Annotated[Url | None, Meta(description="The account's address.")] = None
    key: Annotated[
        Secret | None, Meta(description="The account's key; if unset, managed identity is used.")
    ] = None
    database: Annotated[Described | None, Meta(description="The database's name.")] = None
    throughput: Annotated[
        Annotated[str, Meta(pattern=_THROUGHPUT)] | None,
        Meta(
            description="Request units per second that `setup` gives the database, which its containers share: `400`, `autoscale:1000` (the maximum) or `serverless`. Containers of a database without throughput to share get it each. If unset, `setup` asks the account whether it is serverless. Ingestion takes at most half of it in each process."
        ),
    ] = None
    clients_file: Annotated[
        Path | None,
        Meta(
            description="`clients.yaml`, for development: if Cosmos DB is unreachable at start, clients are read from this file."
        ),
    ] = None


def open_database(resources: Resources) -> Cosmos:
    """Return the database's client. Raises `ConfigurationError`."""
    require_package("azure.cosmos", "Records in Cosmos DB")
    from ragtenancy.adapters.cosmos.client import open_cosmos
    from ragtenancy.adapters.cosmos.throughput import asked_throughput

    cosmos = resources.section(CosmosSettings)
    asked = asked_throughput(cosmos.throughput)
    client = open_cosmos(
        given(cosmos.endpoint, "COSMOS_ENDPOINT"),
        revealed(cosmos.key),
        given(cosmos.database, "COSMOS_DATABASE"),
        metrics=resources.metrics,
        throughput=None if asked is None else asked.units,
    )
    resources.closers.push_async_callback(client.close)
    return client


def cosmos_stores(cosmos: Cosmos, holders: Holders, elsewhere: OtherStores) -> Stores:
    """Return the stores of a database.

    Raises `ConfigurationError` if vectors or originals are not stored elsewhere.
    """
    from ragtenancy.adapters.cosmos.api_keys import CosmosApiKeyRepository, CosmosPepperStore
    from ragtenancy.adapters.cosmos.audit import CosmosAuditLog
    from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
    from ragtenancy.adapters.cosmos.conversations import (
        CosmosConversationRepository,
        CosmosSessionLocks,
    )
    from ragtenancy.adapters.cosmos.deletion_ledger import CosmosDeletionLedger
    from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
    from ragtenancy.adapters.cosmos.expiring import CosmosDerivedCache, CosmosIdempotencyStore
    from ragtenancy.adapters.cosmos.intents import (
        CosmosDeletionRepository,
        CosmosDutyRoster,
        CosmosIntentLog,
    )
    from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
    from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
    from ragtenancy.adapters.cosmos.tenants import (
        CosmosTenantConfigRepository,
        CosmosTenantRepository,
    )
    from ragtenancy.adapters.cosmos.usage import CosmosUsageRepository
    from ragtenancy.adapters.cosmos.webhooks import CosmosWebhookRepository

    if elsewhere.vectors is None or elsewhere.blobs is None:
        raise ConfigurationError(
            "Cosmos DB stores neither vectors nor originals: set RAGTENANCY_VECTORS and "
            "RAGTENANCY_BLOBS."
        )
    derived = CosmosDerivedCache(cosmos)
    return Stores(
        tenants=CosmosTenantRepository(cosmos),
        tenant_configs=CosmosTenantConfigRepository(cosmos),
        api_keys=CosmosApiKeyRepository(cosmos),
        peppers=CosmosPepperStore(cosmos),
        jobs=CosmosJobRepository(cosmos, holders),
        deletions=CosmosDeletionRepository(cosmos),
        deletion_ledger=CosmosDeletionLedger(cosmos),
        audit=CosmosAuditLog(cosmos),
        intent_log=CosmosIntentLog(cosmos),
        duties=CosmosDutyRoster(cosmos),
        webhooks=CosmosWebhookRepository(cosmos),
        documents=CosmosDocumentRepository(cosmos),
        chunks=CosmosChunkRepository(cosmos),
        conversations=CosmosConversationRepository(cosmos),
        session_locks=CosmosSessionLocks(cosmos, holders),
        usage=CosmosUsageRepository(cosmos),
        idempotency=CosmosIdempotencyStore(cosmos, holders),
        derived_cache=derived,
        blobs=elsewhere.blobs,
        storage=CosmosTenantStorage(cosmos, cached=[derived]),
        vectors=elsewhere.vectors,
    )


def _open(resources: Resources, elsewhere: OtherStores) -> Stores:
    return cosmos_stores(resources.once(open_database), resources.holders, elsewhere)


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.cosmos.schema import CosmosProbe

    return CosmosProbe(resources.once(open_database))


async def _set_up(resources: Resources, preparing: Preparing) -> Sequence[str]:
    from ragtenancy.adapters.cosmos.schema import prepare
    from ragtenancy.adapters.cosmos.upgrade import upgrade

    cosmos = resources.once(open_database)
    done = await prepare(
        cosmos,
        throughput=resources.section(CosmosSettings).throughput,
        dry_run=preparing.dry_run,
        apply=preparing.apply,
        say=preparing.say,
    )
    return done if preparing.dry_run else [*done, *await upgrade(cosmos, resources.holders)]


async def _preflight(resources: Resources, _: Preparing) -> None:
    """Reject a database written by a newer version, and bring an older one up to date."""
    from ragtenancy.adapters.cosmos.upgrade import upgrade

    await upgrade(resources.once(open_database), resources.holders)


async def _adopt_clients(resources: Resources, preparing: Preparing) -> Sequence[str]:
    """Adopt the plan's client records, replacing each by a tenant's record."""
    from ragtenancy.adapters.cosmos.plan_clients import PlanClients

    records = PlanClients(resources.once(open_database))
    found = await _found(records, dry_run=preparing.dry_run)
    return [await _adopt(records, client, preparing) for client in found]


async def _found(records: PlanClients, *, dry_run: bool) -> Sequence[FoundClient]:
    """Return the records; in a dry run, none if the containers do not exist yet."""
    try:
        return await records.found()
    except (NotFoundError, UnavailableError):
        if dry_run:
            return []
        raise


async def _adopt(records: PlanClients, found: FoundClient, preparing: Preparing) -> str:
    """Adopt a client; return the action taken, or planned."""
    try:
        client = found.record()
        if not preparing.dry_run:
            async with records.kept(found):
                await preparing.adopt(client)
    except (MalformedError, InvalidError, AlreadyExistsError) as error:
        return f"skip client record {found.item_id}: {error.detail}"
    key = "with its key" if client.api_key_hash else "without a key: there is no hash"
    return f"adopt client {client.tenant_id} {key}"


def _plan_documents(resources: Resources) -> PlanDocuments:
    from ragtenancy.adapters.cosmos.plan_documents import CosmosPlanDocuments

    return CosmosPlanDocuments(resources.once(open_database))


def _azure(chosen: Chosen, grantee: Grantee) -> AzurePart:
    from ragtenancy.adapters.cosmos.template import azure_part

    cosmos = chosen.section(CosmosSettings)
    database = given(cosmos.database, "COSMOS_DATABASE")
    return azure_part(cosmos.endpoint, database, cosmos.throughput, grantee)


def _faults(chosen: Chosen, backends: Backends) -> Iterator[str]:
    cosmos = chosen.section(CosmosSettings)
    if backends.records == "cosmos":
        yield from absent(cosmos, "records in Cosmos DB", "endpoint", "database")
    elif cosmos.clients_file:
        yield (
            "RAGTENANCY_CLIENTS_FILE is used only if Cosmos DB is unreachable: set it together "
            "with COSMOS_ENDPOINT."
        )


def _is_implied(chosen: Chosen) -> bool:
    cosmos = chosen.section(CosmosSettings)
    return bool(cosmos.endpoint or cosmos.key or cosmos.database)


def _stand_in(chosen: Chosen) -> Path | None:
    """Return the clients file if it is set and the database cannot be reached."""
    cosmos = chosen.section(CosmosSettings)
    if cosmos.clients_file is None or _accepts(cosmos.endpoint or ""):
        return None
    return cosmos.clients_file


def _accepts(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=REACH_SECONDS):
            return True
    except OSError:
        return False


COSMOS = Backend(
    name="cosmos",
    section=CosmosSettings,
    records=RecordsOffer(
        name="cosmos",
        implied=_is_implied,
        open=_open,
        place=Place.SERVICE,
        idle=timedelta(seconds=2),  # polling the queue is a paid query
        stand_in=_stand_in,
        plan_documents=_plan_documents,
    ),
    faults=_faults,
    probe=_probe,
    set_up=_set_up,
    adopt_clients=_adopt_clients,
    preflight=_preflight,
    azure=_azure,
)
