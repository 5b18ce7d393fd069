"""Templates of Azure: what they contain, in the published schemas' shape, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pycep import BicepParser

from ragtenancy.adapters.cosmos.comparison import differences
from ragtenancy.adapters.cosmos.containers import CONTAINERS
from ragtenancy.adapters.cosmos.template import container_resource
from ragtenancy.composition.azure_bicep import bicep
from ragtenancy.composition.azure_deployment import azure_template
from ragtenancy.composition.azure_json import arm_json
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.settings import load_settings

# Pruned from Azure/azure-resource-manager-schemas (MIT) by scripts/arm_schema.py.
SCHEMAS = json.loads((Path(__file__).parent / "arm_schema.json").read_text(encoding="utf-8"))
ENVIRONMENT = {
    "COSMOS_ENDPOINT": "https://acme.documents.azure.com",
    "COSMOS_DATABASE": "rag",
    "COSMOS_KEY": "cosmos-key-of-the-test",
    "RAGTENANCY_COSMOS_THROUGHPUT": "autoscale:1000",
    "PINECONE_API_KEY": "pinecone-key-of-the-test",
    "PINECONE_INDEX_NAME": "guides",
    "RAGTENANCY_BLOB_ENDPOINT": "https://acmeblobs.blob.core.windows.net",
    "AZURE_OPENAI_ENDPOINT": "https://acme-openai.openai.azure.com",
    "AZURE_DEPLOYMENT_NAME": "chat",
    "AZURE_EMBEDDING_DEPLOYMENT": "embed",
    "ADMIN_API_KEY": "alice=0123456789abcdef0123456789abcdef",
    "RAGTENANCY_BROKER_URL": "rediss://:broker-key-of-the-test@acme.redis.cache.windows.net:6380/1",
}
ROLES = {
    "00000000-0000-0000-0000-000000000002",  # Cosmos DB Built-in Data Contributor
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",  # Cognitive Services OpenAI User
}
ROLES_OF_A_DEPLOYMENT = {
    "4633458b-17de-408a-874b-0445c86b69e6",  # Key Vault Secrets User
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",  # AcrPull
}
Written = dict[str, Any]


def written(*, complete: bool, **changes: str) -> Written:
    settings = load_settings(ENVIRONMENT | changes)
    made: Written = json.loads(arm_json(azure_template(settings, complete=complete)))
    return made


@pytest.fixture(scope="module")
def data() -> Written:
    return written(complete=False)


@pytest.fixture(scope="module")
def deployment() -> Written:
    return written(complete=True)


def of_type(template: Written, kind: str) -> list[Written]:
    return [each for each in template["resources"] if each["type"] == kind]


def app(template: Written, role: str) -> Written:
    [found] = [
        e for e in of_type(template, "Microsoft.App/containerApps") if f"-{role}" in e["name"]
    ]
    return dict(found["properties"]["template"])


def roles(template: Written) -> set[str]:
    text = json.dumps([e for e in template["resources"] if "oleAssignments" in e["type"]])
    return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))


def validators(template: Written) -> Iterator[tuple[Written, jsonschema.Draft7Validator]]:
    for resource in template["resources"]:
        provider, _, kind = resource["type"].partition("/")
        reference = f"#/{provider}/resourceDefinitions/{kind.replace('/', '_')}"
        yield (
            resource,
            jsonschema.Draft4Validator(
                SCHEMAS | {"$ref": reference, "allOf": [{"$ref": reference}]}
            ),
        )


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("throughput", ["serverless", "400", "autoscale:1000"])
def test_every_resource_keeps_to_the_published_schema(complete: bool, throughput: str) -> None:
    template = written(complete=complete, RAGTENANCY_COSMOS_THROUGHPUT=throughput)

    errors = [(r["name"], e) for r, v in validators(template) for e in v.iter_errors(r)]
    # A name's bounds are those of its value, not of the expression.
    assert [f"{n}: {e.message}" for n, e in errors if [*e.path] != ["name"]] == []


def test_the_schema_finds_a_wrong_property(deployment: Written) -> None:
    [(vault, validator)] = [
        pair for pair in validators(deployment) if pair[0]["type"].endswith("vaults")
    ]
    wrong = vault | {"properties": vault["properties"] | {"skuu": {}}}

    assert [*validator.iter_errors(wrong)]


def test_it_holds_the_database_its_containers_and_their_roles(data: Written) -> None:
    kinds = [each["type"].rpartition("/")[2] for each in data["resources"]]

    assert kinds == [
        "sqlDatabases",
        *["containers"] * len(CONTAINERS),
        "sqlRoleAssignments",
        "containers",
        *["roleAssignments"] * 2,
    ]
    assert roles(data) == ROLES
    assert data["parameters"]["cosmosAccount"]["defaultValue"] == "acme"
    assert "defaultValue" not in data["parameters"]["principalId"]


def test_its_containers_are_those_that_set_up_makes() -> None:
    made = [container_resource(each) for each in CONTAINERS]

    assert [[*differences(each, r)] for each, r in zip(CONTAINERS, made, strict=True)] == [[]] * 11


@pytest.mark.parametrize(
    ("throughput", "options"),
    [
        ("serverless", {}),
        ("400", {"throughput": 400}),
        ("autoscale:1000", {"autoscaleSettings": {"maxThroughput": 1000}}),
    ],
)
def test_throughput_is_the_databases(throughput: str, options: Mapping[str, object]) -> None:
    [database] = of_type(
        written(complete=False, RAGTENANCY_COSMOS_THROUGHPUT=throughput),
        "Microsoft.DocumentDB/databaseAccounts/sqlDatabases",
    )

    assert database["properties"]["options"] == options


def test_throughput_is_not_assumed() -> None:
    with pytest.raises(ConfigurationError, match="RAGTENANCY_COSMOS_THROUGHPUT is missing"):
        written(complete=False, RAGTENANCY_COSMOS_THROUGHPUT="")


def test_no_secret_is_written(deployment: Written) -> None:
    text = json.dumps(deployment)

    assert not re.search("of-the-test|0123456789abcdef", text)
    secrets = {k for k, v in deployment["parameters"].items() if v["type"] == "securestring"}
    assert secrets == {"adminApiKey", "brokerPassword", "pineconeApiKey", "ragtenancyBrokerUrl"}


def test_given_peppers_are_kept_in_key_vault() -> None:
    template = written(complete=True, RAGTENANCY_PEPPERS="ab" * 32)

    assert template["parameters"]["ragtenancyPeppers"]["type"] == "securestring"
    assert "abab" not in json.dumps(template)


def test_a_deployment_needs_no_key_that_a_role_replaces(deployment: Written) -> None:
    [container] = app(deployment, "api")["containers"]
    variables = {each["name"]: each for each in container["env"]}

    assert not {"COSMOS_KEY", "RAGTENANCY_BLOB_KEY", "AZURE_OPENAI_API_KEY"} & variables.keys()
    assert variables["AZURE_CLIENT_ID"]["value"].endswith(".clientId]")
    assert variables["PINECONE_API_KEY"] == {
        "name": "PINECONE_API_KEY",
        "secretRef": "pinecone-api-key",
    }
    assert roles(deployment) == ROLES | ROLES_OF_A_DEPLOYMENT


def test_the_api_is_probed_and_scales_by_concurrency(deployment: Written) -> None:
    api = app(deployment, "api")

    probes = {p["type"]: p["httpGet"]["path"] for p in api["containers"][0]["probes"]}
    assert probes == {"Startup": "/livez", "Liveness": "/livez", "Readiness": "/readyz"}
    [rule] = api["scale"]["rules"]
    assert "concurrentRequests" in rule["http"]["metadata"]


def test_workers_scale_by_the_queue(deployment: Written) -> None:
    worker = app(deployment, "worker")

    assert worker["containers"][0]["args"] == ["worker", "--celery"]
    assert worker["scale"]["rules"] == [
        {
            "name": "queue",
            "custom": {
                "type": "redis",
                "metadata": {
                    "address": "acme.redis.cache.windows.net:6380",
                    "databaseIndex": "1",
                    "enableTLS": "true",
                    "listName": "ragtenancy-jobs",
                    "listLength": "1",
                },
                "auth": [{"secretRef": "broker-password", "triggerParameter": "password"}],
            },
        }
    ]


def test_workers_without_a_broker_scale_by_processor() -> None:
    worker = app(written(complete=True, RAGTENANCY_BROKER_URL=""), "worker")

    assert worker["containers"][0]["args"] == ["worker"]
    assert worker["scale"]["rules"][0]["custom"]["type"] == "cpu"


def literals(value: object, *path: object) -> Iterator[tuple[object, ...]]:
    """Yield the path and value of what is no expression of ARM; to the parser, `-1` is one."""
    if isinstance(value, dict):
        for key, each in value.items():
            if not key.startswith("["):
                yield from literals(each, *path, key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from literals(each, *path, index)
    elif not str(value).startswith(("[", "-")):
        yield (*path, value)


@pytest.mark.parametrize("complete", [False, True])
def test_both_languages_say_the_same(complete: bool) -> None:
    template = azure_template(load_settings(ENVIRONMENT), complete=complete)
    parsed, made = BicepParser().parse(text=bicep(template)), json.loads(arm_json(template))
    declared = [each for each in parsed["resources"].values() if not each["existing"]]

    assert [(e["type"], e["api_version"]) for e in declared] == [
        (each["type"], each["apiVersion"]) for each in made["resources"]
    ]
    assert [*parsed["parameters"]] == [*made["parameters"]]
    assert not parsed["resources"].keys() & parsed["parameters"].keys()
    for written_as, each in zip(declared, made["resources"], strict=True):
        said = set(literals(each.get("properties", {})))
        assert said <= set(literals(written_as["config"].get("properties", {})))


@pytest.mark.parametrize("complete", [False, True])
def test_what_a_resource_refers_to_is_deployed_before_it(complete: bool) -> None:
    made = written(complete=complete)
    types = {each["type"] for each in made["resources"]}

    named = {
        kind
        for each in made["resources"]
        for dependency in each.get("dependsOn", [])
        for kind in re.findall(r"'(Microsoft\.[A-Za-z/]+)'", dependency)[-1:]
    }
    assert named <= types


def test_bicep_escapes_what_would_end_a_string() -> None:
    text = bicep(azure_template(load_settings(ENVIRONMENT), complete=True))

    assert "param name string = 'ragtenancy'" in text
    assert "resource\\'s name" in text
    assert "path: '/\"_etag\"/?'" in text
