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
        Mapping[str, Literal["connected", "unavailable", "refusing"]],
        about(
            "The state of each backend. `refusing`: it can be reached, but rejects what it is asked."
        ),
    ]
    reasons: Annotated[
        Mapping[str, str],
        about(
            "The error codes of backends that are `unavailable` or `refusing`, as far as known: "
            "`storage_full`, `model_not_found` and others. Absent if there are none."
        ),
    ] = {}
    warnings: Annotated[
        Mapping[str, str],
        about(
            "Codes by backend: `partition_nearly_full` (Cosmos DB: 15 of 20 GB of one client), "
            "`disk_nearly_full` and `loose_permissions` (data folder). Absent if there are none."
        ),
    ] = {}


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The process's state."""

    status: Annotated[
        Literal["alive", "ready", "starting", "failing"],
        about(
            "`alive`: the process runs; `ready`: it has started; `starting`: it has not, or it is "
            "stopping; `failing`: a fault of this machine keeps it from its work."
        ),
    ]
    reasons: Annotated[
        Mapping[str, str],
        about("The error codes of a `failing` process by what fails, as in `/health`."),
    ] = {}
