"""Finding the ports among the container's objects."""

from __future__ import annotations

from collections.abc import Mapping

PORTS = "ragtenancy.ports."


def ports_among(**made: object) -> Mapping[str, object]:
    """Return the objects that implement a port, by their providers' names."""
    return {name: each for name, each in made.items() if implements_a_port(type(each))}


def implements_a_port(kind: type) -> bool:
    """Return whether a class inherits from a port's Protocol."""
    return any(
        base.__module__.startswith(PORTS) and getattr(base, "_is_protocol", False)
        for base in kind.__mro__[1:]
    )
