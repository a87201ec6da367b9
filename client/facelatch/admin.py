"""The provisional admin socket: one request a connection, answers as JSON lines. The bus takes its place.

Root may ask for any user, everybody for himself. A line is at most `LONGEST_LINE` bytes.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Final

import msgspec

from facelatch.types import AttemptSummary, Band, FaceSummary, Reason, Verdict

LONGEST_LINE: Final = 24 * 1024 * 1024
"""A picture of 16 MiB in base64, and some room."""

LONGEST_ANSWER: Final = 1024 * 1024
"""Bytes of one answer's line: some thousand attempts fit, a flood does not."""

LARGEST_PICTURE: Final = 16 * 1024 * 1024
MOST_PICTURES: Final = 200
"""Pictures of one enrolment."""

DEFAULT_SOCKET: Final = Path("/run/facelatch/admin.sock")

EYE_READY: Final = "ready"
"""What `StatusReport.eye` says where nothing is wrong with it."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is"):
    """Base of all messages."""


# --- requests ---------------------------------------------------------------------------------------------------------


class Status(Message, frozen=True, tag="status"):
    """Answer: `StatusReport`."""


class Cameras(Message, frozen=True, tag="cameras"):
    """Answer: `CameraList`."""


class ListFaces(Message, frozen=True, tag="list"):
    """Answer: `FaceList`."""

    user: str


class RenameFace(Message, frozen=True, tag="rename"):
    """`face` is an id, a unique beginning of one, or a label. Answer: `FaceList` with the renamed face."""

    user: str
    face: str
    label: str


class RemoveFaces(Message, frozen=True, tag="remove"):
    """Removes one face, or all of the user's where `face` is empty. Answer: `FaceList` with what was removed."""

    user: str
    face: str = ""


class Enroll(Message, frozen=True, tag="enroll"):
    """Enrols from a camera, or from `pictures` that follow as `PictureLine`s.

    Answers: `EnrollStep`s, then `Enrolled` or `Failed`.
    """

    user: str
    label: str = ""
    camera: str = ""
    pictures: int = 0


class PictureLine(Message, frozen=True, tag="picture"):
    """One encoded picture of an enrolment from pictures."""

    name: str
    data: bytes


class Try(Message, frozen=True, tag="try"):
    """Verifies the user as a login would, but opens nothing. Answer: `TryStep`s, then `Tried`."""

    user: str
    camera: str = ""


class History(Message, frozen=True, tag="history"):
    """Answer: `AttemptList`, newest first."""

    user: str
    limit: int = 20


Request = Status | Cameras | ListFaces | RenameFace | RemoveFaces | Enroll | PictureLine | Try | History


# --- answers ----------------------------------------------------------------------------------------------------------


class Failed(Message, frozen=True, tag="failed"):
    """The request was refused or came to nothing; `text` is for a person and says what to do."""

    reason: Reason
    text: str


class CameraLine(Message, frozen=True, tag="camera"):
    """One camera, as the eye knows it."""

    id: str
    name: str
    path: str
    driver: str
    vendor_product: str
    infrared: bool
    virtual: bool


class StatusReport(Message, frozen=True, tag="status-report"):
    """How the daemon stands. A problem is one line for a person that says what to do, empty where there is none."""

    version: str
    pack: str
    pack_problem: str
    eye: str
    """`EYE_READY`, or what is wrong with it."""
    cameras: int
    enrolled_users: int
    services: dict[str, str]
    camera: str = ""
    """The camera that the settings name, empty for the first real one."""
    camera_problem: str = ""
    """Why the camera that would be used cannot be."""


class CameraList(Message, frozen=True, tag="camera-list"):
    """The cameras the eye found."""

    cameras: tuple[CameraLine, ...]


class FaceList(Message, frozen=True, tag="face-list"):
    """A user's faces."""

    user: str
    faces: tuple[FaceSummary, ...]


class EnrollStep(Message, frozen=True, tag="enroll-step"):
    """One shot: kept or not, and why not (a `hint` for a person); `name` is the picture's where there is one."""

    kept: int
    wanted: int
    taken: bool
    hint: str
    name: str = ""


class Enrolled(Message, frozen=True, tag="enrolled"):
    """The enrolment is stored; `hint` tells a person how it could be better, empty where it is as good as it gets."""

    face: FaceSummary
    hint: str = ""


class TryStep(Message, frozen=True, tag="try-step"):
    """One frame of a try. An ordinary caller learns the view only; the rest is for root."""

    view: str
    band: Band | None
    live: bool | None
    evidence: float | None = None


