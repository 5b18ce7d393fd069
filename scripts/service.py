"""A server process for scripts that measure or check the product from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

OPERATOR = "operator-key-of-a-script-0123456789abcdef"
SERVE = ("-m", "ragtenancy", "serve", "--port", "0")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a process of the product on a data folder of its own."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("RAGTENANCY_", "OPENAI_"))}
    return {
        **kept,
        "RAGTENANCY_DATA_DIR": str(data_dir),
        "ADMIN_API_KEY": OPERATOR,
        **settings,
    }


@contextmanager
def serving(data_dir: Path, arguments: Sequence[str] = SERVE, **settings: str) -> Iterator[str]:
    """Run a server for as long as the context lasts; give its base URL once it answers."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        env=environment(data_dir, **settings),
        cwd=data_dir,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("{") and (event := json.loads(line))["event"] == "serving":
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return int(event["port"])
    raise SystemExit("The server ended before it served:\n" + "".join(said))
