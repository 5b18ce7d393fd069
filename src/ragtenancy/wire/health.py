"""The health of the installation and the state of the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Health(Struct, frozen=True, kw_only=True):
    """The overall health, and one entry per backend in use."""

    status: Literal["healthy", "degraded", "unhealthy"]
    services: Mapping[str, Literal["connected", "unavailable"]]


class State(Struct, frozen=True, kw_only=True):
    """The process's state."""

    status: Literal["alive", "ready", "starting"]
