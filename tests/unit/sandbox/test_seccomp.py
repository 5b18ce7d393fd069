"""What a process cannot do once it is confined; each case runs in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="seccomp's numbers are x86-64"
)

MODULES = "import errno, os, socket, subprocess, sys, threading, ctypes, pathlib"
SECCOMP = "from ragtenancy.sandbox import seccomp"
OPEN = "os.open(sys.executable, os.O_RDONLY)"
POWERS = {
    "socket": "socket.socket()",
    "write": "os.open('/tmp/written', os.O_WRONLY | os.O_CREAT)",
    "legacy_write": "check(ctypes.CDLL(None, use_errno=True).syscall(2, b'/tmp/written', 65, 384))",
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "unlink": "os.unlink('/nowhere')",
    "kill": "os.kill(os.getppid(), 0)",
    "native_socket": "check(ctypes.CDLL(None, use_errno=True).syscall(41, 2, 1, 0))",
}
CHECK = """
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""


def run(stage: str, attempt: str) -> str:
    return printed(f"""
{MODULES}
{SECCOMP}
{CHECK}
seccomp.{stage}()
try:
    {attempt}
except OSError as error:
    os.write(1, errno.errorcode[error.errno].encode())
else:
    os.write(1, b"done")
os._exit(0)
""")


def printed(code: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=60
    )
    return finished.stdout.decode()


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("stage", ["confine_to_loading", "confine_to_computing"])
def test_a_confined_process_is_refused(stage: str, power: str) -> None:
    assert run(stage, POWERS[power]) == "EPERM"


def test_files_are_read_while_loading() -> None:
    assert run("confine_to_loading", OPEN) == "done"


def test_no_file_is_read_while_computing() -> None:
    assert run("confine_to_computing", OPEN) == "EPERM"


def test_memory_is_left_while_computing() -> None:
    assert run("confine_to_computing", "bytearray(50_000_000)") == "done"


def test_a_thread_that_ran_before_is_confined_too() -> None:
    code = f"""
{MODULES}
{SECCOMP}
gate, found = threading.Event(), []
def work():
    gate.wait()
    try:
        socket.socket()
    except OSError as error:
        found.append(errno.errorcode[error.errno])
thread = threading.Thread(target=work)
thread.start()
seccomp.confine_to_computing()
gate.set()
thread.join()
os.write(1, "".join(found).encode())
os._exit(0)
"""

    assert printed(code) == "EPERM"
