"""Seccomp: the system calls left to a process that runs the native code of others.

Audit hooks stop Python code; only the kernel stops native code. Linux on x86-64 alone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

COMPUTING: Mapping[str, int] = {
    "read": 0, "write": 1, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "exit": 60, "gettid": 186, "futex": 202, "sched_getaffinity": 204, "clock_gettime": 228,
    "exit_group": 231, "getrandom": 318,
}  # fmt: skip
LOADING: Mapping[str, int] = {
    **COMPUTING,
    "close": 3, "fstat": 5, "lseek": 8, "rt_sigaction": 13, "pread64": 17, "access": 21,
    "prctl": 157, "clock_getres": 229, "newfstatat": 262, "set_robust_list": 273, "seccomp": 317,
    "rseq": 334,
}  # fmt: skip
_CLONE, _CLONE3, _OPEN, _OPENAT = 56, 435, 2, 257
_CLONE_THREAD = 0x0001_0000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_ARCH_X86_64 = 0xC000_003E
_NUMBER, _ARCH = 0, 4  # offsets in struct seccomp_data; the arguments are 8 bytes each from 16
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_NO_NEW_PRIVILEGES, _SECCOMP, _SET_FILTER, _ALL_THREADS = 38, 317, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def limit_resources(memory_bytes: int) -> None:
    """Bound memory; write no file and no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine_to_loading() -> None:
    """Leave reading files, computing and threads; no socket, no process, no writing."""
    _install(
        [
            *_allowed(LOADING.values()),
            *_answered(_CLONE3, errno.ENOSYS),  # so that the C library asks by clone
            *_allowed_if(_CLONE, argument=0, bits=_CLONE_THREAD),
            *_allowed_unless(_OPEN, argument=1, bits=_WRITING),
            *_allowed_unless(_OPENAT, argument=2, bits=_WRITING),
        ]
    )


def confine_to_computing() -> None:
    """Leave memory and the open pipes: no file is opened and no thread started any more."""
    _install([*_allowed(COMPUTING.values())])


def _allowed(numbers: Iterable[int]) -> Iterator[bytes]:
    for number in numbers:
        yield from (_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW))


def _answered(number: int, code: int) -> Iterator[bytes]:
    yield from (_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | code))


def _allowed_if(number: int, *, argument: int, bits: int) -> Iterator[bytes]:
    yield from _by_argument(number, argument, bits, if_set=_ALLOW, if_not=_ERRNO | errno.EPERM)


def _allowed_unless(number: int, *, argument: int, bits: int) -> Iterator[bytes]:
    yield from _by_argument(number, argument, bits, if_set=_ERRNO | errno.EPERM, if_not=_ALLOW)


def _by_argument(
    number: int, argument: int, bits: int, *, if_set: int, if_not: int
) -> Iterator[bytes]:
    yield _step(_JUMP_EQUAL, number, 0, 4)
    yield _step(_LOAD, 16 + 8 * argument)
    yield _step(_JUMP_SET, bits, 0, 1)
    yield _step(_RETURN, if_set)
    yield _step(_RETURN, if_not)


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _install(rules: Sequence[bytes]) -> None:
    """Add a filter for every thread; the kernel applies the strictest of several.

    Raises `OSError` where the kernel takes none.
    """
    steps = [
        _step(_LOAD, _ARCH),
        *(_step(_JUMP_EQUAL, _ARCH_X86_64, 1, 0), _step(_RETURN, _KILL_PROCESS)),
        _step(_LOAD, _NUMBER),
        *rules,
        _step(_RETURN, _ERRNO | errno.EPERM),
    ]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "No new privileges")
    if libc.syscall(_SECCOMP, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "Seccomp")
