"""Processes that ask questions of one client, forked when all is imported.

`forked_askers killed N`: N processes, one after the other, each of which ends itself by SIGKILL after its
first answer: at a random moment, and every second one right after a random durable write; how each
ended is printed, and how many answers it had.
`forked_askers limited N`: N processes at once, each asking until a limit is reached; the tokens of
each answer are printed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

import apsw

import ragtenancy.app.chat.graph  # noqa: F401 - before the forks
from ragtenancy import RagTenancy
from ragtenancy.adapters.sqlite.channel import Channel
from ragtenancy.domain.errors import LimitError
from ragtenancy.domain.usage import BUSY_RETRY_AFTER
from ragtenancy.settings import load_settings

CLIENT = "acme"
QUESTION = "Within how many days are refunds paid?"
AT_ONCE = 4
KILLED_WITHIN = 0.3  # seconds after the first answer
PATIENCE = 60.0
Report = Callable[[int], None]


async def asked_until_written(report: Report) -> None:
    """Ask as `asked_until_killed` does; end right after a durable write."""
    left = [random.randint(2, 12)]
    writing = Channel.writing

    @contextmanager
    def counted(channel: Channel, *, durable: bool = True) -> Iterator[apsw.Connection]:
        with writing(channel, durable=durable) as connection:
            yield connection
        left[0] -= durable
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    Channel.writing = counted  # type: ignore[assignment, method-assign]
    await asked_until_killed(report, within=PATIENCE)


async def asked_until_killed(report: Report, within: float = KILLED_WITHIN) -> None:
    """Ask in several sessions; report 1 for each answer, the first of which begins the end."""
    begun = threading.Event()

    def end() -> None:
        begun.wait()
        threading.Event().wait(random.uniform(0, within))
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()
    async with RagTenancy.open(load_settings(), worker=False) as rag:
        tenant = rag.tenant(CLIENT)

        async def ask() -> None:
            session = None
            while True:
                session = (await tenant.ask(QUESTION, session_id=session)).session_id
                report(1)
                begun.set()

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))


async def asked_until_limited(report: Report) -> None:
    """Ask until the client's limit is reached; report each answer's tokens."""
    async with RagTenancy.open(load_settings(), worker=False) as rag:
        tenant = rag.tenant(CLIENT)

        async def ask() -> None:
            while True:
                try:
                    report((await tenant.ask(QUESTION)).usage.total_tokens)
                except LimitError as error:
                    if (error.retry_after or 0.0) > BUSY_RETRY_AFTER:
                        return
                    await asyncio.sleep(0.02)

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))


def forked(work: Callable[[Report], Coroutine[object, object, None]], pipe: int) -> int:
    """Work in a new process, which reports into the pipe; return its id."""
    child = os.fork()
    if child:
        return child

    def report(number: int) -> None:
        os.write(pipe, f"{number}\n".encode())

    try:
        asyncio.run(work(report))
    except BaseException:  # noqa: BLE001 - a forked process must not return into the parent's work
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(mode: str, number: int) -> None:
    """Run the processes; print how each ended, then what they reported."""
    reading, writing = os.pipe()
    if mode == "killed":
        ways = (asked_until_written, asked_until_killed)
        ended = [_ended(forked(ways[n % 2], writing)) for n in range(number)]
    else:
        children = [forked(asked_until_limited, writing) for _ in range(number)]
        ended = [_ended(child) for child in children]
    os.close(writing)
    with os.fdopen(reading) as reports:
        print(*ended, reports.read().replace("\n", " "), sep="\n")  # noqa: T201 - the test reads it


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
