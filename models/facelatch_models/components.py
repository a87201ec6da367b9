"""How good a picture of a face is, in components named as ISO/IEC 29794-5 names them, each from 0 (worst) to 100.

Measured are those that pixels, five points and the detector's boxes can tell. Where a mapping follows the standard's
reference implementation (OFIQ 1), it says so; landmarks that OFIQ has and we have not are replaced as written there.
What needs networks of its own is not told at all: eyes open and visible, mouth closed, occlusion, expression, head
coverings, background, compression. Nor is a unified score: none was measured against our own embedders' errors, and a
number that predicts nothing misleads.

The standard judges portraits for documents. A face before a webcam is sharp and well lit like one, and far from one in
head size and, near an edge, in room: these components say what they say, and decide nothing here.
"""

from __future__ import annotations

import enum
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.align import similarity
from facelatch_models.face import Face, Picture
from facelatch_models.pose import Pose
from facelatch_models.quality import Quality

_SIDE: Final = 128
_EYES: Final = 48.0
"""Pixels between the eyes of the face that is measured: enough for histograms."""

_POINTS: Final = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.563], [-0.446, 1.07], [0.446, 1.07]]) * _EYES + (64, 40)
"""Where the five points of a face that looks straight lie in it (see `facelatch_models.pose`)."""

_CHIN: Final = 1.7
"""From the eyes to the chin, in distances from the eyes to the mouth, as MediaPipe's canonical face has it; OFIQ has a
landmark at the chin."""

_DARK: Final = 25
_BRIGHT: Final = 247
"""Luma up to which, and from which, a pixel counts as under- or over-exposed: OFIQ's bounds."""

_CHEEK: Final = 10
_TONES: Final = 32
"""Bins of a cheek's histogram: the cheeks are (2 * _CHEEK) ** 2 pixels, and 256 bins would differ by chance alone."""

_SHARP: Final = 0.05
"""Sharpness (`Quality.sharpness`) that counts 63: 19 in 20 untouched pictures of `lfw/train` have more."""


class Component(enum.Enum):
    """The standard's components, as far as they are told."""

    SHARPNESS = "sharpness"
    LUMINANCE_MEAN = "luminance-mean"
    LUMINANCE_VARIANCE = "luminance-variance"
    DYNAMIC_RANGE = "dynamic-range"
    UNDER_EXPOSURE = "under-exposure-prevention"
    OVER_EXPOSURE = "over-exposure-prevention"
    ILLUMINATION_UNIFORMITY = "illumination-uniformity"
    NATURAL_COLOUR = "natural-colour"
    INTER_EYE_DISTANCE = "inter-eye-distance"
    HEAD_SIZE = "head-size"
    LEFTWARD_CROP = "leftward-crop"
    RIGHTWARD_CROP = "rightward-crop"
    UPWARD_CROP = "upward-crop"
    DOWNWARD_CROP = "downward-crop"
    YAW = "head-pose-yaw"
    PITCH = "head-pose-pitch"
    ROLL = "head-pose-roll"
    SINGLE_FACE = "single-face-present"


def components_of(picture: Picture, face: Face, quality: Quality, pose: Pose, other: float) -> dict[Component, float]:
    """Return every component of a face as a detector finds it.

    other: area in pixels of the largest other face's box in the picture, 0 where there is none.
    Raises ValueError where the five points coincide, which no detector of ours returns.
    """
    skin, there = _straightened(picture, face)
    return {
        Component.SHARPNESS: sharpness(quality.sharpness),
        **_of_light(skin[there & _region()]),
        **_of_cheeks(skin, there),
        **_of_place(face, pose, (picture.shape[1], picture.shape[0])),
        Component.YAW: head_pose(pose.yaw),
        Component.PITCH: head_pose(pose.pitch),
        Component.ROLL: head_pose(pose.roll),
        Component.SINGLE_FACE: single_face(face.box[2] * face.box[3], other),
    }


def sharpness(measured: float) -> float:
    """Return the component of a `Quality.sharpness`; measure and mapping are ours (OFIQ has a random forest)."""
    return 100 * (1 - math.exp(-max(0.0, measured) / _SHARP))


