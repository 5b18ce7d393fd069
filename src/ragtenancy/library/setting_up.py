"""Making an installation ready for its first start."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.container import Container
from ragtenancy.settings import Settings


async def set_up(settings: Settings, *, dry_run: bool = False) -> Sequence[str]:
    """Make what the chosen backends lack; return what was, or with `dry_run` would be, done.

    Twice is fine. Raises `ConfigurationError` for what is there and cannot be used,
    `UnavailableError` for a service that is away.
    """
    container = Container(settings=settings)
    async with container.closers():
        return await container.installed_backends().set_up(dry_run=dry_run)
