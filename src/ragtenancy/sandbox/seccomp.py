"""Seccomp filters: the system calls allowed to a sandboxed process.

Audit hooks stop Python code; only the kernel stops native code. Linux on x86-64 only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

COMPUTING: Mapping[str, int] = {
    "read": 0, "write": 1, "poll": 7, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
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
REACHING_OUT: Mapping[str, int] = {
    "socket": 41, "connect": 42, "accept": 43, "bind": 49, "listen": 50, "socketpair": 53,
    "accept4": 288, "fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "ptrace": 101,
    "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438,
    "pidfd_send_signal": 424, "tkill": 200, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297,
    "truncate": 76, "rename": 82, "renameat": 264, "renameat2": 316, "mkdir": 83, "mkdirat": 258,
    "rmdir": 84, "creat": 85, "link": 86, "linkat": 265, "unlink": 87, "unlinkat": 263,
    "symlink": 88, "symlinkat": 266, "chmod": 90, "fchmodat": 268, "chown": 92, "lchown": 94,
    "fchownat": 260, "mknod": 133, "mknodat": 259, "mount": 165, "unshare": 272, "setns": 308,
    "bpf": 321, "perf_event_open": 298, "io_uring_setup": 425, "keyctl": 250, "add_key": 248,
    "request_key": 249, "setxattr": 188, "utimensat": 280, "shmget": 29, "msgget": 68,
    "mq_open": 240, "memfd_create": 319, "userfaultfd": 323,
}  # fmt: skip
_CLONE, _CLONE3, _OPEN, _OPENAT, _OPENAT2, _KILL, _TGKILL = 56, 435, 2, 257, 437, 62, 234
_FIRST_X32 = 0x4000_0000  # the same calls, by other numbers
_CLONE_THREAD = 0x0001_0000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_ARCH_X86_64 = 0xC000_003E
_NUMBER, _ARCH = 0, 4  # offsets in struct seccomp_data; the arguments are 8 bytes each from 16
_LOAD, _JUMP_EQUAL, _JUMP_FROM, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_NO_NEW_PRIVILEGES, _SECCOMP, _SET_FILTER, _ALL_THREADS = 38, 317, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def supported() -> bool:
    """Return whether the filters match this system's call numbers."""
    return sys.platform == "linux" and os.uname().machine == "x86_64"


def deny_reaching_out() -> None:
    """Deny network, processes, signals to others and changes to files; allow all else.

    Raises `OSError` if the kernel accepts no filter.
    """
    _install(
        [
            *_answered(_CLONE3, errno.ENOSYS),  # so that the C library uses clone
            *_answered(_OPENAT2, errno.ENOSYS),
            *_allowed_if(_CLONE, argument=0, bits=_CLONE_THREAD),
            *_allowed_unless(_OPEN, argument=1, bits=_WRITING),
            *_allowed_unless(_OPENAT, argument=2, bits=_WRITING),
            *_allowed_to_self(_KILL),  # so that `abort` terminates the process
            *_allowed_to_self(_TGKILL),
            *_answered_all(REACHING_OUT.values(), errno.EPERM),
        ],
        otherwise=_ALLOW,
    )


def confine_to_loading() -> None:
    """Allow reading files, computing and threads; no socket, no process, no writing."""
    _install(
        [
            *_allowed(LOADING.values()),
            *_answered(_CLONE3, errno.ENOSYS),  # so that the C library uses clone
            *_allowed_if(_CLONE, argument=0, bits=_CLONE_THREAD),
            *_allowed_unless(_OPEN, argument=1, bits=_WRITING),
            *_allowed_unless(_OPENAT, argument=2, bits=_WRITING),
        ]
    )


def confine_to_computing() -> None:
    """Allow memory and the open pipes only: no more files or threads can be opened."""
    _install([*_allowed(COMPUTING.values())])


def _allowed(numbers: Iterable[int]) -> Iterator[bytes]:
    for number in numbers:
        yield from (_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW))


def _answered(number: int, code: int) -> Iterator[bytes]:
    yield from (_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | code))


def _answered_all(numbers: Iterable[int], code: int) -> Iterator[bytes]:
    for number in numbers:
        yield from _answered(number, code)


def _allowed_to_self(number: int) -> Iterator[bytes]:
    """Allow a call whose first argument is this process's id."""
    yield _step(_JUMP_EQUAL, number, 0, 4)
    yield _step(_LOAD, 16)
    yield _step(_JUMP_EQUAL, os.getpid(), 0, 1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _ERRNO | errno.EPERM)


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


def _install(rules: Sequence[bytes], *, otherwise: int = _ERRNO | errno.EPERM) -> None:
    """Add a filter for every thread; the kernel applies the strictest of several.

    Raises `OSError` if the kernel accepts none.
    """
    steps = [
        _step(_LOAD, _ARCH),
        *(_step(_JUMP_EQUAL, _ARCH_X86_64, 1, 0), _step(_RETURN, _KILL_PROCESS)),
        _step(_LOAD, _NUMBER),
        *(_step(_JUMP_FROM, _FIRST_X32, 0, 1), _step(_RETURN, _ERRNO | errno.EPERM)),
        *rules,
        _step(_RETURN, otherwise),
    ]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "No new privileges")
    if libc.syscall(_SECCOMP, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "Seccomp")
