"""Prism between a client and a server: whatever breaks the service's own description fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.emulators.processes import free_port, serving

ROOT = Path(__file__).parents[2]
PRISM = ROOT / ".emulators/node_modules/.bin/prism"


def missing() -> str | None:
    """Return what is not here and would be needed, None if all is."""
    if shutil.which("node") is None:
        return "node"
    return None if PRISM.exists() else "@stoplight/prism-cli (`make emulators`)"


@contextmanager
def prism(description: Path, upstream: str) -> Iterator[str]:
    """Pass requests on and answers back that keep to `description`; give the proxy's URL.

    A request that does not is refused with 422, an answer is replaced by 500.
    """
    port = free_port()
    command = [str(PRISM), "proxy", str(description), upstream, "--errors", "--port", str(port)]
    with serving([*command, "--host", "127.0.0.1"], port, {"NODE_ENV": "production"}):
        yield f"http://127.0.0.1:{port}"
