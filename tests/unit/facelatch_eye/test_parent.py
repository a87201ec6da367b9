"""A child that shares its parent's life; processes are real, because the kernel does the work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

PATIENCE = 20.0

CHILD = """
import os, sys, time
from facelatch_eye.parent import ParentGone, end_with_parent
while sys.argv[1] == "late" and os.getppid() == int(sys.argv[2]):
    time.sleep(0.01)
try:
    end_with_parent()
except ParentGone as error:
    print(error, flush=True)
else:
    print("shares", flush=True)
    time.sleep(60)
"""

PARENT = """
import os, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", *sys.argv[1:], str(os.getpid())]).pid, flush=True)
input()
"""


@contextlib.contextmanager
def family(when: str) -> Iterator[subprocess.Popen[str]]:
    """Run a parent of a session of its own, as the judge is one, with a child; the child is gone at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            yield parent
        finally:
            parent.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with family("at once") as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "shares\n"

        parent.kill()

        # The child holds the other end of the pipe: it says no more, and lets go of it.
        assert parent.stdout.read() == ""


def test_a_child_whose_parent_has_ended_before_it_could_look_is_told_so() -> None:
    with family("late") as parent:
        assert parent.stdout is not None

        parent.kill()
        parent.wait(PATIENCE)

        assert "ended already" in parent.stdout.read()
