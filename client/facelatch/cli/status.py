"""`facelatch status` and `facelatch cameras`: how things stand."""

from __future__ import annotations

from itertools import groupby

import typer

from facelatch.cli.answers import CameraList
from facelatch.cli.failure import ExitCode
from facelatch.cli.options import JsonOption, daemon_of
from facelatch.cli.output import emit, paint, say, show_pairs
from facelatch.cli.words import EXPLANATIONS
from facelatch.types import EYE_READY, CameraSummary, Reason, StatusReport


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how the daemon and its parts stand.

    Exits 3 where no face can be judged: no daemon, no pack, the eye or the camera not ready.

    A service is the program that asks for the login; its class is what the settings are written for.
    """
    with daemon_of(context).connected() as daemon:
        report = daemon.status()
    if as_json:
        emit(report)
    else:
        _show_report(report)
    if report.pack_problem or report.eye != EYE_READY or report.camera_problem:
        raise typer.Exit(ExitCode.CANNOT_WORK)


def _show_report(report: StatusReport) -> None:
    pairs = [("Daemon", paint(f"running, version {report.version}"))]
    if report.pack_problem:
        pairs.append(("Pack", paint(report.pack_problem, "red")))
    else:
        pairs.append(("Pack", paint(report.pack)))
    # The eye, too, says what is wrong with the pack; once is enough.
    if report.eye in (EYE_READY, report.pack_problem):
        pairs.append(("Eye", paint(report.eye if report.eye == EYE_READY else "waits for the pack")))
    else:
        pairs.append(("Eye", paint(report.eye, "red")))
    # A file that stands in for a camera, as in the demonstration, is not among those found.
    found = f" ({len(report.cameras) or 'none'} found)" if report.cameras or not report.camera else ""
    pairs.append(("Camera", paint(f"{report.camera or 'the first real one'}{found}")))
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
    show_pairs(pairs)


def cameras(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the cameras that the daemon can use."""
    with daemon_of(context).connected() as daemon:
        found = daemon.status().cameras
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
    show_pairs(
        [
            ("Camera", paint(camera.id, "bold")),
            ("Name", camera.name),
            ("Device", camera.path),
            ("Kind", _kind(camera)),
            ("Driver", hardware),
        ]
    )


def _kind(camera: CameraSummary) -> str:
    light = "infrared" if camera.infrared else "colour"
    return f"{light}, virtual" if camera.virtual else light
