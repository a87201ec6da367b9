"""One ONNX network on one processor: loading, checking its shape, running it."""

from __future__ import annotations

import os
import re
from typing import Final

import cv2
import numpy as np

# From 1.29 on, ONNX Runtime as its makers build it keeps a device id in the user's home and reports to a host of theirs
# unless this is set before it is loaded; a program that sees faces talks to nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states

from facelatch_models.face import Picture
from facelatch_models.pack import InputSpec, PackDamaged

Planes = NDArray[np.float32]
"""What a network is fed: shape (1, 3, height, width), float32."""

# ONNX Runtime's exceptions share no base but Exception; RuntimeError and ValueError come from its Python layer.
_ERRORS: Final = (
    RuntimeError,
    ValueError,
    states.EPFail,
    states.EngineError,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NoModel,
    states.NoSuchFile,
    states.NotImplemented,
    states.RuntimeException,
)

_FATAL_ONLY: Final = 4

_TYPES: Final[dict[str, type[np.floating]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
"""The types of input that are fed, by ONNX Runtime's names."""

_OTHER_FILE: Final = re.compile(rb"location(?<![A-Za-z0-9_./:-]location)(?![A-Za-z0-9_./:-])")
"""How a tensor names the file its numbers lie in (onnx.proto: TensorProto.external_data, key `location`). ONNX Runtime
1.31 reads it from the working directory even for a network given as bytes, so that nobody would have verified it. The
word alone is looked for: the length before it can be written in more than one way. The pattern begins with letters,
because what comes before a match is then looked at where there is one only, and not at every byte."""


# One heap for what all networks work with, grown by no more than is wanted: each of them would keep one of its own, and
# double it. Nor does any of them plan its memory (`enable_mem_pattern`): a plan keeps the room of its largest run.
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1}),
)


class NetworkFailed(Exception):
    """A network that was loaded could not be run, or answered something that is no answer."""


class Network:
    """An ONNX Runtime session on the CPU that takes one float32 picture and returns float32 arrays.

    A network of half precision is fed what it wants, and its answers are widened.

    Sequential, with the given number of threads for one operator; ONNX Runtime's own threads do not spin while they
    wait, because the eye idles between frames on a laptop's battery.
    """

    def __init__(self, content: bytes, where: str, threads: int) -> None:
        """Load a network from its bytes; `where` names it in errors. Raises `PackDamaged`."""
        if _OTHER_FILE.search(content):
            raise PackDamaged(f"{where}: keeps its weights in another file, which a pack cannot vouch for")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = _FATAL_ONLY  # SCRFD declares sizes for 640 and is run at others: a warning a frame
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.use_env_allocators", "1")
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except _ERRORS as error:
            raise PackDamaged(f"{where}: is not a network that can be loaded ({_first_line(error)})") from error
        # Its Python half keeps the file's bytes for other processors to fall back to, of which there are none here.
        self._session._model_bytes = None
        self.where = where
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in _TYPES or len(inputs[0].shape) != 4:
            found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
            raise PackDamaged(
                f"{where}: expected one input of float32 or float16 and four axes, found {found or 'none'}"
            )
        self._input = inputs[0].name
        self._type = _TYPES[inputs[0].type]
        self.shape: tuple[int | None, ...] = tuple(
            size if isinstance(size, int) and size > 0 else None for size in inputs[0].shape
        )
        if self.shape[1] not in (3, None):
            raise PackDamaged(f"{where}: expected an input of 3 planes, found {self.shape[1]}")
        self.outputs: tuple[str, ...] = tuple(one.name for one in self._session.get_outputs())

    def accepts(self, width: int, height: int) -> bool:
        """Return whether the input may have this size."""
        return self.shape[2] in (height, None) and self.shape[3] in (width, None)

    def run(self, planes: Planes) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name; raises `NetworkFailed`, also where an output holds a number that is not finite.

        A network that answers "not a number" must never be able to look like a good match further on.
        """
        try:
            outputs = self._session.run(None, {self._input: planes.astype(self._type, copy=False)})
        except _ERRORS as error:
            raise NetworkFailed(f"{self.where}: cannot be run ({_first_line(error)})") from error
        for name, output in zip(self.outputs, outputs, strict=True):
            if not np.isfinite(output).all():
                raise NetworkFailed(f"{self.where}: output {name} is not finite")
        widened = (np.asarray(output, np.float32) for output in outputs)
        return dict(zip(self.outputs, widened, strict=True))


def planes(picture: Picture, spec: InputSpec) -> Planes:
    """Return a picture of the network's size as it is fed: planes in `spec.order`, (value - mean) * scale.

    Plane by plane, because rows of single values are what NumPy is fast at.
    """
    fed = np.empty((1, 3, *picture.shape[:2]), np.float32)
    channels = cv2.split(picture)
    for plane, channel, mean, scale in zip(
        fed[0], channels[::-1] if spec.order == "rgb" else channels, spec.mean, spec.scale, strict=True
    ):
        plane[:] = channel
        if mean != 0:
            plane -= np.float32(mean)
        if scale != 1:
            plane *= np.float32(scale)
    return fed


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
