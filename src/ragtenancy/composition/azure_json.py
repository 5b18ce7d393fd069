"""Templates of Azure as JSON, the form of Azure Resource Manager (ARM)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ragtenancy.backend.azure_template import (
    Call,
    Expression,
    Id,
    Key,
    Parameter,
    Property,
    Resource,
    Template,
    Text,
    referred,
)

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def arm_json(template: Template) -> str:
    """Return the template as JSON of Azure Resource Manager."""
    made = [each for each in template.resources if not each.exists]
    document = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {"description": template.about},
        "parameters": {each.name: _arm_parameter(each) for each in template.parameters},
        "resources": [_arm_resource(each) for each in made],
        "outputs": {
            name: {"type": "string", "value": _arm(value)}
            for name, value in template.outputs.items()
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _arm_parameter(parameter: Parameter) -> Mapping[str, object]:
    default = parameter.default
    kind = "int" if isinstance(default, int) else "string"
    return {
        "type": "securestring" if parameter.secure else kind,
        **({} if default is None else {"defaultValue": _arm(default)}),
        "metadata": {"description": parameter.description},
    }


def _arm_resource(resource: Resource) -> Mapping[str, object]:
    names = resource.names
    joined = [part for name in names for part in ("/", name)][1:]
    depends = [_arm(Id(each)) for each in referred(resource)]
    body = {str(key): _arm(value) for key, value in resource.body.items()}
    return {
        "type": resource.type,
        "apiVersion": resource.api,
        "name": _arm(names[0] if len(names) == 1 else Text(joined)),
        **({"scope": _arm(Id(resource.scope))} if resource.scope else {}),
        **body,
        **({"dependsOn": depends} if depends else {}),
    }


def _arm(value: object) -> object:
    match value:
        case Expression():
            return f"[{_arm_term(value)}]"
        case str():
            return f"[{value}" if value.startswith("[") else value
        case Mapping():
            return {_arm(key): _arm(each) for key, each in value.items()}
        case list() | tuple():
            return [_arm(each) for each in value]
        case _:
            return value


def _arm_term(value: object) -> str:
    match value:
        case Parameter():
            return f"parameters('{value.name}')"
        case Id(resource) if resource.scope:
            of = [Id(resource.scope), resource.type, *resource.names]
            return Call(function="extensionResourceId", arguments=of).written(_arm_term)
        case Id(resource):
            return Call(function="resourceId", arguments=[resource.type, *resource.names]).written(
                _arm_term
            )
        case Property(resource, path):
            of = [Id(resource), resource.api]
            return Call(function="reference", arguments=of, member=path).written(_arm_term)
        case Key(resource, path):
            of = [Id(resource), resource.api]
            return Call(function="listKeys", arguments=of, member=path).written(_arm_term)
        case Call():
            return value.written(_arm_term)
        case Text(parts):
            held = [each for each in parts if isinstance(each, Expression)]
            numbers = iter(range(len(held)))
            pattern = "".join(
                each if isinstance(each, str) else f"{{{next(numbers)}}}" for each in parts
            )
            return Call(function="format", arguments=[pattern, *held]).written(_arm_term)
        case _:
            return "'" + str(value).replace("'", "''") + "'"
