"""A machine in a folder, on which all is well unless a test says otherwise."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from facelatch.doctor.answers import Answers, Silence, Trouble
from facelatch.doctor.bus import BusDown, CallFailed
from facelatch.doctor.report import Finding
from facelatch.doctor.scene import Disk, Scene, Unrun
from facelatch.types import (
    AttemptSummary,
    CameraSummary,
    ClassPolicy,
    FaceSummary,
    Intent,
    Level,
    Liveness,
    PackPart,
    PackReport,
    PolicyReport,
    Quality,
    Reason,
    ServiceClass,
    StandingReport,
    StatusReport,
    Verdict,
)

NOW: Final = 1_800_000_000.0
"""2027-01-15 08:00 UTC."""

WEBCAM: Final = CameraSummary(
    id="pci-1/0c45:6a08", name="Webcam", path="/dev/video0", driver="uvcvideo", vendor_product="0c45:6a08",
    infrared=False, virtual=False, object="/org/facelatch/Camera/0",
)  # fmt: skip
LOOPBACK: Final = CameraSummary(
    id="virtual-video9", name="Dummy", path="/dev/video9", driver="v4l2 loopback", vendor_product="",
    infrared=False, virtual=True, object="/org/facelatch/Camera/9",
)  # fmt: skip
STANDING: Final = StandingReport("alice", 1, 1)


def status(**changes: Any) -> StatusReport:
    told: dict[str, Any] = {
        "version": "1.2", "pack": "open 1", "pack_problem": "", "eye": "ready", "cameras": (WEBCAM,),
        "enrolled_users": 1, "services": {"sudo": "elevate", "login": "login"},
    }  # fmt: skip
    return StatusReport(**told | changes)


def face(
    label: str = "face 1",
    *,
    usable: bool = True,
    quality: Quality = Quality.GOOD,
    camera: str = WEBCAM.id,
    infrared: str = "",
) -> FaceSummary:
    return FaceSummary(
        id="f1", label=label, enrolled="2026-01-01T00:00:00+00:00", templates=5, pack="open", camera=camera,
        usable=usable, quality=quality, infrared=infrared,
    )  # fmt: skip


def attempt(when: str) -> AttemptSummary:
    return AttemptSummary(
        when=when, user="alice", service="sudo", verdict=Verdict.MATCH, reason=Reason.MATCHED, band=None, seconds=1.0,
        frames=3,
    )  # fmt: skip


def policy(*levels: Level) -> PolicyReport:
    """A policy whose classes want these levels, in order."""
    rules = (
        ClassPolicy(kind, allowed=True, level=level, liveness=Liveness.PASSIVE, intent=Intent.NONE, services=())
        for kind, level in zip(ServiceClass, levels, strict=False)
    )
    return PolicyReport(classes=tuple(rules), camera="", sources=())


def pack(**changes: Any) -> PackReport:
    """A pack of which all is shown, and that can tell a face from a picture of one."""
    told: dict[str, Any] = {
        "id": "open", "version": "1", "licence": "Apache-2.0", "levels": tuple(Level),
        "parts": (PackPart("liveness", "live.onnx", "Apache-2.0", "", 1),),
    }  # fmt: skip
    return PackReport(**told | changes)


def answers(**changes: Any) -> Answers:
    told: dict[str, Any] = {
        "status": status(),
        "pack": pack(),
        "policy": policy(Level.BALANCED),
        "faces": (face(),),
        "newest": (),
        "standing": STANDING,
    }
    return Answers(**told | changes)


def silent(silence: Silence = Silence.UNREACHABLE, text: str = "nobody there") -> Answers:
    trouble = Trouble(silence, text)
    return Answers(trouble, trouble, trouble, trouble, trouble, trouble)


Reply = tuple[object, ...] | Exception | Callable[..., tuple[object, ...]]


class FakeBus:
    """A bus on which calls of a method are answered as told; nobody else is on it."""

    def __init__(self, replies: Mapping[str, Reply] | None = None) -> None:
        self.replies: dict[str, Reply] = {
            "ListNames": (["org.freedesktop.DBus", "org.freedesktop.PolicyKit1", "org.facelatch"],),
            "ListActivatableNames": (["org.freedesktop.login1"],),
            "Ping": (),
            "GetConnectionUnixUser": CallFailed("org.freedesktop.DBus.Error.NameHasNoOwner", "nobody"),
        }
        self.replies |= dict(replies or {})

    def call(self, service: str, path: str, interface: str, method: str, *arguments: object) -> tuple[object, ...]:
        reply = self.replies.get(method, CallFailed("org.freedesktop.DBus.Error.ServiceUnknown", f"no {service}"))
        if isinstance(reply, Exception):
            raise reply
        return reply(*arguments) if callable(reply) else reply


NO_BUS: Final = dict.fromkeys(("ListNames", "ListActivatableNames", "Ping"), BusDown("no such file"))


class FakeCommands:
    """Commands by their first word, or all words; the rest are not installed."""

    def __init__(self, **outputs: str | Unrun) -> None:
        self.outputs: dict[str, str | Unrun] = dict(outputs)

    def __call__(self, words: Sequence[str]) -> str | Unrun:
        return self.outputs.get(" ".join(words), self.outputs.get(words[0], Unrun.MISSING))


def scene(root: Path, **changes: Any) -> Scene:
    """A machine without systemd whose root is a folder, asked by an ordinary user."""
    told: dict[str, Any] = {
        "answers": answers(), "bus": FakeBus(), "run": FakeCommands(), "disk": lambda folder: Disk(2**40, True),
        "root": root, "environment": {}, "version": "1.2", "now": NOW, "uid": 1000,
    }  # fmt: skip
    return Scene(**told | changes)


def with_systemd(root: Path) -> Path:
    (root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
    return root


def open_door(root: Path) -> Path:
    """Put the door's socket in its place."""
    place = root / "run/facelatch"
    place.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "door.sock"))
    return root


def write(root: Path, path: str, text: str = "") -> Path:
    """Write a file below the root, with its folders."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def only(findings: Iterable[Finding]) -> Finding:
    """Return the one finding there is."""
    (found,) = findings
    return found
