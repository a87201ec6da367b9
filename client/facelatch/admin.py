"""The provisional admin socket: one request a connection, answers as JSON lines. The bus takes its place.

Root may ask for any user, everybody for himself. A line is at most `LONGEST_LINE` bytes.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from facelatch.types import AttemptSummary, Band, FaceSummary, Reason, Verdict

LONGEST_LINE: Final = 24 * 1024 * 1024
"""A picture of 16 MiB in base64, and some room."""

LARGEST_PICTURE: Final = 16 * 1024 * 1024
DEFAULT_SOCKET: Final = Path("/run/facelatch/admin.sock")


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is"):
    """Base of all messages."""


# --- requests ---------------------------------------------------------------------------------------------------------


class Status(Message, tag="status"):
    """Answer: `StatusReport`."""


class Cameras(Message, tag="cameras"):
    """Answer: `CameraList`."""


class ListFaces(Message, tag="list"):
    """Answer: `FaceList`."""

    user: str


class RenameFace(Message, tag="rename"):
    """`face` is an id, a unique beginning of one, or a label. Answer: `FaceList` with the renamed face."""

    user: str
    face: str
    label: str


class RemoveFaces(Message, tag="remove"):
    """Removes one face, or all of the user's where `face` is empty. Answer: `FaceList` with what was removed."""

    user: str
    face: str = ""


class Enroll(Message, tag="enroll"):
    """Enrols from a camera, or from `pictures` that follow as `PictureLine`s.

    Answers: `EnrollStep`s, then `Enrolled` or `Failed`.
    """

    user: str
    label: str = ""
    camera: str = ""
    pictures: int = 0


class PictureLine(Message, tag="picture"):
    """One encoded picture of an enrolment from pictures."""

    name: str
    data: bytes


class Try(Message, tag="try"):
    """Verifies the user as a login would, but opens nothing. Answer: `TryStep`s, then `Tried`."""

    user: str
    camera: str = ""


class History(Message, tag="history"):
    """Answer: `AttemptList`, newest first."""

    user: str
    limit: int = 20


Request = Status | Cameras | ListFaces | RenameFace | RemoveFaces | Enroll | PictureLine | Try | History


# --- answers ----------------------------------------------------------------------------------------------------------


class Failed(Message, tag="failed"):
    """The request was refused or came to nothing; `text` is for a person and says what to do."""

    reason: Reason
    text: str


class CameraLine(Message, tag="camera"):
    """One camera, as the eye knows it."""

    id: str
    name: str
    path: str
    driver: str
    vendor_product: str
    infrared: bool
    virtual: bool


class StatusReport(Message, tag="status-report"):
    """How the daemon stands."""

    version: str
    pack: str
    pack_problem: str
    eye: str
    cameras: int
    enrolled_users: int
    services: dict[str, str]


class CameraList(Message, tag="camera-list"):
    """The cameras the eye found."""

    cameras: tuple[CameraLine, ...]


class FaceList(Message, tag="face-list"):
    """A user's faces."""

    user: str
    faces: tuple[FaceSummary, ...]


class EnrollStep(Message, tag="enroll-step"):
    """One shot: kept or not, and why not (a `hint` for a person); `name` is the picture's where there is one."""

    kept: int
    wanted: int
    taken: bool
    hint: str
    name: str = ""


class Enrolled(Message, tag="enrolled"):
    """The enrolment is stored."""

    face: FaceSummary


class TryStep(Message, tag="try-step"):
    """One frame of a try, as far as an ordinary caller may know it. `evidence` is set for root only."""

    view: str
    band: Band | None
    live: bool | None
    evidence: float | None = None


class Tried(Message, tag="tried"):
    """The verdict of a try. `evidence` and `wanted` are set for root only, in nats."""

    verdict: Verdict
    reason: Reason
    band: Band | None
    seconds: float
    frames: int
    took: dict[str, float]
    evidence: float | None = None
    wanted: float | None = None


class AttemptList(Message, tag="attempt-list"):
    """A user's attempts, newest first."""

    attempts: tuple[AttemptSummary, ...]


Answer = (
    Failed | StatusReport | CameraList | FaceList | EnrollStep | Enrolled | TryStep | Tried | AttemptList
)


class DaemonUnreachable(ConnectionError):
    """No daemon answers at the socket."""


class ProtocolBroken(ConnectionError):
    """The daemon's answer is none of the contract's, or the connection ended in the middle."""


def ask(
    request: Request,
    pictures: Iterator[PictureLine] | tuple[PictureLine, ...] = (),
    *,
    path: Path = DEFAULT_SOCKET,
    patience: float = 120.0,
) -> Iterator[Answer]:
    """Send a request and yield the answers as they come, until the daemon closes the connection.

    Pictures are sent one by one, each after the answer to the one before. `patience` is seconds of silence.
    Raises `DaemonUnreachable` or `ProtocolBroken`.
    """
    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder(Answer).decode
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        try:
            connection.connect(str(path))
        except OSError as error:
            raise DaemonUnreachable(f"{path}: {error.strerror}") from error
        stream = connection.makefile("rwb")
        try:
            stream.write(encode(request) + b"\n")
            stream.flush()
            queue = iter(pictures)
            if (first := next(queue, None)) is not None:
                stream.write(encode(first) + b"\n")
                stream.flush()
            while line := stream.readline(LONGEST_LINE):
                yield decode(line)
                if (following := next(queue, None)) is not None:
                    stream.write(encode(following) + b"\n")
                    stream.flush()
        except (OSError, msgspec.MsgspecError) as error:
            raise ProtocolBroken(str(error)) from error
