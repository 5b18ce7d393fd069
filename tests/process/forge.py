"""A process that has imported everything and forks into one of the product for each order.

`python -m tests.process.forge DESCRIPTOR`, where the descriptor is a socket. Each order is one
packet: arguments, environment and folder as JSON, with the descriptors of a socket, standard input,
output and error. The socket is told the pid and, when the process has ended, its exit code.

A new process of the product takes seconds of CPU to import its modules. A forked one has them, and
runs the same `main`; it spares only the clearing away of all modules at its end.
"""

from __future__ import annotations

import atexit
import gc
import os
import pkgutil
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from selectors import EVENT_READ, DefaultSelector
from typing import NoReturn

import msgspec

import ragtenancy
from ragtenancy.cli.app import main

MAX_ORDER = 1 << 20
USED_BY_ALL = ("tokenizers", "uvicorn.lifespan.on", "uvicorn.loops.auto")
USED_WITH = {
    "COSMOS_ENDPOINT": ("azure.cosmos.aio", "azure.storage.blob.aio"),
    "PINECONE_API_KEY": ("pinecone",),
    "OPENAI_BASE_URL": ("openai",),
    "AZURE_OPENAI_ENDPOINT": ("openai",),
    "RAGTENANCY_BROKER_URL": ("celery", "kombu", "redis"),
}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A process that is wanted."""

    arguments: Sequence[str]
    environment: dict[str, str]
    folder: str


def prepare() -> None:
    """Import what any command may use; not onnxruntime, whose threads do not outlive a fork."""
    for module in pkgutil.walk_packages(ragtenancy.__path__, "ragtenancy."):
        with suppress(ImportError):  # of an extra that is not installed
            import_module(module.name)
    for name in USED_BY_ALL:
        import_module(name)


def work_off(orders: socket.socket) -> None:
    """Fork for each order until there are no more, and all processes have ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    telling: dict[int, tuple[int, socket.socket]] = {}
    with DefaultSelector() as waiting:
        waiting.register(orders, EVENT_READ)
        while waiting.get_map():
            for ready, _ in waiting.select():
                if ready.fd in telling:
                    waiting.unregister(ready.fd)
                    _tell_end(ready.fd, *telling.pop(ready.fd))
                    continue
                body, descriptors, _, _ = socket.recv_fds(orders, MAX_ORDER, 4)
                if not body:
                    waiting.unregister(orders)
                    continue
                process = _forked(msgspec.json.decode(body, type=Order), descriptors)
                told = socket.socket(fileno=descriptors[0])
                told.send(b"%d" % process)
                ended = os.pidfd_open(process)
                telling[ended] = process, told
                waiting.register(ended, EVENT_READ)


def _tell_end(ended: int, process: int, told: socket.socket) -> None:
    """Tell how a process ended."""
    os.close(ended)
    status = os.waitpid(process, 0)[1]
    with told, suppress(BrokenPipeError):
        told.send(b"%d" % os.waitstatus_to_exitcode(status))


def _forked(order: Order, descriptors: Sequence[int]) -> int:
    """Return the pid of a process that is as the order says."""
    for variable in USED_WITH.keys() & order.environment.keys():
        for name in USED_WITH[variable]:
            import_module(name)
    gc.freeze()
    if process := os.fork():
        _close(descriptors[1:])
        return process
    try:
        for standard, descriptor in enumerate(descriptors[1:]):
            os.dup2(descriptor, standard)
        os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)  # noqa: PTH208
        _run(order)
    finally:
        os._exit(70)


def _run(order: Order) -> NoReturn:
    """Run a command as an interpreter of its own does, and end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    sys.argv[1:] = order.arguments
    sys.stdout.reconfigure(line_buffering="PYTHONUNBUFFERED" in os.environ)  # type: ignore[union-attr]
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        prepare()
        work_off(given)
