"""What the API process gives up: it reads what a model wrote, though it runs none of it."""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

from stepwell.worker import landlock, sandbox

if TYPE_CHECKING:
    from pathlib import Path

MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""Memory that an API process may take on top of what it was forked with."""
UID = sandbox.UID_BASE + sandbox.UIDS
"""Uid of all API processes; executors have others."""


def api_process(root: Path) -> None:
    """Leaves reading; where the worker is root and others may read the data, as another user."""
    if os.geteuid() == 0 and _others_may_read(root / "data"):
        parent = os.getppid()
        sandbox.drop_to(UID)
        sandbox.die_with_parent(parent)
    with open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (now, now))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.dont_write_bytecode = True
    landlock.restrict(["/"])


def _others_may_read(folder: Path) -> bool:
    """Whether any user may go down to that folder and read it, and the libraries that Python runs from."""
    for wanted in (str(folder), sys.prefix, sys.base_prefix):
        path = os.path.realpath(wanted)
        while True:
            if os.stat(path).st_mode & 0o005 != 0o005:
                return False
            if path == "/":
                break
            path = os.path.dirname(path)
    return True
