"""A list of system calls, beyond which the kernel answers EPERM: for a process that runs what a model wrote.

Such a process has one socket and needs no file, no process, no thread, no other socket. So the list is short, and what
is not on it (open, connect, clone, kill, execve, ptrace, prctl and whatever later kernels bring) does not exist for it.
It needs no privilege and cannot be taken back.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000

# Numbers of the calls that a process may make: name, x86_64, aarch64 (None: the machine has no such call).
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # its socket, and nothing else that is open
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "close": (3, 57),
    "lseek": (8, 62),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    # memory
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    # signals and timers of its own
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "alarm": (37, None),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    # clocks
    "nanosleep": (35, 101),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    # what it is
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    # the C library's own
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_possible() -> bool:
    """Whether this machine's calls are known here and its kernel has filters."""
    if platform.machine() not in _MACHINES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # A filter at address 0 is refused with EFAULT by a kernel that has them.
    libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, 0, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def restrict() -> None:
    """Restricts this process, for good. Raises OSError where the kernel does not take it."""
    program = _assemble(*_MACHINES[platform.machine()])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    described = _Program(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(described), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _assemble(architecture: int, column: int) -> bytes:
    """The filter: another architecture is refused, then each allowed number is compared."""
    load, equal, give = 0x20, 0x15, 0x06
    numbers = sorted(number for call in _CALLS.values() if (number := call[column]) is not None)
    refuse = _ERRNO | errno.EPERM
    code = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, refuse),
        (load, 0, 0, 0),
    ]
    for index, number in enumerate(numbers):
        # To the last instruction, which allows; past the others and the refusal.
        code.append((equal, len(numbers) - index, 0, number))
    code += [(give, 0, 0, refuse), (give, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
