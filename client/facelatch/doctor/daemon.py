"""The daemon: is it there, of our version, and can logins reach it; and the eye, as the daemon sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facelatch.address import VARIABLE
from facelatch.doctor.answers import Silence, Trouble
from facelatch.doctor.bus import BusDown, CallFailed, names
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene, Unrun, untold
from facelatch.types import EYE_READY

BUS_NAME: Final = "org.facelatch"
UNITS: Final = ("facelatchd.service", "facelatchd.socket", "facelatch-eye.socket")
DOOR: Final = "run/facelatch/door.sock"

ELSEWHERE: Final = f"Is it running there? Check --bus / {VARIABLE}."

SETTINGS_UNUSABLE: Final = "78"
"""The status with which the daemon ends where it cannot use its settings."""

_JOURNAL: Final = "journalctl -b -e -u facelatchd"

Unit = dict[str, str]


def check_daemon(scene: Scene) -> Iterator[Finding]:
    """Look at the daemon, its units and its door."""
    status = scene.answers.status
    units = _units(scene)
    if isinstance(status, Trouble):
        yield _silent(scene, status, units)
    elif status.version != scene.version:
        yield Finding(
            Part.DAEMON,
            State.WARNING,
            f"The daemon is of version {status.version} and this program of {scene.version}: they may misunderstand "
            "each other.",
            "Restart the daemon, so that the installed version runs.",
            scene.command("sudo systemctl restart facelatchd"),
        )
    else:
        yield Finding(Part.DAEMON, State.OK, f"The daemon answers, version {status.version}.")
    if not scene.other_bus:
        yield from _door(scene, units)


def _units(scene: Scene) -> dict[str, Unit]:
    """Return what systemd knows of our units, by name; nothing where it does not run."""
    if not scene.systemd:
        return {}
    asked = "Id,LoadState,ActiveState,UnitFileState,Result,ExecMainStatus"
    told = scene.run(["systemctl", "show", f"--property={asked}", *UNITS])
    if isinstance(told, Unrun):
        return {}
    units = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in told.split("\n\n")]
    return {unit["Id"]: unit for unit in units if "Id" in unit}


def _silent(scene: Scene, trouble: Trouble, units: dict[str, Unit]) -> Finding:
    """Say why the daemon does not answer, as far as can be seen from outside."""
    if scene.other_bus:
        text = f"The daemon cannot be asked on the bus at {scene.other_bus}: {trouble.text.rstrip('.')}."
        return Finding(Part.DAEMON, State.BAD, text, ELSEWHERE)
    if trouble.silence is Silence.REFUSED:
        remedy = "Put the bus policy in place that comes with Facelatch (org.facelatch.conf), and have the bus read it."
        text = f"The daemon may not be asked: {trouble.text}."
        return Finding(Part.DAEMON, State.BAD, text, remedy, scene.command("sudo systemctl reload dbus"))
    try:
        owned, startable = names(scene.bus)
    except (BusDown, CallFailed) as error:
        text = f"The system bus, over which all programs reach the daemon, cannot be used: {error}."
        return Finding(Part.DAEMON, State.BAD, text, "Start the bus.", scene.command("sudo systemctl start dbus"))
    if trouble.silence is Silence.MUTE:
        text = f"The daemon is there but does not answer ({trouble.text}): every login by face waits for nothing."
        remedy = "Restart it; its log may say why."
        return Finding(Part.DAEMON, State.BAD, text, remedy, scene.command("sudo systemctl restart facelatchd"))
    return _absent(scene, units.get("facelatchd.service", {}), known=BUS_NAME in owned | startable)


def _absent(scene: Scene, unit: Unit, *, known: bool) -> Finding:
    """Say what a bus without the daemon means; `known` says that the bus could start it."""
    text, remedy, command = (
        "The daemon does not run, so no face can be judged.",
        "Start it.",
        "sudo systemctl start facelatchd",
    )
    if unit.get("LoadState") == "masked":
        text = "The daemon is masked: systemd was told never to start it."
        remedy, command = "Unmask it, then start it.", "sudo systemctl unmask facelatchd"
    elif unit.get("LoadState") == "not-found":
        text = "The daemon is not installed as a service of this system, so no login can ask it."
        remedy, command = "Install the units that come with Facelatch.", ""
    elif unit.get("ActiveState") in ("failed", "activating") and unit.get("ExecMainStatus") == SETTINGS_UNUSABLE:
        text = "The daemon does not start, because it cannot use its settings."
        remedy = (
            "Its log names the file: mend /etc/facelatch/facelatch.toml, or remove /var/lib/facelatch/choices.toml, "
            "which holds what was chosen in the window. Then start it again."
        )
        command = _JOURNAL
    elif unit.get("ActiveState") == "failed":
        text = f"The daemon has failed ({unit.get('Result', 'unknown')}), so no face can be judged."
        remedy, command = "Read why, mend it, and start it again.", _JOURNAL
    elif unit.get("ActiveState") == "active":
        text = "The daemon runs but is not on the bus, so no program can ask it."
        remedy, command = "Read why; the bus policy (org.facelatch.conf) may be missing.", _JOURNAL
    elif not unit and not known:
        text = "The daemon does not run, and the bus does not know how to start it: it may not be installed."
        remedy = "Install Facelatch's units and bus files, or start the daemon by hand."
    return Finding(Part.DAEMON, State.BAD, text, remedy, scene.command(command))


def _door(scene: Scene, units: dict[str, Unit]) -> Iterator[Finding]:
    """Look at the socket that logins ask through."""
    mending = scene.command("sudo systemctl enable --now facelatchd.socket facelatch-eye.socket")
    try:
        there = (scene.root / DOOR).is_socket()
    except PermissionError:
        text = f"/{DOOR} cannot be reached from here: another user's login cannot ask the daemon either."
        yield Finding(Part.DAEMON, State.BAD, text, "Give its folder the mode 0755.", "sudo chmod 755 /run/facelatch")
        return
    if not there:
        text = f"There is no /{DOOR}: no login can ask the daemon, and each goes straight on to the password."
        yield Finding(Part.DAEMON, State.BAD, text, "Open the sockets.", mending)
    dormant = [
        name for name, unit in units.items() if name.endswith(".socket") and unit.get("UnitFileState") == "disabled"
    ]
    if there and dormant:
        text = f"After the next start of the computer no face will be asked for: not enabled is {', '.join(dormant)}."
        yield Finding(Part.DAEMON, State.WARNING, text, "Enable the sockets.", mending)


def check_eye(scene: Scene) -> Iterator[Finding]:
    """Look at what the daemon says of the eye."""
    status = scene.answers.status
    if isinstance(status, Trouble):
        yield untold(Part.EYE, status)
    elif status.eye == EYE_READY:
        yield Finding(Part.EYE, State.OK, "The eye, which runs the camera, is ready.")
    elif status.eye == status.pack_problem:
        yield Finding(Part.EYE, State.NOTE, "The eye waits for a pack it can use.")
    else:
        text = f"The eye, which runs the camera, cannot work: {status.eye.rstrip('.')}."
        yield Finding(Part.EYE, State.BAD, text, "Read its log.", scene.command("journalctl -b -e -u facelatch-eye"))
