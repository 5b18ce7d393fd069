"""Which of the things that the container makes serve a port."""

from __future__ import annotations

from collections.abc import Mapping

PORTS = "ragtenancy.ports."


def ports_among(**made: object) -> Mapping[str, object]:
    """Return those of the made things that implement a port, by their providers' names."""
    return {name: each for name, each in made.items() if implements_a_port(type(each))}


def implements_a_port(kind: type) -> bool:
    """Tell whether a class inherits a port's Protocol."""
    return any(
        base.__module__.startswith(PORTS) and getattr(base, "_is_protocol", False)
        for base in kind.__mro__[1:]
    )
