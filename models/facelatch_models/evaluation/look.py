"""How much the frames of one look repeat each other: looks made of single pictures, shaken as a webcam shakes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.comparison import scored
from facelatch_models.evaluation.gallery import Gallery, GalleryError, most_central
from facelatch_models.face import Picture
from facelatch_models.networks import Networks
from facelatch_models.picture import decode
from facelatch_models.yardstick import Yardstick

LOOKS: Final = 300
FRAMES: Final = 6


def shaken(picture: Picture, random: np.random.Generator) -> Picture:
    """Return the picture as another frame of the same look might be.

    Shifted by 2 %, scaled by 3 % and turned by 2 degrees (standard deviations), light by 8 %, sensor noise of 2 to 5
    levels, half of the time a little motion blur, and JPEG of quality 60 to 95. No change of expression or pose, which
    would make frames less alike: the correlation found is an upper estimate.
    """
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.normal(0, 2), 1 + random.normal(0, 0.03))
    turn[:, 2] += random.normal(0, 0.02, 2) * (width, height)
    moved = np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    if random.random() < 0.5:
        moved = np.asarray(cv2.blur(moved, (int(random.integers(1, 4)), int(random.integers(1, 4)))), np.uint8)
    noise = random.normal(0, random.uniform(2, 5), picture.shape)
    lit = np.clip(moved * (1 + random.normal(0, 0.08)) + noise, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", lit, (cv2.IMWRITE_JPEG_QUALITY, int(random.integers(60, 96))))
    return decode(encoded.tobytes())


def look_scores(
    gallery: Gallery,
    networks: Networks,
    yardstick: Yardstick | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return scores of shaken looks with pictures of other people and of the same person; cosines, without a yardstick.

    The first: (impostor pairs, frames), each look with every acquired picture of anybody else; the second: (genuine
    pairs, frames), with every other picture of the same person. One look of each of at most `LOOKS` people, drawn from
    those of two pictures or more; looks in which the face was lost in a frame are left out.
    Raises `GalleryError` where fewer than ten looks came about, `NetworkFailed`.
    """
    random = np.random.default_rng(seed)
    counts = np.bincount(gallery.people, weights=gallery.acquired)
    drawn = random.permutation(np.flatnonzero(counts >= 2))[:LOOKS]
    held = scored(gallery, yardstick)
    impostors, genuine = [], []
    for done, person in enumerate(drawn, start=1):
        row = int(random.choice(np.flatnonzero((gallery.people == person) & gallery.acquired)))
        frames = _frames(decode((gallery.folder / gallery.files[row]).read_bytes()), networks, random)
        if frames is not None:
            same = (gallery.people == person) & gallery.acquired
            crowding = 0.0 if yardstick is None else yardstick.hold(frames).crowding
            scores = held.vectors @ frames.T - (held.crowding[:, np.newaxis] + crowding) / 2
            impostors.append(scores[(gallery.people != person) & gallery.acquired])
            same[row] = False
            genuine.append(scores[same])
        if progress:
            progress(done, len(drawn))
    if len(impostors) < 10:
        raise GalleryError(f"{gallery.folder}: too few people with two pictures to make looks of")
    return np.concatenate(impostors), np.concatenate(genuine)


def _frames(picture: Picture, networks: Networks, random: np.random.Generator) -> NDArray[np.float32] | None:
    """Return the vectors of a shaken look, (frames, dimension), None where a frame shows no face."""
    vectors = []
    for _ in range(FRAMES):
        frame = shaken(picture, random)
        face = most_central(networks.detector.detect(frame), frame)
        if face is None:
            return None
        vectors.append(networks.embedder.embed(frame, face))
    return np.stack(vectors)
