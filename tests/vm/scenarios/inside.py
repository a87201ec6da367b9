"""What is checked inside the machine: tests/vm/checks, by pytest, with the packages' own Python packages."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence

from tests.vm.guest import BROUGHT, Guest
from tests.vm.scenarios import Scenario
from tests.vm.states import installed

OUTCOMES = f"{BROUGHT}/checks.xml"

PYTEST = (
    "rm -rf /root/checks && cp -r {brought}/checks /root && ln -sfn /run/pictures /root/pictures && "
    "systemd-run --quiet --wait --pipe --collect --working-directory=/root/checks --setenv=PYTHONDONTWRITEBYTECODE=1 "
    "--setenv=PYTHONPATH=/usr/lib/facelatch/python python3 -m pytest -c /dev/null --rootdir . -p no:cacheprovider "
    "-o python_files='check_*.py' --timeout 600 -v --color no --junitxml {outcomes} {arguments}"
)
"""In a unit of its own: the shell on the serial console is a session at no seat, from which no face opens anything."""


def checks(arguments: Sequence[str]) -> Scenario:
    """Return the scenario that runs them, with more for pytest."""
    return Scenario("the_checks_pass", functools.partial(_run, arguments))


def _run(arguments: Sequence[str], guest: Guest) -> None:
    installed(guest)
    ending = guest.console.begin(
        PYTEST.format(brought=BROUGHT, outcomes=OUTCOMES, arguments=shlex.join(arguments)) + " </dev/null"
    )
    guest.console.expect(r"<begin\d+>\r?\n")
    while (heard := guest.console.expect(ending, r"[^\r\n]+\r?\n", within=guest.patience.work)).which != 0:
        print(heard.match[0].rstrip(), flush=True)
    assert heard.match[1] == "0", f"pytest ended with {heard.match[1]}"
