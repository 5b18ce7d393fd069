"""Azurite: Microsoft's emulator of Blob storage, started once a session by whoever asks first."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import Struct

from ragtenancy.adapters.azure_blob.client import AzureBlobs, prepare
from tests.emulators.processes import free_port, serving

ROOT = Path(__file__).parents[2]
AZURITE = ROOT / ".emulators/node_modules/.bin/azurite-blob"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # everybody's
OPTIONS = ("--disableTelemetry", "--inMemoryPersistence", "--skipApiVersionCheck", "--silent")


class Azurite(Struct, frozen=True, kw_only=True):
    """A running emulator and the address of its account."""

    process: subprocess.Popen[bytes]
    endpoint: str

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait()


def missing() -> str | None:
    """Return what is not here and would be needed, None if all is."""
    if shutil.which("node") is None:
        return "node"
    return None if AZURITE.exists() else "azurite (`make emulators`)"


@contextmanager
def azurite() -> Iterator[Azurite]:
    """Run an emulator that keeps nothing, for as long as the context lasts."""
    port = free_port()
    command = [str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), *OPTIONS]
    with serving(command, port) as process:
        yield Azurite(process=process, endpoint=f"http://127.0.0.1:{port}/{ACCOUNT}")


@asynccontextmanager
async def blob_container() -> AsyncIterator[AzureBlobs]:
    """Give an empty container of its own on the session's emulator, or skip."""
    require_azurite()
    blobs = AzureBlobs(_shared().endpoint, KEY, f"c{uuid4().hex}", retries=0)
    try:
        await prepare(blobs, dry_run=False)
        yield blobs
    finally:
        await blobs.close()


def require_azurite() -> None:
    """Skip without the emulator, or fail where its tier is required."""
    lacking = missing()
    if lacking is None:
        return
    if "emulator" in os.environ.get("REQUIRE_TIERS", ""):
        pytest.fail(f"azurite needs {lacking}")
    pytest.skip(f"azurite needs {lacking}")


@cache
def _shared() -> Azurite:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(azurite())
