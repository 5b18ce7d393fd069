"""The state of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Health(Struct, frozen=True, kw_only=True):
    """The whole, and one entry per backend in use."""

    status: Literal["healthy", "degraded", "unhealthy"]
    services: Mapping[str, Literal["connected", "unavailable"]]


class State(Struct, frozen=True, kw_only=True):
    """The process's own state."""

    status: Literal["alive", "ready", "starting"]
