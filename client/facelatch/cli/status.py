"""`facelatch status` and `facelatch cameras`: how things stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

import typer

from facelatch.cli.answers import CameraList
from facelatch.cli.failure import CommandFailed, ExitCode, refused
from facelatch.cli.options import JsonOption, UserOption, about_self, caller, daemon_of, user_or_self
from facelatch.cli.output import emit, paint, say, show_pairs
from facelatch.cli.standing import obstacles, standing_lines
from facelatch.cli.words import EXPLANATIONS
from facelatch.errors import BusError
from facelatch.types import EYE_READY, CameraSummary, Reason, StandingReport, StatusReport

if TYPE_CHECKING:
    from rich.text import Text

    from facelatch.sync import Daemon

FIRST_CHOICE: Final = "that of the face, else the first real one"
"""The camera where the settings name none."""


def status(context: typer.Context, user: UserOption = None, as_json: JsonOption = False) -> None:
    """Show how the daemon and its parts stand, and whether a login by face can open for you now.

    Exits 3 where no face can be judged: no daemon, no pack, the eye or the camera not ready.

    A service is the program that asks for the login; its class is what the settings are written for.
    """
    # Somebody without a name is told of the daemon all the same.
    name = caller() if user is None else user_or_self(user)
    with daemon_of(context).connected(asks=user is not None and not about_self(name)) as daemon:
        report = daemon.status()
        standing = _standing(daemon, name, wanted=user is not None)
        ready = not report.pack_problem and report.eye == EYE_READY and not report.camera_problem
        asks = ready and not as_json and name and about_self(name)
        besides = obstacles(daemon, report) if asks and isinstance(standing, StandingReport) and standing.usable else ()
    if as_json:
        emit(report, standing=standing if isinstance(standing, StandingReport) else None)
    else:
        heading = "You" if about_self(name) else name
        _show_report(report, _standing_pairs(standing, heading, name, besides, ready=ready))
    if not ready:
        raise typer.Exit(ExitCode.CANNOT_WORK)


def _standing(daemon: Daemon, name: str, *, wanted: bool) -> StandingReport | BusError:
    """Return how somebody stands, or why that is not told: the rest is worth showing, unless `wanted` by name."""
    try:
        return daemon.standing(name)
    except BusError as error:
        if wanted:
            raise
        return error


def _standing_pairs(
    standing: StandingReport | BusError, heading: str, name: str, besides: Sequence[str], *, ready: bool
) -> Iterator[tuple[str, Text]]:
    if isinstance(standing, BusError):
        yield heading, paint(f"not known: {refused(standing).text}", "yellow")
        return
    for line in standing_lines(standing, name, besides, ready=ready):
        yield heading, line
        heading = ""


def _show_report(report: StatusReport, standing: Iterator[tuple[str, Text]]) -> None:
    pairs = [("Daemon", paint(f"running, version {report.version}"))]
    if report.pack_problem:
        pairs.append(("Pack", paint(report.pack_problem, "red")))
    else:
        pairs.append(("Pack", paint(report.pack)))
    # The eye, too, says what is wrong with the pack; once is enough.
    if report.eye_answers:
        pairs.append(("Eye", paint(report.eye if report.eye == EYE_READY else "waits for the pack")))
    else:
        pairs.append(("Eye", paint(report.eye, "red")))
    # A file that stands in for a camera, as in the demonstration, is not among those found.
    found = f" ({len(report.cameras) or 'none'} found)" if report.cameras or not report.camera else ""
    pairs.append(("Camera", paint(f"{report.camera or FIRST_CHOICE}{found}")))
    if report.camera_problem:
        pairs.append(("", paint(report.camera_problem, "red")))
    pairs.append(("Users", paint("1 enrolled" if report.enrolled_users == 1 else f"{report.enrolled_users} enrolled")))
    by_class = sorted((kind, service) for service, kind in report.services.items())
    heading = "Services"
    for kind, services in groupby(by_class, key=lambda pair: pair[0]):
        pairs.append((heading, paint(f"{kind}: {', '.join(service for _kind, service in services)}")))
        heading = ""
    if not by_class:
        pairs.append((heading, paint("none is allowed by the settings", "yellow")))
    pairs += standing
    show_pairs(pairs)


def cameras(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the cameras that the daemon can use."""
    with daemon_of(context).connected() as daemon:
        report = daemon.status()
    found = report.cameras
    if not found and not report.eye_answers:
        text = f"which cameras there are is not known: {report.eye}; {EXPLANATIONS[Reason.EYE_FAILED].remedy}"
        raise CommandFailed(Reason.EYE_FAILED, text, ExitCode.CANNOT_WORK)
    if as_json:
        emit(CameraList(found))
    elif not found:
        say(f"No camera was found. To use one: {EXPLANATIONS[Reason.NO_CAMERA].remedy}.")
    else:
        for position, camera in enumerate(found):
            if position:
                say("")
            _show_camera(camera)


def _show_camera(camera: CameraSummary) -> None:
    """Write one camera as a block: its id alone can fill half a line."""
    hardware = f"{camera.driver}, USB {camera.vendor_product}" if camera.vendor_product else camera.driver
    pairs: list[tuple[str, str | Text]] = [
        ("Camera", paint(camera.id, "bold")),
        ("Name", camera.name),
        ("Device", camera.path),
        ("Kind", _kind(camera)),
        ("Driver", hardware),
    ]
    if camera.companion:
        pairs.append(("Beside", f"{camera.companion}, infrared, in the same device"))
    show_pairs(pairs)


def _kind(camera: CameraSummary) -> str:
    light = "infrared" if camera.infrared else "colour"
    if camera.virtual:
        return f"{light}, virtual: a program feeds it"
    return f"{light}, {'removable' if camera.removable else 'built in'}"
