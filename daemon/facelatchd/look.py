"""One look at a camera: what its observations add up to, and when that is enough. Pure, no input or output."""

from __future__ import annotations

import enum
from collections import Counter
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import STAGES, Band, Gesture, Liveness, Reason
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.pack import Manifest, Role
from facelatch_models.yardstick import Yardstick, combined
from facelatchd.agreement import Agreement
from facelatchd.challenge import Challenge, Purpose
from facelatchd.evidence import band, look_evidence
from facelatchd.secrecy import wipe
from facelatchd.settings import ClassRule

MATCH_FRAMES: Final = 2
"""A match wants two frames: one alone may be a detector's or a sensor's slip."""

LIVE_FRAMES: Final = 3
"""Frames over which the liveness network must agree before it lets a match pass or refuses one."""

REFUSAL_FRAMES: Final = 8
"""Judged frames after which a clear mismatch need not be watched to the deadline."""

CLEAR_MISMATCH: Final = -4.6
"""Evidence, in nats, under which a face is not the user's: odds of one to a hundred."""


SAME_ALL_ALONG: Final = 0.0
"""Evidence, in nats, that a face must have while it shows a gesture: turned, it fits less well, but not badly."""


class Bar(msgspec.Struct, frozen=True):
    """What a look is held to: yardstick and bound from the pack, the rest from the policy.

    `infrared`: the infrared camera beside the one that is used must agree.
    """

    yardstick: Yardstick
    correlation: float
    bound: float
    live_threshold: float | None
    no_face_seconds: float
    infrared: bool = False

    @classmethod
    def of(cls, manifest: Manifest, yardstick: Yardstick, rule: ClassRule, *, infrared: bool = False) -> Bar:
        """Return the bar of a pack under a rule; liveness is asked for only where the pack has a network for it."""
        calibration = yardstick.calibration
        network = manifest.part(Role.LIVENESS)
        return cls(
            yardstick=yardstick,
            correlation=calibration.correlation,
            bound=calibration.bounds[rule.level.value],
            live_threshold=network.threshold if rule.liveness is not Liveness.OFF and network else None,
            no_face_seconds=rule.no_face_seconds,
            infrared=infrared,
        )


class Step(enum.Enum):
    """Whether a look goes on."""

    GO_ON = "go-on"
    END = "end"


class Sum:
    """Evidence of those frames of a look that have something in common."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._frames: list[float] = []

    def __len__(self) -> int:
        """Return how many frames there are."""
        return len(self._frames)

    def add(self, evidence: float) -> None:
        """Add one frame's."""
        self._frames.append(evidence)

    @property
    def evidence(self) -> float:
        """Evidence of all, in nats."""
        return look_evidence(self._frames, self._bar.correlation)

    @property
    def reaches(self) -> bool:
        """Whether these frames would be enough without any other."""
        return len(self) >= MATCH_FRAMES and self.evidence >= self._bar.bound


