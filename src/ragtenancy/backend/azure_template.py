"""Azure resources that a backend needs, for templates in Bicep and in JSON.

Values are JSON, in which an expression stands for what is known only at deployment: a parameter, a
resource's id or property, a function's result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

AUTHORIZATION = "2022-04-01"  # the version of the API of role assignments


class Expression(Struct, frozen=True):
    """A value known at deployment."""


class Parameter(Expression, frozen=True, kw_only=True):
    """A value that the deployer gives, or `default`; a `secure` one is never logged."""

    name: str
    description: str
    default: object = None
    secure: bool = False


class Resource(Struct, frozen=True, kw_only=True, eq=False):
    """A resource, or with `exists` one that the template only refers to.

    `name` is the last segment if there is a `parent`. `scope` is the resource that an extension,
    such as a role assignment, applies to. `body` holds everything but name, type and version.
    """

    symbol: str
    type: str
    api: str
    name: object
    body: Mapping[object, object] = {}
    parent: Resource | None = None
    scope: Resource | None = None
    exists: bool = False
    after: Sequence[Resource] = ()

    @property
    def names(self) -> Sequence[object]:
        """The name of each level, from the outermost parent's."""
        return [*(self.parent.names if self.parent else ()), self.name]


class Id(Expression, frozen=True):
    """A resource's id."""

    resource: Resource


class Property(Expression, frozen=True):
    """A property of a resource, such as `principalId`."""

    resource: Resource
    path: str


class Key(Expression, frozen=True):
    """An access key of a resource, read at deployment."""

    resource: Resource
    path: str


class Call(Expression, frozen=True, kw_only=True):
    """A function's result, or a `member` of it; both languages have the same functions."""

    function: str
    arguments: Sequence[object] = ()
    member: str = ""

    def written(self, term: Callable[[object], str]) -> str:
        """Return the call, each argument written by `term`."""
        member = f".{self.member}" if self.member else ""
        return f"{self.function}({', '.join(map(term, self.arguments))}){member}"


class Text(Expression, frozen=True):
    """Strings and expressions, joined."""

    parts: Sequence[object]


class Template(Struct, frozen=True, kw_only=True):
    """Resources, each after those that it refers to, and the values to show after deployment."""

    about: str
    resources: Sequence[Resource]
    outputs: Mapping[str, Expression] = {}

    @property
    def parameters(self) -> Sequence[Parameter]:
        """The parameters in use, in the order of their first use."""
        used = within([[whole(each) for each in self.resources], dict(self.outputs)])
        found = [each for each in used if isinstance(each, Parameter)]
        return list({each.name: each for each in found}.values())


def whole(resource: Resource) -> object:
    """Return everything in a resource that may hold an expression."""
    return [list(resource.names), resource.body, resource.scope and Id(resource.scope)]


def within(value: object) -> Iterator[Expression | Resource]:
    """Yield the expressions in a value, and the resources that they refer to."""
    match value:
        case Id(resource) | Property(resource, _) | Key(resource, _):
            yield resource
            yield from within(list(resource.names))
        case Call():
            yield from within(list(value.arguments))
        case Text(parts):
            yield from within(list(parts))
        case Parameter():
            yield from within(value.default)
            yield value
        case Mapping():
            yield from within([*value.keys(), *value.values()])
        case list() | tuple():
            for each in value:
                yield from within(each)
        case _:
            pass


def referred(resource: Resource) -> Sequence[Resource]:
    """Return the resources of the template that must be deployed before this one."""
    named = [each for each in within(resource.body) if isinstance(each, Resource)]
    parents = [each for each in (resource.parent, resource.scope) if each]
    every = {each.symbol: each for each in (*parents, *named, *resource.after)}
    return [each for each in every.values() if not each.exists]


class Grantee(Struct, frozen=True, kw_only=True):
    """Who gets roles: `key` is known before deployment and names the assignments."""

    key: Expression
    principal: Expression


class ScaleRule(Struct, frozen=True, kw_only=True):
    """A rule of KEDA by which workers are added, with the parameters that are secrets."""

    type: str
    metadata: Mapping[str, str]
    secrets: Sequence[str] = ()


class AzurePart(Struct, frozen=True, kw_only=True):
    """What a backend needs in Azure; its roles make the variables in `keyless` unnecessary."""

    resources: Sequence[Resource] = ()
    keyless: Sequence[str] = ()
    queue: ScaleRule | None = None


def account(symbol: str, type_: str, api: str, name: Parameter) -> Resource:
    """Return an account that exists already."""
    return Resource(symbol=symbol, type=type_, api=api, name=name, exists=True)


def account_name(parameter: str, what: str, endpoint: str | None, suffix: str) -> Parameter:
    """Return an account's name as a parameter; its default is the one in an address."""
    host = urlsplit(endpoint or "").hostname or ""
    name, _, rest = host.partition(".")
    return Parameter(
        name=parameter,
        description=f"The name of {what}.",
        default=name if rest == suffix else None,
    )


def role_assignment(symbol: str, to: Resource, role: str, grantee: Grantee) -> Resource:
    """Return the assignment of a built-in role, by its id, for one resource."""
    definitions = "Microsoft.Authorization/roleDefinitions"
    definition = Call(function="subscriptionResourceId", arguments=[definitions, role])
    return Resource(
        symbol=symbol,
        type="Microsoft.Authorization/roleAssignments",
        api=AUTHORIZATION,
        name=Call(function="guid", arguments=[Id(to), grantee.key, role]),
        scope=to,
        body={
            "properties": {
                "roleDefinitionId": definition,
                "principalId": grantee.principal,
                "principalType": "ServicePrincipal",
            }
        },
    )
