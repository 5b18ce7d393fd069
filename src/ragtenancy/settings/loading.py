"""Loading the settings, with all faults reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
from msgspec import Struct, structs

from ragtenancy.backend.sections import Secret
from ragtenancy.domain.bounds import allowed
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.validation_words import either
from ragtenancy.settings.admin_keys import VARIABLE, admin_keys
from ragtenancy.settings.backends import options, sections
from ragtenancy.settings.faults import faults
from ragtenancy.settings.tree import CHOICE, PREFIX, Settings

Section = TypeVar("Section", bound=Struct)
APART = ("admin_keys", "sections")
CLIENT = frozenset({"RAGTENANCY_URL", "RAGTENANCY_API_KEY"})  # read by `ragtenancy.client`
OPERATOR_KEY = "RAGTENANCY_OPERATOR_KEY"  # read by commands with --url


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment, by default the process's and its `.env`.

    An empty value counts as none. Raises one `ConfigurationError` that lists every fault: unknown
    names with our prefix, bad values, and conflicts.
    """
    found = _environment() if environ is None else environ
    given = {name: value for name, value in found.items() if value.strip()}
    wrong = [f"{name} is unknown." for name in _unknown(given)]
    settings = structs.replace(
        _decoded(Settings, given, wrong),
        sections=_sections(given, wrong),
        admin_keys=admin_keys(given.get(VARIABLE, ""), wrong),
    )
    wrong += [fault for fault in faults(settings) if not _said_already(fault, wrong)]
    if wrong:
        raise ConfigurationError(_told(wrong))
    return settings


def variables(kind: type[Struct]) -> Iterator[structs.FieldInfo]:
    """Yield the fields of a Struct that are read from one variable each."""
    apart = APART if kind is Settings else ()
    return (field for field in structs.fields(kind) if field.name not in apart)


def extra(kind: object, name: str) -> str | None:
    """Return an annotation's extra entry of a name, None if it has none."""
    metas = [meta for meta in get_args(kind)[1:] if isinstance(meta, msgspec.Meta)]
    return next((meta.extra[name] for meta in metas if meta.extra and name in meta.extra), None)


def _decoded(kind: type[Section], given: Mapping[str, str], wrong: list[str]) -> Section:
    values: dict[str, object] = {}
    for field in variables(kind):
        if field.encode_name in given:
            try:
                values[field.name] = _value(field, given[field.encode_name])
            except msgspec.ValidationError as error:
                wrong.append(f"{field.encode_name} {_demand(field.type) or error}.")
            except ValueError as error:
                wrong.append(f"{field.encode_name} {error}.")
    return kind(**values)


def _demand(kind: object) -> str:
    """Return the allowed values as a demand, "must be a whole number …"; "" if none are known."""
    words = allowed(kind).removesuffix(", or null")
    return words and f"must be {words}"


def _value(field: structs.FieldInfo, text: str) -> object:
    value: object = msgspec.convert(text, field.type, strict=False, dec_hook=_ours)
    choice = extra(field.type, CHOICE)
    if choice is not None and value not in options(choice):
        raise ValueError(f'must be {either(options(choice))}, not "{value}"')
    return value


def _sections(given: Mapping[str, str], wrong: list[str]) -> Sequence[Struct]:
    """Return the sections with any given variable."""
    decoded = [_decoded(kind, given, wrong) for kind in sections()]
    return tuple(section for section in decoded if section != type(section)())


def _ours(kind: type, value: object) -> object:
    if isinstance(value, str) and kind in (Path, Secret):
        return kind(value)
    raise ValueError("must be text")


def _unknown(given: Mapping[str, str]) -> list[str]:
    kinds: tuple[type[Struct], ...] = (Settings, *sections())
    known = (
        CLIENT | {OPERATOR_KEY} | {field.encode_name for kind in kinds for field in variables(kind)}
    )
    return sorted(name for name in given if name.startswith(PREFIX) and name not in known)


def _told(wrong: list[str]) -> str:
    if len(wrong) == 1:
        return wrong[0]
    return "The settings are invalid:\n- " + "\n- ".join(wrong)


def _said_already(fault: str, wrong: list[str]) -> bool:
    """Return whether an apparently missing value is present but invalid."""
    variable = fault.partition(" ")[0].rstrip(":")
    return any(said.startswith((f"{variable}: ", f"{variable} must ")) for said in wrong)


def _environment() -> Mapping[str, str]:
    import os

    from dotenv import dotenv_values

    written = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**written, **os.environ}