class Look:
    """Adds up the observations of one look against one user's templates.

    Liveness, the infrared camera, gestures and the one-face rule can only deny. What denies must be about the face that
    the evidence is of: so the frames that look alive, those with which the infrared camera agrees, and those after the
    gestures must reach the bound each by themselves, else a stranger could lend a photo his life.
    """

    def __init__(self, templates: NDArray[np.float32], bar: Bar, challenge: Challenge | None = None) -> None:
        """Take the templates, shape (count, dimension), float32, rows of unit length."""
        if templates.ndim != 2 or len(templates) == 0:
            raise ValueError("a look needs at least one template")
        self._held = bar.yardstick.hold(templates)
        self._bar = bar
        self._challenge = challenge
        self._agreement = Agreement(bar.yardstick) if bar.infrared else None
        self._frames = Sum(bar)
        self._live: list[float] = []
        self._alive = Sum(bar)
        self._agreed = Sum(bar)
        self._moving = Sum(bar)
        self._after = Sum(bar)
        self._newest: tuple[int, float] | None = None
        """Number and evidence of the newest frame that was judged, until the infrared camera has agreed with it."""
        self._views: Counter[View] = Counter()
        self.took: Counter[str] = Counter()

    @property
    def frames(self) -> int:
        """Observations of the colour camera so far."""
        return self._views.total()

    @property
    def judged(self) -> int:
        """Observations in which a face was compared."""
        return len(self._frames)

    @property
    def counts(self) -> bool:
        """Whether as much was judged as a match would have taken: less is no guess and tells nothing."""
        return self.judged >= (MATCH_FRAMES if self._bar.live_threshold is None else LIVE_FRAMES)

    @property
    def evidence(self) -> float:
        """Evidence so far, in nats."""
        return self._frames.evidence

    @property
    def band(self) -> Band | None:
        """How near the face came; None where none was judged."""
        return band(self.evidence, self._bar.bound) if self.judged else None

    @property
    def live(self) -> bool | None:
        """Whether the face looks alive so far; None where too few frames, or nothing, say so."""
        if self._bar.live_threshold is None or len(self._live) < LIVE_FRAMES:
            return None
        return sum(self._live) / len(self._live) >= self._bar.live_threshold

    @property
    def agrees(self) -> bool | None:
        """Whether the infrared camera agrees; None where too little was seen, or none was asked."""
        return None if self._agreement is None else self._agreement.agrees

    @property
    def instruction(self) -> Gesture | None:
        """The gesture that the person is to be told now; a face that nothing else lets in is asked for none."""
        return None if self._challenge is None else self._challenge.wanted

    @property
    def matched(self) -> bool:
        """Whether evidence is enough and nothing denies it."""
        return self._stands and self._challenge_is_met

    @property
    def _stands(self) -> bool:
        """Whether evidence is enough, and nothing denies it that asks nothing of the person."""
        if not self._frames.reaches:
            return False
        if self._bar.live_threshold is not None and not (self.live is True and self._alive.reaches):
            return False
        return self._agreement is None or (self._agreement.agrees is True and self._agreed.reaches)

    @property
    def _challenge_is_met(self) -> bool:
        """Whether the face that was asked did what it was asked to, and was the user's all along."""
        if self._challenge is None:
            return True
        is_same = not len(self._moving) or self._moving.evidence >= SAME_ALL_ALONG
        return self._challenge.met and self._after.reaches and is_same

    def forget(self) -> None:
        """Zero the templates, once nothing more will be added; what they came to stays."""
        wipe([self._held.vectors])

    def add(self, observation: Observation, elapsed: float) -> Step:
        """Take one observation into account; `elapsed` is seconds since the camera opened."""
        if observation.infrared:
            self._compare(observation)
        else:
            self._views[observation.view] += 1
            self._time(observation)
            self._ask(observation, elapsed)
            if self._agreement is not None:
                self._agreement.add(observation)
            if observation.view is View.CLEAR and observation.best is not None:
                self._judge(observation.faces[observation.best], observation.sequence)
        return Step.END if self._is_over(elapsed) else Step.GO_ON

    def _time(self, observation: Observation) -> None:
        """Add up what the stages took, and nothing that is none; what the first frame was waited for, opening took."""
        known = [stage for stage in STAGES if stage in observation.took]
        self.took.update({stage: observation.took[stage] for stage in known if stage != "wait" or self.frames > 1})

    def _ask(self, observation: Observation, elapsed: float) -> None:
        """Go on with the challenge once all else stands."""
        if self._challenge is not None and (self._challenge.begun or self._stands):
            self._challenge.add(observation, elapsed)

    def _compare(self, infrared: Observation) -> None:
        """Let an infrared frame agree with the colour frame of the same moment; it never is evidence of its own."""
        if self._agreement is None:
            return
        sequence = self._agreement.add(infrared)
        if sequence is not None and self._newest is not None and self._newest[0] == sequence:
            self._agreed.add(self._newest[1])
            self._newest = None

    def _judge(self, face: SeenFace, sequence: int) -> None:
        if face.embedding is None:
            return
        probe = np.frombuffer(face.embedding, dtype="<f4")
        if probe.shape != self._held.vectors.shape[1:] or not np.isclose(np.linalg.norm(probe), 1.0, atol=1e-3):
            raise ValueError("the eye sent an embedding that is no unit vector of the pack's dimension")
        if face.live is not None and not 0.0 <= face.live <= 1.0:
            raise ValueError("the eye sent a probability of life outside [0, 1]")
        evidence = combined(self._bar.yardstick.ratios(probe, self._held))
        if self._challenge is not None and self._challenge.moving:
            self._moving.add(evidence)
            return
        self._frames.add(evidence)
        self._newest = sequence, evidence
        if self._challenge is not None and self._challenge.met:
            self._after.add(evidence)
        if face.live is not None:
            self._live.append(face.live)
            if self._bar.live_threshold is not None and face.live >= self._bar.live_threshold:
                self._alive.add(evidence)

    def _is_over(self, elapsed: float) -> bool:
        return self.matched or self._is_refused or self._is_empty(elapsed)

    @property
    def _is_refused(self) -> bool:
        """Whether enough frames say no, so that the password need not wait for the deadline."""
        if self._challenge is not None and (self._challenge.spoiled or self._challenge.running):
            return self._challenge.spoiled
        if self.judged < REFUSAL_FRAMES:
            return False
        return self.evidence <= CLEAR_MISMATCH or (self._frames.reaches and self._is_denied)

    @property
    def _is_denied(self) -> bool:
        """Whether the face that was judged is taken for an attack, as far as nothing is asked of the person."""
        return self.live is False or self.agrees is False

    def _is_empty(self, elapsed: float) -> bool:
        empty = self._views[View.NO_FACE] + self._views[View.DARK] + self._views[View.COVERED]
        return elapsed >= self._bar.no_face_seconds and empty == self.frames

    def conclude(self) -> Reason:
        """Return how the look ended, whenever it is asked."""
        if self.matched:
            return Reason.MATCHED
        if self.evidence >= self._bar.bound and self.counts:
            return self._why_the_user_is_refused()
        if self.counts:
            return Reason.ANOTHER_FACE
        return self._why_nothing_was_judged()

    def _why_the_user_is_refused(self) -> Reason:
        """Return what denied a face that is the user's by its evidence."""
        if self._is_denied:
            return Reason.NOT_LIVE
        if self._challenge is not None and self._challenge.begun and self._stands:
            return Reason.NOT_LIVE if self._challenge.purpose is Purpose.LIFE else Reason.NO_INTENT
        if self._stands or (self._agreement is not None and self.agrees is None):
            return Reason.TIMEOUT
        return Reason.ANOTHER_FACE

    def _why_nothing_was_judged(self) -> Reason:
        if not self._views:
            return Reason.TIMEOUT
        commonest, _count = self._views.most_common(1)[0]
        return {
            View.NO_FACE: Reason.NO_FACE,
            View.DARK: Reason.TOO_DARK,
            View.COVERED: Reason.COVERED,
            View.SEVERAL_FACES: Reason.SEVERAL_FACES,
            View.EYES_CLOSED: Reason.EYES_CLOSED,
            View.CLEAR: Reason.TIMEOUT,
        }.get(commonest, Reason.UNCLEAR)
