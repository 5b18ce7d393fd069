"""Opening the installation for the duration of a command."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.library.tenant import TenantHandle
    from ragtenancy.settings import Settings

Result = TypeVar("Result")


def settings(data_dir: Path | None) -> Settings:
    """Return the process's settings, with `data_dir` as the data folder if given."""
    from msgspec import structs

    from ragtenancy.settings import load_settings

    loaded = load_settings()
    return loaded if data_dir is None else structs.replace(loaded, data_dir=data_dir)


def operate(
    work: Callable[[RagTenancy], Awaitable[Result]],
    data_dir: Path | None,
    *,
    worker: bool = False,
) -> Result:
    """Open the installation, run `work` on it and return its result."""
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "console")

    async def opened() -> Result:
        opening = RagTenancy.open(settings(data_dir), worker=worker, actor=_actor())
        async with opening as rag:
            return await work(rag)

    return asyncio.run(opened())


def _actor() -> str:
    """Return the name under which this command's changes are recorded."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user without a name
        return f"cli:{os.getuid()}"


def serve_tenant(
    client: str,
    work: Callable[[TenantHandle], Awaitable[Result]],
    data_dir: Path | None,
    *,
    worker: bool = False,
) -> Result:
    """Open the installation, run `work` on one client and return its result."""
    return operate(lambda rag: work(rag.tenant(client)), data_dir, worker=worker)
