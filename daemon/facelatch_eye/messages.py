"""The contract between judge and eye: MessagePack of tagged structs, each behind a four-byte length.

One connection is one conversation. The judge sends one request; the eye answers with a stream that ends with the
request's last answer or with the connection. Times are seconds of the monotonic clock, which both processes share.
"""

from __future__ import annotations

import enum
import struct
from typing import Final

import msgspec

LARGEST_REQUEST: Final = 32 * 1024 * 1024
"""Bytes of one message to the eye: a picture fits, a flood does not."""

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes of one message from the eye: a preview frame fits."""

HEADER: Final = struct.Struct(">I")


class MessageError(ValueError):
    """A message that is too long, is cut off, or is none of the contract's."""


class Task(enum.Enum):
    """What the eye is asked to work out about a face beyond finding it."""

    EMBED = "embed"
    LIVENESS = "liveness"
    QUALITY = "quality"
    ATTRIBUTES = "attributes"
    EYES = "eyes"


class View(enum.Enum):
    """What kept a frame from being useful, or that nothing did. The first that applies is named."""

    CLEAR = "clear"
    COVERED = "covered"
    DARK = "dark"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    FAR = "far"
    BLURRED = "blurred"
    TURNED = "turned"
    EYES_CLOSED = "eyes-closed"


class ProblemKind(enum.Enum):
    """Why the eye cannot do what it was asked."""

    NO_PACK = "no-pack"
    PACK_DAMAGED = "pack-damaged"
    NO_CAMERA = "no-camera"
    CAMERA_BUSY = "camera-busy"
    CAMERA_FAILED = "camera-failed"
    CAMERA_ENDED = "camera-ended"
    BAD_PICTURE = "bad-picture"
    BAD_REQUEST = "bad-request"
    NETWORK_FAILED = "network-failed"


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is"):
    """Base of all messages."""


# --- judge to eye -----------------------------------------------------------------------------------------------------


class Describe(Message, frozen=True, tag="describe"):
    """Asks which cameras and which pack there are. Answer: one `Description`."""


class Watch(Message, frozen=True, tag="watch"):
    """Asks to open a camera and report frames until `Stop`, the end of the connection, or `seconds` have passed.

    `cameras` are `CameraInfo.id`s or device paths: the first of them that is connected is used; where the
    list is empty, the first camera that is not virtual. With `companion` the infrared camera in the same device is
    watched at the same time, where there is one. Answers: one `Opened`, then `Observation`s of both cameras in the
    order in which frames came (each after its `Frame` where `preview` is set; the companion has none), or a `Problem`.
    """

    cameras: tuple[str, ...] = ()
    companion: bool = False
    tasks: tuple[Task, ...] = (Task.EMBED, Task.LIVENESS)
    seconds: float = 10.0
    preview: bool = False


class Warm(Message, frozen=True, tag="warm"):
    """Asks to have a camera running, looked at by nobody, until a look wants it or `seconds` (at most 30) have passed.

    `cameras` and `companion` are those of `Watch`. It waits for a watch that holds the camera and takes it over running
    when that ends; it lets go at once when a watch wants the camera, which takes it over running. So the connection of
    neither is to be closed before the other has been asked for.
    Answers: one `Opened`, once camera and networks are there (no frame need have come), or a `Problem`; then nothing.
    The eye closes the connection when it holds the camera no longer, which may be before it could answer. `Stop` and
    the end of the connection end it.
    """

    cameras: tuple[str, ...] = ()
    companion: bool = False
    seconds: float = 5.0


class Analyse(Message, frozen=True, tag="analyse"):
    """Asks what is in one encoded picture (JPEG, PNG, …). Answer: one `Observation` with every face, or a `Problem`."""

    picture: bytes
    tasks: tuple[Task, ...] = (Task.EMBED, Task.LIVENESS)


class Stop(Message, frozen=True, tag="stop"):
    """Ends a `Watch` or a `Warm`; the eye lets go of the camera and then closes the connection."""


# --- eye to judge -----------------------------------------------------------------------------------------------------


class CameraInfo(Message, frozen=True, tag="camera"):
    """One camera, and how it is known again: bus path and ids, not the number of its device file.

    A loopback has nothing but that number, so its id holds it. `removable` says that anybody could have plugged it in,
    and where the kernel does not say, that is assumed. `companion` is the id of the infrared camera in the same device,
    empty where there is none, or this is it.
    """

    id: str
    name: str
    path: str
    driver: str
    bus: str
    vendor_product: str = ""
    serial: str = ""
    formats: tuple[str, ...] = ()
    infrared: bool = False
    virtual: bool = False
    removable: bool = False
    companion: str = ""


