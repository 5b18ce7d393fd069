"""A catalogue of all variables, for the docs and for `ragtenancy settings`."""

from __future__ import annotations

import types
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct, structs

from ragtenancy.backend.sections import Secret
from ragtenancy.settings import admin_keys
from ragtenancy.settings.backends import options, sections
from ragtenancy.settings.loading import extra, variables
from ragtenancy.settings.tree import CHOICE, CHOICES, Settings

NAMES: dict[type, str] = {
    str: "text", int: "number", float: "seconds", Path: "path", Secret: "secret", bool: "true or false"
}  # fmt: skip
ADMIN = (
    f"The operator's key, at least {admin_keys.MIN_LENGTH} ASCII characters, or several with names "
    "(`alice=…,bob=…`). Required in the cloud; otherwise, if unset, one is created in "
    "the data folder."
)


class Variable(Struct, frozen=True, kw_only=True):
    """One variable: `values` describes the allowed values, `default` is "" if there is none."""

    name: str
    values: str
    default: str
    description: str
    field: str

    @property
    def secret(self) -> bool:
        """Whether its value is never shown."""
        return self.values == "secret"


class Group(Struct, frozen=True, kw_only=True):
    """The variables of one backend, or of the process."""

    title: str
    section: type[Struct] | None
    variables: Sequence[Variable]


def catalogue() -> Sequence[Group]:
    """Return every group; the services first, under the names of the original plan."""
    services = [
        Group(title=_title(kind), section=kind, variables=[*map(_variable, variables(kind))])
        for kind in sections()
    ]
    operator = Variable(
        name=admin_keys.VARIABLE, values="secret", default="", description=ADMIN, field="admin_keys"
    )
    own = [operator, *map(_variable, variables(Settings))]
    return [*services, Group(title="The process.", section=None, variables=own)]


def _title(kind: type[Struct]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _variable(field: structs.FieldInfo) -> Variable:
    return Variable(
        name=field.encode_name,
        values=_values(field.type),
        default="" if field.default is None else str(field.default),
        description=_description(field.type),
        field=field.name,
    )


def _description(kind: Any) -> str:  # noqa: ANN401 - an annotation
    metas = [meta for meta in get_args(kind)[1:] if isinstance(meta, Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def _values(kind: Any) -> str:  # noqa: ANN401 - an annotation
    """Describe an annotation's allowed values."""
    if (choice := extra(kind, CHOICE) or extra(kind, CHOICES)) is not None:
        return ", ".join(f"`{name}`" for name in options(choice))
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _values(parts[0])
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (Union, types.UnionType):
        return _values(next(part for part in parts if part is not type(None)))
    return NAMES[kind]