def head_pose(angle: float) -> float:
    """Return the component of an angle in degrees: the square of its cosine, 0 from 90 on, as OFIQ has it.

    Pitch from five points is coarse, see `facelatch_models.pose.pose_of`.
    """
    return 100 * math.pow(max(0.0, math.cos(math.radians(angle))), 2)


def single_face(area: float, other: float) -> float:
    """Return how much a face dominates the largest other one, by their boxes' areas, as OFIQ has it."""
    return 100 * (1 - math.sqrt(min(1.0, other / area))) if area > 0 else 0.0


def luminance_mean(luma: NDArray[np.floating]) -> float:
    """Return the component of the mean of luma in [0, 1], as OFIQ maps it: best near 0.5. 0 where there is none."""
    if not luma.size:
        return 0.0
    mean = float(luma.mean())
    return 100 * _sigmoid(mean, 0.2, 0.05) * (1 - _sigmoid(mean, 0.8, 0.05))


def luminance_variance(luma: NDArray[np.floating]) -> float:
    """Return the component of the variance of luma in [0, 1], as OFIQ maps it: best at 1/60. 0 where there is none."""
    if not luma.size:
        return 0.0
    spread = 60 * float(luma.var())
    return 100 * max(0.0, math.sin(spread / (spread + 1) * math.pi))


def dynamic_range(luma: NDArray[np.uint8]) -> float:
    """Return the entropy of a face's tones, of at most 8 bits, as OFIQ has it. 0 where there is none."""
    if not luma.size:
        return 0.0
    shares = np.bincount(luma.ravel(), minlength=256) / luma.size
    shares = shares[shares > 0]
    return min(100.0, max(0.0, -float((shares * np.log2(shares)).sum()) * 12.5))


def under_exposure(luma: NDArray[np.uint8]) -> float:
    """Return the component of the share of pixels that are nearly black, as OFIQ maps it. 0 where there is none."""
    if not luma.size:
        return 0.0
    share = float((luma <= _DARK).mean())
    return min(100.0, max(0.0, 120 * (0.832 - _sigmoid(share, 0.92, 0.05))))


def over_exposure(luma: NDArray[np.uint8]) -> float:
    """Return the component of the share of pixels that are nearly white, as OFIQ maps it. 0 where there is none."""
    return min(100.0, 1 / (float((luma >= _BRIGHT).mean()) + 0.01)) if luma.size else 0.0


