"""The machine around it: TPM, clock, and room for the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from facelatch.doctor.answers import Trouble
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene, Unrun

FIRST_YEAR: Final = 2025
LAST_YEAR: Final = 2099
"""Years in which this version may be in use; a computer whose clock has no battery begins in 1970 or 2000."""

PATIENCE_WITH_CLOCKS: Final = timedelta(minutes=5)
"""How far ahead the history may be: clocks are set back by seconds now and then."""

STORE: Final = "var/lib/facelatch"
PLAIN_KEY: Final = f"{STORE}/key"
SEALED_KEY: Final = "etc/credstore.encrypted/facelatch.key"
LITTLE_ROOM: Final = 100 * 1024 * 1024
NO_ROOM: Final = 4 * 1024 * 1024
"""Bytes. A store with ten users and a year of history is under 4 MiB; SQLite's log needs as much again."""


def check_tpm(scene: Scene) -> Iterator[Finding]:
    """Look for a TPM, which can keep the key of the faces."""
    chips = sorted((scene.root / "sys/class/tpm").glob("tpm[0-9]*"))
    versions = [_line(chip / "tpm_version_major") for chip in chips]
    if "2" in versions and any((scene.root / "dev").glob("tpmrm[0-9]*")):
        yield _kept_key(scene)
    elif "2" in versions:
        text = "There is a TPM 2.0 but no /dev/tpmrm0 to reach it by, so that it cannot keep the key of the faces."
        yield Finding(Part.TPM, State.NOTE, text, "Load its driver.", "sudo modprobe tpm_tis")
    else:
        old = "a TPM 1.2 only" if chips else "no TPM"
        text = f"There is {old}: the key of the faces is a file, so that who takes the disk has both."
        remedy = "Encrypt the disk; in many computers a TPM can be switched on in the firmware's settings."
        yield Finding(Part.TPM, State.NOTE, text, remedy)


def _kept_key(scene: Scene) -> Finding:
    """Say whether the TPM keeps the key of the faces, which root alone can see."""
    sealed, plain = _is_there(scene.root / SEALED_KEY), _is_there(scene.root / PLAIN_KEY)
    if sealed:
        return Finding(Part.TPM, State.OK, "The key of the faces is sealed to this computer, which has a TPM 2.0.")
    if plain:
        text = f"The key of the faces is a plain file (/{PLAIN_KEY}), though there is a TPM 2.0 to seal it to."
        remedy = "Seal it, so that who takes the disk has not both."
        return Finding(Part.TPM, State.WARNING, text, remedy, "sudo facelatch-key ensure")
    return Finding(Part.TPM, State.OK, "There is a TPM 2.0, which can keep the key of the faces.")


def _is_there(path: Path) -> bool:
    """Whether a file is there as far as can be seen: others than root see into neither folder."""
    try:
        return path.exists()
    except PermissionError:
        return False


def _line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        # Kernels before 5.5 do not tell the version.
        return ""


def check_clock(scene: Scene) -> Iterator[Finding]:
    """Look at the clock: lock-outs and the history go by it."""
    now = datetime.fromtimestamp(scene.now, UTC)
    command = scene.command("sudo timedatectl set-ntp true")
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        text = f"The clock says {now:%Y-%m-%d}, which cannot be: lock-outs and the history go by it."
        yield Finding(Part.CLOCK, State.WARNING, text, "Set the clock.", command)
        return
    newest = scene.answers.newest
    latest = None if isinstance(newest, Trouble) or not newest else _moment(newest[0].when)
    if latest is not None and latest - now > PATIENCE_WITH_CLOCKS:
        text = f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the history goes on to {latest:%Y-%m-%d %H:%M}."
        yield Finding(Part.CLOCK, State.WARNING, f"{text} One of them was wrong.", "Set the clock.", command)
        return
    yield _synchronised(scene, command)


def _moment(when: str) -> datetime | None:
    """Return a time of the history, None for one that is none."""
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _synchronised(scene: Scene, command: str) -> Finding:
    """Say whether the clock follows the network's, where systemd knows that."""
    told = scene.run(["timedatectl", "show"]) if scene.systemd else Unrun.MISSING
    values = {} if isinstance(told, Unrun) else dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    if values.get("NTPSynchronized") == "no":
        if values.get("NTP") == "no" and values.get("CanNTP") == "yes":
            text = "The clock is plausible but does not follow the network's."
            return Finding(Part.CLOCK, State.NOTE, text, "Have it follow.", command)
        return Finding(Part.CLOCK, State.NOTE, "The clock is plausible; it has not yet met the network's.")
    return Finding(Part.CLOCK, State.OK, "The clock is plausible.")


def check_store(scene: Scene) -> Iterator[Finding]:
    """Look at the room that the store has."""
    folder = scene.root / STORE
    disk = scene.disk(folder)
    if not disk.writable:
        text = f"/{STORE} is on a file system that is mounted read-only: no face can be enrolled, and none is judged."
        yield Finding(Part.STORE, State.BAD, text, "Find out why; disks that fail end so.", "sudo dmesg --level=err")
    elif disk.free < LITTLE_ROOM:
        state = State.BAD if disk.free < NO_ROOM else State.WARNING
        text = (
            f"There are {disk.free / 2**20:.1f} MiB left for /{STORE}: without room no attempt can be noted, or judged."
        )
        yield Finding(Part.STORE, state, text, "Make room.", f"df -h /{STORE}")
    else:
        yield Finding(Part.STORE, State.OK, "There is room for the store of faces.")
