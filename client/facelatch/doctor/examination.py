"""The examination: every check, each within its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from facelatch.doctor.camera import check_camera
from facelatch.doctor.daemon import check_daemon, check_eye
from facelatch.doctor.limit import within
from facelatch.doctor.machine import check_clock, check_store, check_tpm
from facelatch.doctor.pack import check_enrolment, check_pack
from facelatch.doctor.pam import check_pam
from facelatch.doctor.polkit import check_polkit
from facelatch.doctor.report import Finding, Part, Report, State
from facelatch.doctor.scene import Scene, real_scene
from facelatch.doctor.session import check_session

LIMIT: Final = 10.0
"""Seconds for one check; all of them together take under 0.3 s where nothing hangs."""


class Check(Protocol):
    """Looks at one part of a scene."""

    def __call__(self, scene: Scene) -> Iterable[Finding]:
        """Return what was found; may raise `OSError`."""


CHECKS: Final[Mapping[Part, Check]] = MappingProxyType(
    {
        Part.DAEMON: check_daemon,
        Part.EYE: check_eye,
        Part.CAMERA: check_camera,
        Part.PACK: check_pack,
        Part.ENROLMENT: check_enrolment,
        Part.PAM: check_pam,
        Part.POLKIT: check_polkit,
        Part.SESSION: check_session,
        Part.TPM: check_tpm,
        Part.CLOCK: check_clock,
        Part.STORE: check_store,
    }
)


def examine(daemon_address: str = "", user: str = "") -> Report:
    """Examine this machine, and the daemon on the bus at a D-Bus address.

    Empty is that of the environment variable FACELATCH_BUS, else the system's.

    `user` is whose faces are looked at, empty for the caller's. Blocks for 0.3 s, for up to 20 s where daemon or bus
    hang; raises nothing for what it finds.
    """
    return examine_scene(real_scene(daemon_address, user), CHECKS)


def examine_scene(scene: Scene, checks: Mapping[Part, Check], limit: float = LIMIT) -> Report:
    """Examine a scene by some checks, each for at most so many seconds."""
    return Report.of(finding for part, check in checks.items() for finding in _look(scene, part, check, limit))


def _look(scene: Scene, part: Part, check: Check, limit: float) -> Iterator[Finding]:
    try:
        yield from within(limit, lambda: tuple(check(scene)))
    except TimeoutError:
        yield Finding(part, State.WARNING, f"Could not be examined within {limit:g} s: something hangs.")
    except OSError as error:
        yield Finding(part, State.WARNING, f"Could not be examined: {error}.")
