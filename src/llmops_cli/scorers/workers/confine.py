"""What a worker may not do: take more memory than it has, outlive its parent, write where others read.

Each holds where the system has it. The writes are confined by Landlock, which Linux has since 5.13:
https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_SEEING = (19, 21, 38)
"""Capabilities that let root look into other processes: SYS_PTRACE, SYS_ADMIN, PERFMON."""
_CAPABILITIES_V3 = 0x20080522
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_WRITES = {1: 0x1FF2, 2: 0x2000, 3: 0x4000}
"""The rights to write, make, move and remove files, by the version of Landlock that brought them."""
_OPENED = 0x4002
"""Those of them that a file has, and no folder: to be written, and to be cut short."""
_DEVICES = {"/dev": _OPENED, "/dev/shm": -1}  # noqa: S108 - shared memory, no place for files
_MIB = 1024 * 1024


def limit_memory(mebibytes: int) -> None:
    """Let the process take no more private memory than this."""
    if not mebibytes or sys.platform == "win32":
        return
    for limit, most in ((resource.RLIMIT_DATA, mebibytes * _MIB), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def end_with_parent() -> None:
    """Let the process end when the one that started it ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide_variables() -> None:
    """Let no process of the same user read the variables of this one from /proc: keys are among them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_sight_of_others() -> None:
    """Let this process, even as root, look into no other one."""
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    if not hasattr(system, "capset"):
        return
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    # Effective, permitted and inheritable, for the lower 32 and for the higher.
    sets = (ctypes.c_uint32 * 6)()
    if system.capget(header, sets) == 0:
        for capability in _SEEING:
            word, bit = divmod(capability, 32)
            for kind in range(3):
                sets[3 * word + kind] &= ~(1 << bit) & 0xFFFFFFFF
        system.capset(header, sets)


def confine_writes(folder: str) -> bool:
    """Let the process write below a folder, and to devices, only; whether the system can see to it."""
    if sys.platform != "linux":
        return False
    system = ctypes.CDLL(None, use_errno=True)
    version = system.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    rights = sum(mask for since, mask in _WRITES.items() if since <= version)
    ruleset = system.syscall(_CREATE_RULESET, ctypes.byref(ctypes.c_uint64(rights)), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    for allowed, of in {**_DEVICES, folder: -1}.items():
        _allow(system, ruleset, rights & of, allowed)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restricted: bool = system.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return restricted


def _allow(system: ctypes.CDLL, ruleset: int, rights: int, folder: str) -> None:
    with suppress(OSError):
        opened = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)

        class Beneath(ctypes.Structure):
            _pack_ = 1
            _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))

        system.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(Beneath(rights, opened)), 0)
        os.close(opened)
