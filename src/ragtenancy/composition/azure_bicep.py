"""Templates of Azure as Bicep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    whole,
    within,
)

INDENT = "  "
_KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"


def bicep(template: Template) -> str:
    """Return the template as Bicep."""
    parts = [f"// {line}" for line in template.about.splitlines()]
    parts += [_bicep_parameter(each) for each in template.parameters]
    parts += [_bicep_resource(each) for each in _every(template)]
    parts += [f"output {name} string = {_bicep(each)}" for name, each in template.outputs.items()]
    head = len(template.about.splitlines())
    return "\n".join(parts[:head]) + "\n\n" + "\n\n".join(parts[head:]) + "\n"


def _every(template: Template) -> Sequence[Resource]:
    """Return the template's resources, and before them those that only Bicep must name."""
    found: dict[str, Resource] = {}
    for resource in template.resources:
        named = (each for each in within(whole(resource)) if isinstance(each, Resource))
        parents = (each for each in (resource.parent, resource.scope) if each)
        for each in (*parents, *named):
            if each.exists:
                found.setdefault(each.symbol, each)
    own = {each.symbol: each for each in template.resources}
    return [*found.values(), *own.values()]


def _bicep_parameter(parameter: Parameter) -> str:
    kind = "int" if isinstance(parameter.default, int) else "string"
    default = "" if parameter.default is None else f" = {_bicep(parameter.default)}"
    lines = [f"@description({_quoted(parameter.description)})"]
    lines += ["@secure()"] if parameter.secure else []
    return "\n".join([*lines, f"param {parameter.name} {kind}{default}"])


def _bicep_resource(resource: Resource) -> str:
    place = {"parent": resource.parent, "scope": resource.scope}
    lines = [f"{INDENT}{key}: {each.symbol}" for key, each in place.items() if each]
    lines.append(f"{INDENT}name: {_bicep(resource.name)}")
    lines += [f"{INDENT}{key}: {_bicep(value, 1)}" for key, value in resource.body.items()]
    after = [each.symbol for each in resource.after if not each.exists]
    lines += [f"{INDENT}dependsOn: [{', '.join(after)}]"] if after else []
    exists = "existing " if resource.exists else ""
    head = f"resource {resource.symbol} '{resource.type}@{resource.api}' {exists}= {{"
    return "\n".join([head, *lines, "}"])


def _bicep(value: object, depth: int = 0) -> str:
    match value:
        case Expression():
            return _bicep_term(value)
        case Mapping():
            lines = [f"{_key(key)}: {_bicep(each, depth + 1)}" for key, each in value.items()]
            return _block("{", lines, "}", depth)
        case list() | tuple():
            return _block("[", [_bicep(each, depth + 1) for each in value], "]", depth)
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _bicep_term(value: object) -> str:
    match value:
        case Parameter():
            return value.name
        case Id(resource):
            return f"{resource.symbol}.id"
        case Property(resource, path):
            return f"{resource.symbol}.properties.{path}"
        case Key(resource, path):
            return f"{resource.symbol}.listKeys().{path}"
        case Call():
            return value.written(_bicep_term)
        case Text(parts):
            texts = (
                _escaped(each) if isinstance(each, str) else f"${{{_bicep_term(each)}}}"
                for each in parts
            )
            return "'" + "".join(texts) + "'"
        case _:
            return _quoted(str(value))


def _block(opening: str, lines: Sequence[str], closing: str, depth: int) -> str:
    if not lines:
        return opening + closing
    inner, outer = INDENT * (depth + 1), INDENT * depth
    return "\n".join([opening, *(inner + line for line in lines), outer + closing])


def _key(name: object) -> str:
    if isinstance(name, Expression):
        return _bicep_term(Text([name]))
    text = str(name)
    plain = text[:1] not in "0123456789" and all(each in _KEY for each in text)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return f"'{_escaped(text)}'"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return plain.replace("${", "\\${")
