"""What a process that runs a model's code gives up before it does, wall by wall, and which walls this machine has."""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

from . import landlock, seccomp
from .processes import close_all_but
from .processes import die_with_parent as die_with_parent

UID_BASE = 61_184
"""First of the uids for such processes, one each: the range that no system gives to people or services."""
UIDS = 4_000


def enter(descriptor: int, *, memory_bytes: int) -> None:
    """Leaves this process that one socket, `memory_bytes` more memory than it has, and computation.

    In this order, since each wall takes away what the next one would need: descriptors, uid, limits, files, calls.
    Raises OSError where a wall that this machine has cannot be put up.
    """
    parent = os.getppid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    close_all_but({0, 1, 2, descriptor})
    os.chdir("/")
    os.environ.clear()
    if os.geteuid() == 0:
        drop_to(UID_BASE + os.getpid() % UIDS)
    die_with_parent(parent)
    limit(memory_bytes)
    landlock.restrict()
    seccomp.restrict()


def drop_to(uid: int) -> None:
    """Becomes that user for good, with no group and no capability."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def limit(memory_bytes: int) -> None:
    """Bounds memory to so much more than there is now; no core, no file that grows, no child."""
    # As bytes: a codec that was never used yet could no longer be imported under another uid.
    with open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + memory_bytes, now + memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def protections() -> list[dict[str, Any]]:
    """The walls, whether this machine has each, and what it needs: for the profile of a worker, and for people."""
    has_seccomp = sys.platform == "linux" and seccomp.is_possible()
    interface = landlock.version() if sys.platform == "linux" else 0
    rows = [
        (
            "system calls",
            has_seccomp,
            "seccomp: no file, process, thread, socket or signal can be had",
            "a Linux kernel with seccomp filters, on x86_64 or aarch64",
        ),
        (
            "files",
            interface >= 1,
            f"Landlock {interface}: no path can be opened",
            "a Linux kernel with Landlock (5.13); without it the list of system calls stands alone",
        ),
        (
            "uid",
            os.geteuid() == 0,
            "a uid of its own for each process",
            "a worker that runs as root, or in a container with SETUID, SETGID and KILL",
        ),
        ("limits", True, "memory, core files, file size and processes by rlimit", ""),
        ("deadline", True, "killed from outside by the worker's supervisor", ""),
        ("descriptors", True, "one socket to its own API process, nothing else open", ""),
    ]
    return [{"wall": wall, "up": up, "what": what if up else f"missing: needs {needs}"} for wall, up, what, needs in rows]


def require() -> None:
    """Raises RuntimeError where the wall that holds alone cannot be put up: a worker must not run model code then."""
    if not (sys.platform == "linux" and seccomp.is_possible()):
        raise RuntimeError(
            "model code cannot be confined here: it needs a Linux kernel with seccomp filters, on x86_64 or aarch64"
        )
