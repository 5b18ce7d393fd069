"""Write client/synchronous*.py from client/asynchronous*.py (`--check`: report stale ones)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "ragtenancy" / "client"
DOCSTRING = re.compile(
    r'^"""The asynchronous (.+); its synchronous form is made by `scripts/sync_client\.py`\."""'
)
WORDS = (
    ("import asyncio\n", "import time\n"),
    ("asyncio.sleep", "time.sleep"),
    ("client.asynchronous", "client.synchronous"),
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


def synchronous(source: str, name: str) -> str:
    """Return the synchronous form of the asynchronous module `name`."""
    made, described = DOCSTRING.subn(
        rf'"""The \1; made from `{name}` by `scripts/sync_client.py`."""', source
    )
    if not described:
        raise SystemExit(f"client/{name} does not begin as the others do")
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
    """Write the modules, or compare them."""
    stale = []
    for source in sorted(FOLDER.glob("asynchronous*.py")):
        target = source.with_name(source.name.removeprefix("a"))
        made = synchronous(source.read_text(), source.name)
        if not target.exists() or target.read_text() != made:
            stale.append(target)
            if "--check" not in sys.argv:
                target.write_text(made)
    if "--check" in sys.argv and stale:
        names = ", ".join(f"client/{target.name}" for target in stale)
        print(f"stale: {names}; run scripts/sync_client.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
