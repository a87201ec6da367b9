"""One look at a camera: what its observations add up to, and when that is enough. Pure, no input or output."""

from __future__ import annotations

import enum
from collections import Counter
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Band, Level, Reason
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.pack import Manifest, Role
from facelatch_models.yardstick import Yardstick, combined
from facelatchd.evidence import band, look_evidence

MATCH_FRAMES: Final = 2
"""A match wants two frames: one alone may be a detector's or a sensor's slip."""

LIVE_FRAMES: Final = 3
"""Frames over which the liveness network must agree before it lets a match pass or refuses one."""

STAGES: Final = ("wait", "decode", "detect", "embed", "liveness")
"""What the eye may say it took time for; more would only fill the judge's memory."""

REFUSAL_FRAMES: Final = 8
"""Judged frames after which a clear mismatch need not be watched to the deadline."""

CLEAR_MISMATCH: Final = -4.6
"""Evidence, in nats, under which a face is not the user's: odds of one to a hundred."""


class Bar(msgspec.Struct, frozen=True):
    """What a look is held to: yardstick and bound from the pack, the rest from the policy."""

    yardstick: Yardstick
    correlation: float
    bound: float
    live_threshold: float | None
    no_face_seconds: float

    @classmethod
    def of(
        cls, manifest: Manifest, yardstick: Yardstick, level: Level, *, liveness: bool, no_face_seconds: float
    ) -> Bar:
        """Return the bar of a pack at a level; liveness is asked for only where the pack has a network for it."""
        calibration = yardstick.calibration
        network = manifest.part(Role.LIVENESS)
        return cls(
            yardstick=yardstick,
            correlation=calibration.correlation,
            bound=calibration.bounds[level.value],
            live_threshold=network.threshold if liveness and network else None,
            no_face_seconds=no_face_seconds,
        )


class Step(enum.Enum):
    """Whether a look goes on."""

    GO_ON = "go-on"
    END = "end"


class Look:
    """Adds up the observations of one look against one user's templates.

    Liveness and the one-face rule can only deny: a frame with several faces is not judged, and a match needs the
    liveness network's agreement where the bar asks for it.
    """

    def __init__(self, templates: NDArray[np.float32], bar: Bar) -> None:
        """Take the templates, shape (count, dimension), float32, rows of unit length."""
        if templates.ndim != 2 or len(templates) == 0:
            raise ValueError("a look needs at least one template")
        self._held = bar.yardstick.hold(templates)
        self._bar = bar
        self._frames: list[float] = []
        self._live: list[float] = []
        self._live_frames: list[float] = []
        """Evidence of the frames that look alive by themselves: else a stranger could lend a photo his life."""
        self._views: Counter[View] = Counter()
        self.took: Counter[str] = Counter()

    @property
    def frames(self) -> int:
        """Observations so far."""
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
        return look_evidence(self._frames, self._bar.correlation)

    @property
    def band(self) -> Band | None:
        """How near the face came; None where none was judged."""
        return band(self.evidence, self._bar.bound) if self._frames else None

    @property
    def live(self) -> bool | None:
        """Whether the face looks alive so far; None where too few frames, or nothing, say so."""
        if self._bar.live_threshold is None or len(self._live) < LIVE_FRAMES:
            return None
        return sum(self._live) / len(self._live) >= self._bar.live_threshold

    def add(self, observation: Observation, elapsed: float) -> Step:
        """Take one observation into account; `elapsed` is seconds since the camera opened."""
        self._views[observation.view] += 1
        self.took.update({stage: observation.took[stage] for stage in STAGES if stage in observation.took})
        if observation.view is View.CLEAR and observation.best is not None:
            self._judge(observation.faces[observation.best])
        return Step.END if self._is_over(elapsed) else Step.GO_ON

    def _judge(self, face: SeenFace) -> None:
        if face.embedding is None:
            return
        probe = np.frombuffer(face.embedding, dtype="<f4")
        if probe.shape != self._held.vectors.shape[1:] or not np.isclose(np.linalg.norm(probe), 1.0, atol=1e-3):
            raise ValueError("the eye sent an embedding that is no unit vector of the pack's dimension")
        if face.live is not None and not 0.0 <= face.live <= 1.0:
            raise ValueError("the eye sent a probability of life outside [0, 1]")
        evidence = combined(self._bar.yardstick.ratios(probe, self._held))
        self._frames.append(evidence)
        if face.live is not None:
            self._live.append(face.live)
            if self._bar.live_threshold is not None and face.live >= self._bar.live_threshold:
                self._live_frames.append(evidence)

    def _is_over(self, elapsed: float) -> bool:
        return self.matched or self._is_refused or self._is_empty(elapsed)

    @property
    def matched(self) -> bool:
        """Whether evidence is enough and nothing denies it."""
        if self.judged < MATCH_FRAMES or not self.evidence >= self._bar.bound:
            return False
        if self._bar.live_threshold is None:
            return True
        alive = look_evidence(self._live_frames, self._bar.correlation)
        return self.live is True and len(self._live_frames) >= MATCH_FRAMES and alive >= self._bar.bound

    @property
    def _is_refused(self) -> bool:
        """Whether enough frames say no, so that the password need not wait for the deadline."""
        if self.judged < REFUSAL_FRAMES:
            return False
        return self.evidence <= CLEAR_MISMATCH or (self.evidence >= self._bar.bound and self.live is False)

    def _is_empty(self, elapsed: float) -> bool:
        empty = self._views[View.NO_FACE] + self._views[View.DARK]
        return elapsed >= self._bar.no_face_seconds and empty == self.frames

    def conclude(self) -> Reason:
        """Return how the look ended, whenever it is asked."""
        if self.matched:
            return Reason.MATCHED
        if self.evidence >= self._bar.bound and self.live is False:
            return Reason.NOT_LIVE
        if self.counts:
            return Reason.ANOTHER_FACE
        return self._why_nothing_was_judged()

    def _why_nothing_was_judged(self) -> Reason:
        if not self._views:
            return Reason.TIMEOUT
        commonest, _count = self._views.most_common(1)[0]
        return {
            View.NO_FACE: Reason.NO_FACE,
            View.DARK: Reason.TOO_DARK,
            View.SEVERAL_FACES: Reason.SEVERAL_FACES,
            View.CLEAR: Reason.TIMEOUT,
        }.get(commonest, Reason.UNCLEAR)