class Tried(Message, frozen=True, tag="tried"):
    """The verdict of a try. `evidence` and `wanted` are set for root only, in nats.

    `seconds` is how long the look took, `took` the mean milliseconds of a frame per stage.
    """

    verdict: Verdict
    reason: Reason
    band: Band | None
    seconds: float
    frames: int
    took: dict[str, float]
    evidence: float | None = None
    wanted: float | None = None


class AttemptList(Message, frozen=True, tag="attempt-list"):
    """A user's attempts, newest first."""

    attempts: tuple[AttemptSummary, ...]


Answer = Failed | StatusReport | CameraList | FaceList | EnrollStep | Enrolled | TryStep | Tried | AttemptList

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Answer)


class DaemonUnreachable(ConnectionError):
    """No daemon answers at the socket."""


class ProtocolBroken(ConnectionError):
    """The daemon's answer is none of the contract's, or the connection ended in the middle."""


def ask(
    request: Request,
    pictures: Iterable[PictureLine] = (),
    *,
    path: Path = DEFAULT_SOCKET,
    patience: float = 120.0,
) -> Generator[Answer]:
    """Send a request and yield the answers as they come; the last one is neither `EnrollStep` nor `TryStep`.

    Pictures are sent one by one, each after the answer to the one before; none is read once the last answer is there.
    `patience` is seconds of silence. Closing the generator closes the connection, which the daemon takes for cancel.
    Raises `DaemonUnreachable`, `ProtocolBroken`, and `ValueError` for a message that cannot be sent: text with half
    a surrogate pair, or a line over `LONGEST_LINE`.
    """
    queue = iter(pictures)
    first = _line(request)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        _connect(connection, path, patience)
        wire = _Wire(connection, patience)
        wire.send(first)
        while True:
            if (picture := next(queue, None)) is not None:
                wire.send(_line(picture))
            answer = _read(wire.receive())
            yield answer
            if not isinstance(answer, EnrollStep | TryStep):
                return


def _connect(connection: socket.socket, path: Path, patience: float) -> None:
    connection.settimeout(patience)
    try:
        connection.connect(str(path))
    except OSError as error:
        raise DaemonUnreachable(f"{path}: {error.strerror or error}") from error
    connection.setblocking(False)


def _line(message: Message) -> bytes:
    line = _encoder.encode(message) + b"\n"
    if len(line) > LONGEST_LINE:
        raise ValueError(f"a line of {len(line)} bytes, allowed are {LONGEST_LINE}")
    return line


def _read(line: bytes) -> Answer:
    try:
        answer: Answer = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolBroken(f"not an answer of the contract: {error}") from error
    return answer


class _Wire:
    """Lines over a connection that does not block.

    It goes on reading while it sends: else two sides that both wait for room would wait for ever, and a refusal that
    comes in the middle of a picture would be lost with the broken pipe. No `makefile`: a socket that has one stays open
    after `close()` for as long as a traceback holds it, and the daemon would not hear of the cancel.
    """

    def __init__(self, connection: socket.socket, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._poll = select.poll()
        self._received = bytearray()
        self._searched = 0
        self._ended = False

    def send(self, line: bytes) -> None:
        """Send a line, or as much of it as the daemon wants: what it answered instead is left to `receive`."""
        rest = memoryview(line)
        while rest and not self._ended:
            events = self._wait(select.POLLIN | select.POLLOUT)
            if events & ~select.POLLOUT:
                self._take()
            if len(self._received) > LONGEST_ANSWER:
                raise ProtocolBroken(f"more than {LONGEST_ANSWER} bytes of answers before there was a question")
            if events & select.POLLOUT:
                rest = rest[self._give(rest) :]

    def receive(self) -> bytes:
        """Return the next line without its line feed; `ProtocolBroken` where there is none, whole, in time."""
        while (end := self._received.find(b"\n", self._searched)) < 0:
            self._searched = len(self._received)
            if self._searched > LONGEST_ANSWER:
                raise ProtocolBroken(f"an answer of more than {LONGEST_ANSWER} bytes")
            if self._ended:
                raise ProtocolBroken("the connection ended in the middle")
            self._wait(select.POLLIN)
            self._take()
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._searched = 0
        return line

    def _wait(self, wanted: int) -> int:
        """Return what became possible; `ProtocolBroken` after too long a silence."""
        self._poll.register(self._connection, wanted)
        found = self._poll.poll(self._patience * 1000)
        if not found:
            raise ProtocolBroken(f"no answer for {self._patience:g} s")
        return found[0][1]

    def _take(self) -> None:
        """Read what there is; a broken connection has ended, like a closed one."""
        try:
            chunk = self._connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._received += chunk
        self._ended = not chunk

    def _give(self, rest: memoryview) -> int:
        """Send what there is room for; to a daemon that listens no more, everything counts as sent."""
        try:
            return self._connection.send(rest)
        except BlockingIOError:
            return 0
        except OSError:
            return len(rest)