class PackInfo(Message, frozen=True, tag="pack"):
    """The pack in use; `space` names the embedder's vector space, in which templates are comparable."""

    id: str
    version: str
    space: str
    dimension: int


class Problem(Message, frozen=True, tag="problem"):
    """Something the eye cannot do, in words for a person; ends the conversation."""

    kind: ProblemKind
    text: str


class Description(Message, frozen=True, tag="description"):
    """Answer to `Describe`; where there is no usable pack, `problem` says why."""

    cameras: tuple[CameraInfo, ...]
    pack: PackInfo | None = None
    problem: Problem | None = None


class Opened(Message, frozen=True, tag="opened"):
    """The camera delivers frames from now on; so does its companion `infrared`, where it was asked for and is there."""

    camera: CameraInfo
    pack: PackInfo
    width: int
    height: int
    rate: float
    infrared: CameraInfo | None = None


class SeenAttribute(Message, frozen=True, tag="attribute"):
    """What a face is perceived as: a label of the pack's, or that none is sure, and the likeliest one's probability."""

    name: str
    label: str
    probability: float


class SeenFace(Message, frozen=True, tag="face"):
    """One face in a frame. Lengths are pixels of the frame, angles degrees.

    `landmarks` are right eye, left eye, nose, right and left mouth corner of the person (so the person's right eye is
    left in the picture). `yaw` is positive towards the person's left, `pitch` positive upwards. `embedding` is a unit
    vector as little-endian float32. `live` is the liveness network's probability in [0, 1]. `view` is what speaks
    against the face taken by itself, whoever else is there. `eyes` is how far open the right and the left eye are: the
    height of the opening over its width. `quality` are components after ISO/IEC 29794-5, from 0
    (worst) to 100.
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]
    confidence: float
    yaw: float
    pitch: float
    roll: float
    sharpness: float
    light: float
    embedding: bytes | None = None
    live: float | None = None
    view: View = View.CLEAR
    quality: dict[str, float] = {}
    attributes: tuple[SeenAttribute, ...] = ()
    eyes: tuple[float, float] | None = None


class Observation(Message, frozen=True, tag="observation"):
    """What one frame showed. `best` indexes the face that was judged worth embedding, else is None.

    `more` is how many further faces were found that are not told of, none larger than those that are. `took` are
    milliseconds per stage: `wait`, `decode`, `detect`, and the tasks that were asked for. Stages may overlap: the eyes
    are looked at beside embedding and liveness. `infrared` marks a frame of the companion; `lit` is then the mean luma,
    0 to 255, of the place where that camera last saw a face (None while it has seen none): what an emitter lights is
    bright in one frame and dark in the next.
    """

    sequence: int
    captured: float
    width: int
    height: int
    view: View
    light: float
    faces: tuple[SeenFace, ...] = ()
    best: int | None = None
    more: int = 0
    took: dict[str, float] = {}
    infrared: bool = False
    lit: float | None = None


class Frame(Message, frozen=True, tag="frame"):
    """A preview picture of the frame with the same `sequence`."""

    sequence: int
    jpeg: bytes


Request = Describe | Watch | Warm | Analyse | Stop
Answer = Description | Opened | Observation | Frame | Problem

_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_answer_decoder = msgspec.msgpack.Decoder(Answer)


def pack_message(message: Request | Answer) -> bytes:
    """Return the message as it travels: four bytes of length (big-endian), then MessagePack."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


def announced_length(header: bytes, largest: int) -> int:
    """Return the length that a message's header announces; `MessageError` where it is empty or over `largest`."""
    (length,) = HEADER.unpack(header)
    if not 0 < length <= largest:
        raise MessageError(f"a message of {length} bytes is announced, allowed are 1 to {largest}")
    return int(length)


def read_request(body: bytes) -> Request:
    """Return the request in a message's body; `MessageError` says what is wrong with it."""
    try:
        request: Request = _request_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"not a request of the contract: {error}") from error
    return request


def read_answer(body: bytes) -> Answer:
    """Return the answer in a message's body; `MessageError` says what is wrong with it."""
    try:
        answer: Answer = _answer_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"not an answer of the contract: {error}") from error
    return answer
