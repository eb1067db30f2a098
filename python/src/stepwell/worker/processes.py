"""What a process of a worker does about itself and its children, by the kernel's own calls."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Has this process killed when its parent ends. Linux only; elsewhere the end of its socket tells it.

    `parent` is its pid, known from before it could end: asked for here, it would be that of whoever adopted this
    process when the parent was killed first. A change of uid undoes it: call it after that.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def close_all_but(kept: Iterable[int]) -> None:
    """Closes every descriptor but those."""
    low = 0
    for descriptor in [*sorted(kept), 1 << 20]:
        # An empty range is not asked for: CPython 3.11 takes (0, 0) for all there are.
        if low < descriptor:
            os.closerange(low, descriptor)
        low = descriptor + 1


def resident_bytes(pids: Iterable[int]) -> int:
    """Memory of these processes, pages that they share counted once where the kernel tells (PSS), else in each."""
    total = 0
    for pid in pids:
        total += _kib_of(f"/proc/{pid}/smaps_rollup", "Pss:") or _kib_of(f"/proc/{pid}/status", "RssAnon:")
    return total * 1024


def _kib_of(path: str, name: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith(name)), 0)
    except OSError:
        return 0
