"""From the authors' own files to ONNX. Needs the `onnx` package, which ready-made ONNX files do not."""

from __future__ import annotations

import enum
import importlib
from collections.abc import Sequence


class ConvertError(Exception):
    """A file that cannot be converted; the text says what in it is not as expected."""


class Conversion(enum.Enum):
    """What is done to an artefact on its way into a pack."""

    NONE = "none"
    ANY_SIZE = "any-size"
    OPENVINO = "openvino"
    MINIFASNET = "minifasnet"
    DLIB = "dlib"
    FACE_MESH = "face-mesh"


def first_line(error: Exception) -> str:
    """Return the first line of what another library says of an error, or the error's name where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def convert(conversion: Conversion, files: Sequence[bytes]) -> bytes:
    """Return the ONNX file made of an artefact's files, in the order in which the recipe names them.

    Raises `ConvertError`.
    """
    if conversion is Conversion.NONE:
        (content,) = files
        return content
    require_onnx()
    if conversion is Conversion.ANY_SIZE:
        from facelatch_models.convert.size import free_size

        return free_size(*files)
    if conversion is Conversion.OPENVINO:
        from facelatch_models.convert.openvino import convert_openvino

        return convert_openvino(*files)
    if conversion is Conversion.DLIB:
        from facelatch_models.convert.dlib import convert_dlib

        return convert_dlib(*files)
    if conversion is Conversion.FACE_MESH:
        from facelatch_models.convert.facemesh import convert_face_mesh

        return convert_face_mesh(*files)
    from facelatch_models.convert.minifasnet import convert_minifasnet

    return convert_minifasnet(*files)


def require_onnx() -> None:
    """Raise `ConvertError`, which names the extra to install, where there is no `onnx` package."""
    try:
        importlib.import_module("onnx")
    except ImportError as error:
        raise ConvertError(
            "turning these files into ONNX needs the onnx package: pip install 'facelatch[convert]' "
            "(or python3-onnx of the distribution)"
        ) from error
