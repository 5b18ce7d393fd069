"""A string that does not print itself."""

from __future__ import annotations


class Secret:
    """A key or a password."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string."""
        return self._value

    def __repr__(self) -> str:
        """Hide the string."""
        return "Secret('***')"