def illumination_uniformity(right: NDArray[np.uint8], left: NDArray[np.uint8]) -> float:
    """Return how alike the tones of both cheeks are: what their histograms share, to the power of 0.3 as OFIQ has it.

    0 where one of them is not in the picture.
    """
    if not right.size or not left.size:
        return 0.0
    one, other = (np.bincount(cheek // (256 // _TONES), minlength=_TONES) / cheek.size for cheek in (right, left))
    return min(100.0, 100 * math.pow(float(np.minimum(one, other).sum()), 0.3))


def natural_colour(cheeks: NDArray[np.uint8]) -> float:
    """Return how near the cheeks' colour is to skin's in CIELAB (a* 5 to 25, b* 5 to 35), as OFIQ maps it.

    cheeks: shape (pixels, 3), blue, green, red. Grey counts 66; OFIQ takes everything bluish or greenish for farthest.
    """
    if not cheeks.size:
        return 0.0
    lab = cv2.cvtColor(cheeks.reshape(-1, 1, 3).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    _, green_red, blue_yellow = (float(channel) for channel in lab.mean(axis=(0, 1)))
    far = math.hypot(max(0.0, 5 - green_red, green_red - 25), max(0.0, 5 - blue_yellow, blue_yellow - 35))
    # A rounding error of the conversion makes pure grey -1e-4: that is not greenish.
    distance = far if min(green_red, blue_yellow) >= -0.01 else 100.0
    return 200 * (1 - _sigmoid(distance, 0.0, 10.0))


def _of_light(skin: NDArray[np.uint8]) -> dict[Component, float]:
    """Return the components of a face's tones; `skin` are its pixels, shape (pixels, 3)."""
    luma = _luma(skin)
    share = luma.astype(np.float64) / 255
    return {
        Component.LUMINANCE_MEAN: luminance_mean(share),
        Component.LUMINANCE_VARIANCE: luminance_variance(share),
        Component.DYNAMIC_RANGE: dynamic_range(luma),
        Component.UNDER_EXPOSURE: under_exposure(luma),
        Component.OVER_EXPOSURE: over_exposure(luma),
    }


def _of_cheeks(skin: Picture, there: NDArray[np.bool_]) -> dict[Component, float]:
    """Return the components that both cheeks tell: squares below the eyes, half-way to the mouth."""
    middle = round(float(_POINTS[0, 1] + _POINTS[3, 1]) / 2)
    rows = slice(middle - _CHEEK, middle + _CHEEK)
    both = []
    for eye in _POINTS[:2, 0]:
        columns = slice(round(float(eye)) - _CHEEK, round(float(eye)) + _CHEEK)
        both.append(skin[rows, columns][there[rows, columns]])
    return {
        Component.ILLUMINATION_UNIFORMITY: illumination_uniformity(_luma(both[0]), _luma(both[1])),
        Component.NATURAL_COLOUR: natural_colour(np.concatenate(both)),
    }


def _of_place(face: Face, pose: Pose, size: tuple[int, int]) -> dict[Component, float]:
    """Return the components of how large a face is in the picture and how much room is about it, as OFIQ maps them.

    The standard's own words for the room: a crop is leftward where the picture was cut too far to the left, so that
    little is left of the person's right eye.
    """
    width, height = size
    right_eye, left_eye, _nose, right_mouth, left_mouth = np.asarray(face.points, np.float64)
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    between = max(float(np.hypot(*(left_eye - right_eye))), 1e-6)
    chin = max(float(np.hypot(*(mouth - eyes))) * _CHIN, 1e-6)
    # Beyond 60 degrees the eyes are no longer two points that could be told apart, and the division runs away.
    turned = math.cos(math.radians(min(abs(pose.yaw), 60.0)))
    return {
        Component.INTER_EYE_DISTANCE: 100 * _sigmoid(between / turned, 70.0, 20.0),
        Component.HEAD_SIZE: 200 * (1 - _sigmoid(abs(chin / height - 0.45), 0.0, 0.05)),
        Component.LEFTWARD_CROP: 100 * _sigmoid(float(right_eye[0]) / between, 0.9, 0.1),
        Component.RIGHTWARD_CROP: 100 * _sigmoid((width - float(left_eye[0])) / between, 0.9, 0.1),
        Component.UPWARD_CROP: 100 * _sigmoid((height - float(eyes[1])) / chin, 1.8, 0.1),
        Component.DOWNWARD_CROP: 100 * _sigmoid(float(eyes[1]) / chin, 1.4, 0.1),
    }


def _straightened(picture: Picture, face: Face) -> tuple[Picture, NDArray[np.bool_]]:
    """Return the face turned upright in a fixed size, and which of its pixels the picture really has."""
    matrix = similarity(face.points, _POINTS)
    skin = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rows, columns = np.mgrid[:_SIDE, :_SIDE]
    back = cv2.invertAffineTransform(matrix)
    x, y = (line[0] * columns + line[1] * rows + line[2] for line in back)
    height, width = picture.shape[:2]
    there = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
    return np.asarray(skin, np.uint8), np.asarray(there, np.bool_)


def _region() -> NDArray[np.bool_]:
    """Return which pixels of a straightened face are skin: an ellipse from brows to chin (OFIQ: hull of landmarks)."""
    rows, columns = np.mgrid[:_SIDE, :_SIDE]
    return np.asarray(((columns - 64) / 46) ** 2 + ((rows - 76) / 51) ** 2 <= 1, np.bool_)


def _luma(skin: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the luma of pixels, shape (pixels, 3), in blue, green, red."""
    return np.asarray(np.round(skin @ np.array([0.114, 0.587, 0.299])), np.uint8)


def _sigmoid(value: float, middle: float, width: float) -> float:
    return 1 / (1 + math.exp(-min(60.0, max(-60.0, (value - middle) / width))))
