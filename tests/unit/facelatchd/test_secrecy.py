"""Nobody but root reads the judge's memory, and nothing writes it to a disk."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from facelatchd.secrecy import shut_memory, wipe

# Root becomes a user first, which shuts a process, too; so it is opened again.
AS_USER = (
    "import ctypes, os, pwd, sys\n"
    "from facelatchd.secrecy import shut_memory\n"
    "if os.geteuid() == 0:\n"
    "    os.setuid(pwd.getpwnam('nobody').pw_uid)\n"
    "    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"
)
WAITS = "print('ready', flush=True); sys.stdin.read()"
READS = "print(len(open(f'/proc/{sys.argv[1]}/environ', 'rb').read()))"


def reading(preparation: str) -> subprocess.CompletedProcess[str]:
    """How it ends when a process reads what only its equals may of another that has the same user."""
    command = [sys.executable, "-c", f"{AS_USER}{preparation}\n{WAITS}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        reader = [sys.executable, "-c", f"{AS_USER}{READS}", str(other.pid)]
        done = subprocess.run(reader, capture_output=True, text=True, check=False)
        other.communicate()
    return done


def test_another_process_of_the_same_user_may_not_look_into_a_shut_one() -> None:
    assert int(reading("").stdout) > 0, "the test would see nothing anyway"
    refused = reading("shut_memory()")
    assert refused.returncode == 1
    assert "PermissionError" in refused.stderr


def test_no_core_is_dumped_and_children_of_a_fork_inherit_that() -> None:
    script = (
        "import ctypes, os, resource, sys\n"
        "from facelatchd.secrecy import shut_memory\n"
        "shut_memory()\n"
        "libc = ctypes.CDLL(None)\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), libc.prctl(3, 0, 0, 0, 0), flush=True)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(libc.prctl(3, 0, 0, 0, 0))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(0, 0) 0", "0"]


def test_opened_templates_are_zeroed_though_nobody_may_write_to_them() -> None:
    vectors = [np.ones(4, np.float32), np.full(4, 2, np.float32)]
    for vector in vectors:
        vector.flags.writeable = False
    wipe(vectors)
    assert not any(vector.any() for vector in vectors)


def test_what_cannot_be_shut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Libc:
        def prctl(self, *arguments: int) -> int:
            return -1

    monkeypatch.setattr("ctypes.CDLL", lambda *arguments, **named: Libc())
    monkeypatch.setattr("resource.setrlimit", lambda *arguments: None)
    with pytest.raises(OSError, match="the memory cannot be shut"):
        shut_memory()
