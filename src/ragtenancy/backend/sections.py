"""Sections of settings: one service's variables of the environment.

A section is a frozen Struct whose `rename` gives each field its variable, whose annotations carry
bounds and a description, and whose docstring's first line is its title in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Annotated, TypeVar

from msgspec import Meta, Struct, structs

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.validation_words import shape

EXTRA = "pip install ragtenancy[cloud]"
AUTO = "auto"
_URL = shape(r"\Ahttps?://[^\s/?#]+", "an http:// or https:// address")
_UNSPACED = shape(r"\A\S+\Z", "text without spaces")
Url = Annotated[str, Meta(pattern=_URL)]
Described = Annotated[str, Meta(min_length=1, max_length=512, pattern=_UNSPACED)]
Dimension = Annotated[int, Meta(ge=1, le=20_000)]
Section = TypeVar("Section", bound=Struct)
Given = TypeVar("Given")


class Secret:
    """A key or a password, as a string that does not print itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string."""
        return self._value

    def __repr__(self) -> str:
        """Hide the string."""
        return "Secret('***')"


class Chosen(Struct, frozen=True, kw_only=True):
    """The given sections, and the given backend name for each kind of port."""

    sections: Sequence[Struct] = ()
    named: Mapping[str, str] = {}

    def section(self, kind: type[Section]) -> Section:
        """Return the settings of one service, or its defaults."""
        return section_of(self.sections, kind)

    def is_open(self, kind: str) -> bool:
        """Return whether the services' variables decide, because no backend is named."""
        return self.named.get(kind, AUTO) == AUTO


def section_of(sections: Sequence[Struct], kind: type[Section]) -> Section:
    """Return the section of a kind, or its defaults."""
    return next((each for each in sections if isinstance(each, kind)), kind())


def absent(section: Struct, what: str, *names: str) -> Iterator[str]:
    """Yield a fault for each missing field that `what` needs."""
    variables = {field.name: field.encode_name for field in structs.fields(section)}
    for name in names:
        if getattr(section, name) is None:
            yield f"{variables[name]} is missing; it is needed for {what}."


def given(value: Given | None, variable: str) -> Given:
    """Return a setting. Raises `ConfigurationError` if it is missing."""
    if value is None:
        raise ConfigurationError(f"{variable} is missing.")
    return value


def revealed(secret: Secret | None) -> str | None:
    """Return a secret's string; None means managed identity."""
    return None if secret is None else secret.reveal()


def on_this_machine(host: str) -> bool:
    """Return whether a host is this machine, so that nothing leaves it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_package(package: str, what: str) -> None:
    """Raise `ConfigurationError`, naming the extra, if a package is not installed."""
    try:
        found = find_spec(package) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise ConfigurationError(f"{what}: {package} is not installed; run `{EXTRA}`.")
