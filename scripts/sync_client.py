"""Write client/synchronous.py from client/asynchronous.py (`--check`: report a stale one)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "ragtenancy" / "client"
DOCSTRING = (
    '"""The asynchronous client; `synchronous.py` is made from it by `scripts/sync_client.py`."""'
)
MADE = '"""The client; made from `asynchronous.py` by `scripts/sync_client.py`."""'
WORDS = (
    ("import asyncio\n", "import time\n"),
    ("asyncio.sleep", "time.sleep"),
    ("async ", ""),
    ("await ", ""),
    ("aclosing", "closing"),
    ("aclose", "close"),
    ("aread", "read"),
    ("aiter_lines", "iter_lines"),
    ("__aenter__", "__enter__"),
    ("__aexit__", "__exit__"),
    ("AsyncGenerator", "Generator"),
    ("AsyncIterator", "Iterator"),
    ("AsyncConnection", "Connection"),
    ("AsyncAdmin", "Admin"),
    ("AsyncClient", "Client"),
)


def synchronous(source: str) -> str:
    """Return the synchronous form of asynchronous code."""
    made = source.replace(DOCSTRING, MADE)
    for word, other in WORDS:
        made = re.sub(rf"(?<!\w){re.escape(word)}", other, made)
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "synchronous.py", "-"]
    sorted_imports = [
        *command[:3],
        "check",
        "--select",
        "I,UP028",
        "--unsafe-fixes",
        "--fix",
        "--quiet",
        *command[4:],
    ]
    for step in (sorted_imports, command):
        made = subprocess.run(step, input=made, capture_output=True, text=True, check=True).stdout
    return made


def main() -> int:
    """Write the module, or compare it."""
    target = FOLDER / "synchronous.py"
    made = synchronous((FOLDER / "asynchronous.py").read_text())
    if "--check" in sys.argv:
        if target.read_text() == made:
            return 0
        print("client/synchronous.py is stale: run scripts/sync_client.py")
        return 1
    target.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
