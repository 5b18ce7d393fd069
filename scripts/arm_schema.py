"""Write tests/unit/deployment/arm_schema.json: the published schemas of what templates contain.

Takes a git repository of Azure/azure-resource-manager-schemas (MIT), whose files are large: only
what the resources in use refer to is kept, without descriptions.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests/unit/deployment/arm_schema.json"
OWN = "#/definitions/"
COMMON = "https://schema.management.azure.com/schemas/common/definitions.json"
FILES = {
    "Microsoft.App": "2025-01-01/Microsoft.App.json",
    "Microsoft.Authorization": "2022-04-01/Microsoft.Authorization.json",
    "Microsoft.DocumentDB": "2024-11-15/Microsoft.DocumentDB.json",
    "Microsoft.KeyVault": "2023-07-01/Microsoft.KeyVault.json",
    "Microsoft.ManagedIdentity": "2023-01-31/Microsoft.ManagedIdentity.json",
    "Microsoft.OperationalInsights": "2023-09-01/Microsoft.OperationalInsights.json",
    "Microsoft.Storage": "2024-01-01/Microsoft.Storage.json",
}
USED = {
    "Microsoft.App": ["containerApps", "jobs", "managedEnvironments"],
    "Microsoft.Authorization": ["roleAssignments"],
    "Microsoft.DocumentDB": [
        "databaseAccounts_sqlDatabases",
        "databaseAccounts_sqlDatabases_containers",
        "databaseAccounts_sqlRoleAssignments",
    ],
    "Microsoft.KeyVault": ["vaults", "vaults_secrets"],
    "Microsoft.ManagedIdentity": ["userAssignedIdentities"],
    "Microsoft.OperationalInsights": ["workspaces"],
    "Microsoft.Storage": ["storageAccounts_blobServices_containers"],
}


def main() -> None:
    repository = sys.argv[1]
    schemas = {name: _read(repository, f"schemas/{path}") for name, path in FILES.items()}
    common = _read(repository, "schemas/common/definitions.json")
    kept = {name: _pruned(name, schema) for name, schema in schemas.items()}
    kept["common"] = {"definitions": {"expression": common["definitions"]["expression"]}}
    KEPT.write_text(json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n")
    print(f"{KEPT.relative_to(ROOT)}: {KEPT.stat().st_size:,} bytes")


def _read(repository: str, path: str) -> dict[str, Any]:
    command = ["git", "-C", repository, "show", f"HEAD:{path}"]
    shown = subprocess.run(command, check=True, capture_output=True).stdout
    found: dict[str, Any] = json.loads(shown)
    return found


def _pruned(file: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources in use and the definitions that they refer to."""
    resources = {
        name: schema[kind][name]
        for kind in schema
        if kind.endswith("esourceDefinitions")
        for name in USED[file]
        if name in schema[kind]
    }
    definitions: dict[str, Any] = {}
    waiting = [*_references(resources)]
    while waiting:
        name = waiting.pop()
        if name not in definitions:
            definitions[name] = schema["definitions"][name]
            waiting += _references(definitions[name])
    return {
        "resourceDefinitions": {name: _plain(file, each) for name, each in resources.items()},
        "definitions": {name: _strict(_plain(file, each)) for name, each in definitions.items()},
    }


def _strict(definition: dict[str, Any]) -> dict[str, Any]:
    """Refuse properties that the schema does not name, as the published one does not."""
    if definition.get("properties"):
        definition.setdefault("additionalProperties", False)
    return definition


def _plain(file: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema without descriptions and nested resources, references within one file."""
    if isinstance(value, list):
        return [_plain(file, each) for each in value]
    if not isinstance(value, dict):
        return value
    reference = str(value.get("$ref", ""))
    if reference.startswith(COMMON):
        return {"$ref": "#/common/definitions/expression"}
    if reference:
        return {"$ref": reference.replace("#/", f"#/{file}/")}
    return {k: _plain(file, v) for k, v in value.items() if not _is_dropped(k, v)}


def _is_dropped(key: str, value: object) -> bool:
    nested = key == "resources" and isinstance(value, dict) and value.get("type") == "array"
    return nested or (key == "description" and isinstance(value, str))


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    if isinstance(value, dict):
        reference = str(value.get("$ref", ""))
        if reference.startswith(OWN):
            yield reference.removeprefix(OWN)
        for each in value.values():
            yield from _references(each)


if __name__ == "__main__":
    main()
