"""What the evidence of frames adds up to: pure functions, no input or output.

One frame's evidence is the logarithm of a likelihood ratio: how much likelier its cosines are if the face is the
user's (`facelatch_models.yardstick`).

Frames of one look repeat each other, and most of all in what matters: somebody who resembles the user does so in every
frame. So the frames' mean is scaled by how many independent frames they are worth, n / (1 + (n - 1) r) with the
intraclass correlation r (Kish, Survey Sampling, 1965, "design effect"), which never exceeds 1 / r.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from facelatch.types import Band


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
