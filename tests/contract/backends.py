"""Which adapters a port has, and what each needs before its suite can run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from msgspec import Struct

Opened = TypeVar("Opened")
Seen = TypeVar("Seen")


class Tier(StrEnum):
    """What a backend takes to run."""

    FAKE = "fake"
    EMBEDDED = "embedded"
    EMULATOR = "emulator"
    CLOUD = "cloud"


class Backend(Struct, Generic[Opened], frozen=True, kw_only=True):
    """One adapter under contract.

    `adapter` is the class that the catalogue looks for. `open(folder)` gives what the suite
    uses, in an empty folder of its own. `needs` names environment variables without which it
    cannot run, `packages` those of an extra without which it skips. `settles_within` is in seconds. `gaps` maps a test's name to why it is expected
    to fail (a strict xfail).
    """

    name: str
    tier: Tier
    adapter: type
    open: Callable[[Path], AbstractAsyncContextManager[Opened]]
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    settles_within: float = 0.0
    gaps: Mapping[str, str] = {}

    def missing(self) -> list[str]:
        """Return what it needs and has not got."""
        return [name for name in self.needs if name not in os.environ]


def params(*backends: Backend[Any]) -> list[Any]:
    """Return one pytest parameter per backend, marked with its tier.

    A suite keeps them as `BACKENDS`, where the catalogue finds them, and says
    `pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)`.
    """
    return [
        pytest.param(b, id=f"{b.tier}-{b.name}", marks=getattr(pytest.mark, b.tier.value))
        for b in backends
    ]


async def eventually(
    read: Callable[[], Awaitable[Seen]], wanted: Callable[[Seen], bool], within: float
) -> Seen:
    """Read until `wanted`, or give back the last thing read, so that the assert explains."""
    deadline = asyncio.get_running_loop().time() + within
    seen = await read()
    while not wanted(seen) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.2)
        seen = await read()
    return seen
