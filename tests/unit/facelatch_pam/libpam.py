"""The libpam of this machine, on a folder of service files of the test's own; modules answer what their line says."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from pathlib import Path
from typing import Any, Final

_MESSAGES: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


_GRANTED: Final = 7


class _Conversation(ctypes.Structure):
    _fields_ = (("answer", _MESSAGES), ("data", ctypes.c_void_p))


@_MESSAGES
def _silence(count: int, messages: object, answers: int, data: object) -> int:
    """Take what a module says; nothing is asked, so that no answer has to be allocated."""
    return 0


def obstacle() -> str:
    """Return why the machine's libpam cannot be asked, empty where it can."""
    name = ctypes.util.find_library("pam")
    if name is None:
        return "libpam is not installed"
    if not hasattr(ctypes.CDLL(name), "pam_start_confdir"):
        return "libpam is older than 1.4"
    found = [*Path("/usr/lib").glob("*/security/pam_debug.so"), *Path("/usr").glob("lib*/security/pam_debug.so")]
    return "" if found else "pam_debug.so is not installed"


def grants(folder: Path, service: str) -> bool:
    """Return whether `pam_authenticate` succeeds for a service whose file, and `other`, lie in a folder.

    In a process of its own: Linux-PAM 1.5.2 falls over files that include each other, and over an `include` of nothing.
    """
    child = os.fork()
    if child == 0:
        os._exit(_GRANTED if _authenticate(folder, service) else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _GRANTED


def _authenticate(folder: Path, service: str) -> bool:
    libpam: Any = ctypes.CDLL(ctypes.util.find_library("pam"))
    handle = ctypes.c_void_p()
    conversation = _Conversation(_silence, None)
    started = libpam.pam_start_confdir(
        service.encode(), b"nobody", ctypes.byref(conversation), str(folder).encode(), ctypes.byref(handle)
    )
    if started != 0:
        # It reads the files at once, and refuses what it cannot take in at all.
        return False
    code = libpam.pam_authenticate(handle, 0)
    libpam.pam_end(handle, code)
    return bool(code == 0)
