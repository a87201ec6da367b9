"""Who of all the enrolled a face is (1:N), or that it is nobody of them.

Each person enrolled is one comparison like a login's: the mixture of evidence over all of his templates. By Bayes' rule
these become probabilities. Before a look, what is known of the face is nothing: it is as likely as not to be somebody
enrolled, and then anybody alike.

A name is given only where the evidence passes a bound. With N people a stranger has N chances to resemble one, so that
it is ln N higher than that of one comparison at the same rate (the false positive identification rate, FPIR, of ISO/IEC
19795-1). Whoever asks sees the likeliest people below it, too, and how likely they are.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Identified, Identity, Level, Reason
from facelatch_eye.messages import Observation, View
from facelatch_models.pack import Pack
from facelatch_models.scale import Calibration
from facelatch_models.yardstick import Yardstick
from facelatchd.gallery import Crowd
from facelatchd.house import House
from facelatchd.refusal import Refused

FALSE_POSITIVES: Final = 1e-2
"""Share of strangers who may be given a name. It opens nothing, so that more is bearable than of a login. Of the 3,225
pictures of strangers of lfw/dev, 578 people being enrolled, none was named with the pack `open` (at most 0.32 %), while
4.6 % of those of enrolled people were not; a bound for 1e-3 named no fewer strangers, and missed 10 %."""

ENROLLED: Final = 0.5
"""Probability, before the look, that somebody is enrolled."""

MOST_TOLD: Final = 5
LEAST_TOLD: Final = 0.001
"""At most so many people are told of, and none less likely than this."""

_WHY_NOT: Final = {
    View.CLEAR: Reason.TIMEOUT,
    View.COVERED: Reason.COVERED,
    View.DARK: Reason.TOO_DARK,
    View.NO_FACE: Reason.NO_FACE,
    View.SEVERAL_FACES: Reason.SEVERAL_FACES,
}

FRAMES: Final = 5
"""Frames of a face before a camera that are enough: those of one look repeat each other, and ten tell little more."""


class Glances:
    """What a camera shows of the one person who is to be identified."""

    def __init__(self) -> None:
        self._vectors: list[NDArray[np.float32]] = []
        self._views: Counter[View] = Counter()

    @property
    def enough(self) -> bool:
        """Whether more frames would tell little more."""
        return len(self._vectors) >= FRAMES

    def add(self, seen: Observation) -> None:
        """Take a frame into account; one with several faces is not judged."""
        self._views[seen.view] += 1
        if seen.view is View.CLEAR and seen.best is not None:
            embedding = seen.faces[seen.best].embedding
            if embedding is not None:
                self._vectors.append(np.frombuffer(embedding, "<f4"))

    def face(self) -> NDArray[np.float32]:
        """Return the face's frames, (frames, dimension); raises `Refused` where none was clear, with the reason."""
        if self._vectors:
            return np.stack(self._vectors)
        commonest = self._views.most_common(1)[0][0] if self._views else View.CLEAR
        raise Refused(_WHY_NOT.get(commonest, Reason.UNCLEAR))


async def who(house: House, pack: Pack, faces: Sequence[NDArray[np.float32]]) -> tuple[Identified, ...]:
    """Return who each face is: for each its frames, shape (frames, dimension), or one vector; float32 of unit length.

    pack: the one that the vectors are of, which need not be in use any more. Raises `Refused` where nobody has a face
    of it, and what the store raises.
    """
    looks = [np.atleast_2d(face) for face in faces]
    crowds, yardstick = await _crowds(house, pack, looks)
    # In a thread: with many people it takes longer than a login should wait for its turn.
    return tuple(
        [
            await asyncio.to_thread(identified, crowd, frames, yardstick)
            for crowd, frames in zip(crowds, looks, strict=True)
        ]
    )


async def prepare(house: House, pack: Pack) -> None:
    """Have everybody ready, so that `who` soon knows; raises as it does."""
    await _crowds(house, pack, [])


async def _crowds(house: House, pack: Pack, faces: Sequence[NDArray[np.float32]]) -> tuple[list[Crowd], Yardstick]:
    if any(frames.shape[1:] != (pack.manifest.embedder.dimension,) for frames in faces):
        raise ValueError("the eye sent an embedding that is not of the pack's dimension")
    yardstick = await house.yardstick(pack)
    crowds = await house.gallery.crowds(house.clerk, pack.manifest, yardstick, faces)
    if crowds is None:
        raise Refused(Reason.NOT_ENROLLED, f"nobody has a face of pack {pack.manifest.id}; enrol some, or import them")
    return crowds, yardstick


def bound(calibration: Calibration, enrolled: int) -> float:
    """Return the evidence, in nats, from which somebody is named among so many: the pack's, moved to our rate."""
    level = Level.CONVENIENT
    return calibration.bounds[level.value] - math.log(FALSE_POSITIVES / level.false_match_rate) + math.log(enrolled)


def identified(crowd: Crowd, frames: NDArray[np.float32], yardstick: Yardstick) -> Identified:
    """Return who of a crowd the face in these frames is; frames: (frames, dimension), of one look.

    Those enrolled who are not in the crowd count as unlike it. Raises ValueError for frames that are no unit vectors.
    """
    if not np.allclose(np.linalg.norm(frames, axis=1), 1.0, atol=1e-3):
        raise ValueError("the eye sent an embedding that is no unit vector")
    if not crowd.faces:  # all whom an index proposed have gone meanwhile
        return Identified("", 1.0)
    evidence, best_faces = people_evidence(crowd, frames, yardstick)
    # log of the odds of each against nobody, the prior among them; `everything` is the log of their sum with nobody's 1
    odds = evidence + math.log(ENROLLED / (1 - ENROLLED) / crowd.enrolled)
    everything = float(np.logaddexp(np.logaddexp.reduce(odds), 0.0))
    order = np.argsort(-evidence, kind="stable")[:MOST_TOLD]
    identities = tuple(
        Identity(face.user.name, face.label, probability)
        for face, probability in ((crowd.faces[best_faces[at]], math.exp(odds[at] - everything)) for at in order)
        if probability >= LEAST_TOLD
    )
    named = evidence[order[0]] >= bound(yardstick.calibration, crowd.enrolled)
    return Identified(identities[0].user if named else "", math.exp(-everything), identities)


def people_evidence(
    crowd: Crowd, frames: NDArray[np.float32], yardstick: Yardstick
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each person's evidence in nats, and the index of the face of his that fits best; both (people,).

    The evidence is what a login would have of this user (`combined`, `look_evidence`), for all at once.
    """
    ratios = yardstick.all_ratios(yardstick.hold(frames), crowd.held)
    face_starts, user_starts = crowd.face_starts, crowd.user_starts
    starts = face_starts[user_starts]
    counts = np.diff(np.append(starts, len(crowd.held)))
    highest = np.maximum.reduceat(ratios, starts, axis=1)
    likelihood = np.exp(ratios - np.repeat(highest, counts, axis=1))
    by_frame = highest + np.log(np.add.reduceat(likelihood, starts, axis=1) / counts)
    worth = len(frames) / (1 + (len(frames) - 1) * yardstick.calibration.correlation)
    fits = np.maximum.reduceat(ratios.mean(axis=0), face_starts)
    by_fit = np.argsort(fits, kind="stable")
    user_of_face = np.repeat(np.arange(len(starts)), np.diff(np.append(user_starts, len(fits))))
    best = np.empty(len(starts), np.int64)
    best[user_of_face[by_fit]] = by_fit  # of several faces of one person the last one stays: the one that fits best
    return by_frame.mean(axis=0) * worth, best
