"""The health of the installation and the state of the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Struct

from ragtenancy.wire.fields import about


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The overall health, and one entry per backend in use."""

    status: Annotated[
        Literal["healthy", "degraded", "unhealthy"],
        about(
            "`degraded`: an optional backend is unavailable, or a backend warns; "
            "`unhealthy`: a required one is unavailable."
        ),
    ]
    services: Annotated[
        Mapping[str, Literal["connected", "unavailable"]], about("The state of each backend.")
    ]
    warnings: Annotated[
        Mapping[str, str],
        about(
            "Codes by backend: `partition_nearly_full` (Cosmos DB: 15 of 20 GB of one client). "
            "Absent if there are none."
        ),
    ] = {}


class State(Struct, frozen=True, kw_only=True):
    """The process's state."""

    status: Annotated[
        Literal["alive", "ready", "starting"],
        about(
            "`alive`: the process runs; `ready`: it has started; `starting`: it has not, or it is stopping."
        ),
    ]
