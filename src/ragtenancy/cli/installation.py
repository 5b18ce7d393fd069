"""Opening the installation for the duration of a command."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
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


def is_new(settings: Settings) -> bool:
    """Return whether the installation is embedded and nothing of it exists yet."""
    folder = settings.data_dir
    made = (folder / "control.db").exists() or any(folder.glob("tenants/t*"))
    return settings.backends.records == "sqlite" and not made


def require_installation(settings: Settings) -> Settings:
    """Return the settings. Raises `ConfigurationError` if their data folder holds no installation."""
    from ragtenancy.domain.errors import ConfigurationError

    if is_new(settings):
        raise ConfigurationError(
            f"There is no installation in {settings.data_dir.resolve()}. Check --data-dir and "
            "RAGTENANCY_DATA_DIR. `ragtenancy serve`, `demo`, `setup` and `client create` make a "
            "new one."
        )
    return settings


def announce_if_new(settings: Settings) -> None:
    """Say on standard error that a new installation is being made, and where."""
    if is_new(settings):
        folder = settings.data_dir.resolve()
        print(f"ragtenancy: new installation in {folder}", file=sys.stderr, flush=True)


def operate(
    work: Callable[[RagTenancy], Awaitable[Result]],
    data_dir: Path | None,
    *,
    worker: bool = False,
    creates: bool = False,
) -> Result:
    """Open the installation, run `work` on it and return its result.

    Raises `ConfigurationError` if there is none, unless the command `creates` one.
    """
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "console")
    chosen = settings(data_dir)
    (announce_if_new if creates else require_installation)(chosen)

    async def opened() -> Result:
        opening = RagTenancy.open(chosen, worker=worker, actor=_actor())
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
