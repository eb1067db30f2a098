"""Landlock: what a process may do with files and TCP ports, without any privilege; a second wall where it is there."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
# Rights that each version of the interface knows.
_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}


def version() -> int:
    """Version of the kernel's interface; 0 where there is none."""
    found = ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(0, int(found))


def restrict(readable: Iterable[str] = ()) -> bool:
    """Leaves this process nothing but reading beneath those folders; no TCP either where the kernel can tell.

    False where there is no Landlock. Raises OSError where it is there and refuses.
    """
    interface = version()
    if interface == 0:
        return False
    files = next(rights for known, rights in reversed(_FILES.items()) if known <= interface)
    attributes = struct.pack("=QQ", files, 3) if interface >= 4 else struct.pack("=Q", files)
    libc = ctypes.CDLL(None, use_errno=True)
    rules = libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if rules < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        for folder in readable:
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = struct.pack("=Qi", _EXECUTE | _READ_FILE | _READ_DIR, opened)
                if libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, ctypes.c_uint32(0)) != 0:
                    raise OSError(ctypes.get_errno(), f"landlock_add_rule {folder}")
            finally:
                os.close(opened)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.syscall(_RESTRICT, rules, ctypes.c_uint32(0)) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(rules)
    return True
