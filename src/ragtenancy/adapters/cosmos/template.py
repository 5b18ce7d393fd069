"""The database in a template of Azure, made from the containers that set-up creates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragtenancy.adapters.cosmos.containers import CONTAINERS, INDEXING, Container
from ragtenancy.adapters.cosmos.throughput import asked_throughput
from ragtenancy.backend.azure_template import (
    AzurePart,
    Call,
    Grantee,
    Id,
    Resource,
    Text,
    account,
    account_name,
)
from ragtenancy.domain.errors import ConfigurationError

API = "2024-11-15"
ACCOUNT = "Microsoft.DocumentDB/databaseAccounts"
DATA_CONTRIBUTOR = "00000000-0000-0000-0000-000000000002"
KEY_VERSION = 2  # the SDK's default


def azure_part(
    endpoint: str | None, database: str, throughput: str | None, grantee: Grantee
) -> AzurePart:
    """Return the database, its containers and the role of the data plane.

    Raises `ConfigurationError` without a throughput: whether the account is serverless is not asked.
    """
    if throughput is None:
        raise ConfigurationError(
            "RAGTENANCY_COSMOS_THROUGHPUT is missing; a template needs it: `serverless`, `400` or "
            "`autoscale:1000`, as the account is billed."
        )
    name = account_name("cosmosAccount", "the Cosmos DB account", endpoint, "documents.azure.com")
    cosmos = account("cosmos", ACCOUNT, API, name)
    made = Resource(
        symbol="database",
        type=f"{ACCOUNT}/sqlDatabases",
        api=API,
        parent=cosmos,
        name=database,
        body={"properties": {"resource": {"id": database}, "options": _options(throughput)}},
    )
    containers = [_container(made, each) for each in CONTAINERS]
    return AzurePart(resources=[made, *containers, _role(cosmos, grantee)], keyless=["COSMOS_KEY"])


def container_resource(container: Container) -> Mapping[str, Any]:
    """Return a container's definition."""
    expiry = {} if container.ttl is None else {"defaultTtl": container.ttl}
    return {
        "id": container.name,
        "partitionKey": {"paths": [container.partition], "kind": "Hash", "version": KEY_VERSION},
        "indexingPolicy": INDEXING,
        **expiry,
    }


def _container(database: Resource, container: Container) -> Resource:
    return Resource(
        symbol=f"container_{container.name}",
        type=f"{ACCOUNT}/sqlDatabases/containers",
        api=API,
        parent=database,
        name=container.name,
        body={"properties": {"resource": container_resource(container)}},
    )


def _options(throughput: str) -> Mapping[str, object]:
    asked = asked_throughput(throughput)
    if asked is None:
        return {}
    if asked.autoscale:
        return {"autoscaleSettings": {"maxThroughput": asked.units}}
    return {"throughput": asked.units}


def _role(cosmos: Resource, grantee: Grantee) -> Resource:
    """Return the assignment for the whole account, whose metadata the SDK reads at first."""
    return Resource(
        symbol="cosmos_role",
        type=f"{ACCOUNT}/sqlRoleAssignments",
        api=API,
        parent=cosmos,
        name=Call(function="guid", arguments=[Id(cosmos), grantee.key, DATA_CONTRIBUTOR]),
        body={
            "properties": {
                "roleDefinitionId": Text([Id(cosmos), f"/sqlRoleDefinitions/{DATA_CONTRIBUTOR}"]),
                "principalId": grantee.principal,
                "scope": Id(cosmos),
            }
        },
    )
