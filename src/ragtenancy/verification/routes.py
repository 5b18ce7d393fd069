"""The route table of an installation, from its own description, with a request for each route."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ragtenancy.verification.exchange import Installation
from ragtenancy.verification.parties import SetUpError, expected

_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{(\w+)\}")
SHARED_PARAMETERS = {"model": "ragtenancy"}
"""Parameters that name nothing of a tenant's."""
NAMING = ("document_id", "right_document_id", "session_id", "user_id", "client_id", "tenant_id",
          "namespace", "user", "thread_id", "checkpoint_id")  # fmt: skip
"""Members of bodies that name, or in other products have named, a tenant's things."""


class Operation(Struct, frozen=True, kw_only=True):
    """One route as the description gives it.

    `audience` is `tenant`, `operator` or `anyone`, `scope` the right that a tenant's key needs.
    """

    method: str
    path: str
    audience: str
    scope: str | None
    parameters: Sequence[str]
    query: Sequence[str]
    example: Mapping[str, Any] | None
    members: Sequence[str]
    upload: bool

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def filled(self, ids: Mapping[str, str]) -> str:
        """Return the path with these ids."""
        return self.path.format_map({**SHARED_PARAMETERS, **ids})

    def content(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the arguments of a valid request, with some members of its body changed."""
        if self.upload:
            fields = {name: _text(value) for name, value in (changes or {}).items()}
            return {"files": {"file": ("note.md", b"# Note\n\nA note.\n")}, "data": fields}
        if self.example is None and not changes:
            return {}
        return {"json": {**(self.example or {}), **(changes or {})}}


async def route_table(installation: Installation) -> Sequence[Operation]:
    """Return every operation of the installation's description. Raises `SetUpError`."""
    reply = await installation.call("GET", "/schema/openapi.json")
    description = expected(reply, 200, "reading the API's description")
    found = list(_operations(description))
    if not found:
        raise SetUpError("The API's description lists no route.")
    return found


def without_case(operations: Sequence[Operation], known: Mapping[str, str]) -> Sequence[str]:
    """Return the routes with a parameter that nothing here knows how to fill."""
    names = {*known, *SHARED_PARAMETERS}
    return [
        f"{each.name}: nothing is known of {parameter}"
        for each in operations
        for parameter in each.parameters
        if parameter not in names
    ]


def _operations(description: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(description, path, method, item[method])


def _operation(
    description: Mapping[str, Any], path: str, method: str, stated: Mapping[str, Any]
) -> Operation:
    content = stated.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {})
    upload = content.get("multipart/form-data")
    schema = _resolved(description, (upload or body).get("schema", {}))
    security = stated.get("security", description.get("security", []))
    schemes = {name: scopes for each in security for name, scopes in each.items()}
    scopes = [scope for given in schemes.values() for scope in given]
    return Operation(
        method=method.upper(),
        path=path,
        audience=_audience(schemes),
        scope=scopes[0] if scopes else None,
        parameters=_PARAMETER.findall(path),
        query=[each["name"] for each in stated.get("parameters", ()) if each.get("in") == "query"],
        example=body.get("example"),
        members=list(schema.get("properties", ())),
        upload=upload is not None,
    )


def _audience(schemes: Mapping[str, object]) -> str:
    if any(name.startswith("operator") for name in schemes):
        return "operator"
    return "tenant" if schemes else "anyone"


def _resolved(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = description
    for part in str(reference).removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
