"""From cosines to evidence: pure functions, no input or output.

One frame's evidence is the logarithm of a likelihood ratio: how much likelier its cosines are if the face is the
user's. A user has several templates, and which of them fits is unknown, so their ratios are averaged (a mixture with
equal weights): whoever enrols more templates does not get a lower bar, as the maximum of them would give him.

Frames of one look repeat each other, and most of all in what matters: somebody who resembles the user does so in every
frame. So the frames' mean is scaled by how many independent frames they are worth, n / (1 + (n - 1) r) with the
intraclass correlation r (Kish, Survey Sampling, 1965, "design effect"), which never exceeds 1 / r.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Band


def frame_evidence(cosines: NDArray[np.float32], slope: float, intercept: float) -> float:
    """Return one frame's log-likelihood ratio in nats.

    cosines: shape (templates,), of the probe with each of the user's templates, at least one.
    """
    if cosines.size == 0:
        raise ValueError("no templates to compare with")
    ratios = slope * cosines.astype(np.float64) + intercept
    highest = float(ratios.max())
    return highest + math.log(float(np.exp(ratios - highest).mean()))


def look_evidence(frames: Sequence[float], correlation: float) -> float:
    """Return the evidence of all frames of one look, in nats; 0 where there are none."""
    count = len(frames)
    if count == 0:
        return 0.0
    worth = count / (1 + (count - 1) * correlation)
    return math.fsum(frames) / count * worth


def band(evidence: float, bound: float) -> Band:
    """Return how near the evidence came to the bound, as an ordinary caller may know it."""
    if evidence >= bound:
        return Band.MATCH
    return Band.NEAR if evidence >= 0 else Band.FAR
