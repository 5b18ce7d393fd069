"""The service in a process that tells, for each line on its standard input, what it holds."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
from pathlib import Path

from ragtenancy.container import Container
from ragtenancy.http.server import run_server
from ragtenancy.settings import load_settings
from ragtenancy.telemetry import configure_logging

PAGE = os.sysconf("SC_PAGE_SIZE")


def holdings(loop: asyncio.AbstractEventLoop) -> dict[str, int]:
    """Return the process's memory in bytes, and its descriptors, tasks and threads."""
    gc.collect()
    return {
        "bytes": int(Path("/proc/self/statm").read_text().split()[1]) * PAGE,
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - without its own
        "tasks": len(asyncio.all_tasks(loop)),
        "threads": threading.active_count(),
    }


def main() -> None:
    configure_logging("warning", "json")
    container = Container(settings=load_settings())

    def ready(url: str) -> None:
        print(json.dumps({"url": url}), flush=True)
        loop = asyncio.get_running_loop()
        threading.Thread(target=answer, args=(loop,), daemon=True).start()

    def answer(loop: asyncio.AbstractEventLoop) -> None:
        for _ in sys.stdin:
            print(json.dumps(holdings(loop)), flush=True)

    run_server(container, workers=1, on_ready=ready)


if __name__ == "__main__":
    main()
