"""What calls on the bus cost the judge: memory left behind, and how many it answers a second.

A real judge on a bus of its own, before an eye that is made up; one client calls, and no call needs polkit: a light
one, a property, one that is refused.

    python -m tests.bench.calls
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from typing import Final

import gi
from gi.repository import GLib
from jeepney import DBusAddress, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection

from facelatchd.bus.sluice import BURST
from tests import buses
from tests.buses import PrivateBus
from tests.integration.bus_client import CAMERA, MANAGER, NAME
from tests.integration.bus_judge import PEOPLE, Judge

STEP: Final = 5_000
AT_A_TIME: Final = 8

CALLS: Final[tuple[Message, ...]] = (
    new_method_call(DBusAddress(MANAGER, NAME, f"{NAME}.Manager"), "GetPolicy"),
    new_method_call(
        DBusAddress(MANAGER, NAME, "org.freedesktop.DBus.Properties"), "Get", "ss", (f"{NAME}.Manager", "Version")
    ),
    new_method_call(DBusAddress(CAMERA, NAME, f"{NAME}.Camera"), "VerifyStart", "sa{sv}", ("x" * 200, {})),
)


def call_many(bus: PrivateBus, count: int) -> None:
    """Make so many calls, the kinds in turn, `AT_A_TIME` under way, with no more of one connection than it may make."""
    for begun in range(0, count, BURST):
        with bus.connect() as connection:
            _call(connection, begun, min(begun + BURST, count))


def _call(connection: DBusConnection, begun: int, end: int) -> None:
    for first in range(begun, end, AT_A_TIME):
        last = min(first + AT_A_TIME, end)
        for number in range(first, last):
            connection.send(CALLS[number % len(CALLS)])
        for _ in range(first, last):
            while connection.receive(timeout=buses.PATIENCE).header.message_type is MessageType.signal:
                pass  # the bus itself says a word to everybody who is new


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    options = parser.parse_args()
    if reason := buses.obstacle():
        print(reason, file=sys.stderr)
        return 1
    glib = ".".join(map(str, (GLib.MAJOR_VERSION, GLib.MINOR_VERSION, GLib.MICRO_VERSION)))
    print(f"GLib {glib}, PyGObject {gi.__version__}, Python {platform.python_version()}, {platform.platform()}")
    with PrivateBus(people=PEOPLE) as bus, Judge(bus) as judge:
        call_many(bus, 300)
        first = judge.kibibytes()
        print(f"{0:>7} calls: {first:>7} KiB resident")
        began, busy = time.monotonic(), judge.processor_seconds
        for done in range(STEP, options.calls + 1, STEP):
            call_many(bus, STEP)
            print(f"{done:>7} calls: {judge.kibibytes():>7} KiB resident")
        seconds = time.monotonic() - began
        done = options.calls // STEP * STEP
        grown = (judge.kibibytes() - first) * 1024
        busy = judge.processor_seconds - busy
        print(
            f"{grown / done:.1f} bytes a call left behind; {done / seconds:.0f} calls a second, "
            f"{1000 * busy / done:.2f} ms of the judge's processor time each"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
