"""Enrolments that tests begin, and what is heard of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from facelatch.types import EnrollStep, Failure, Reason
from facelatch_eye.messages import Observation
from facelatch_eye.messages import View as EyeView
from facelatchd.store import FaceRecord
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, Office, Told
from tests.unit.facelatchd.seen import face, seen, varied


async def begin(office: Office, label: str = "plain", **options: Any) -> None:
    await office.camera.claim(AS_ALICE, "")
    await office.camera.enroll_start(AS_ALICE, label, options)


def of_somebody_else(index: int) -> Observation:
    """A picture of another person than `shot` shows."""
    looks = varied(index)[::-1]
    return seen(EyeView.CLEAR, face(np.ascontiguousarray(looks)))


def faces(office: Office) -> list[FaceRecord]:
    return office.rooms.store.faces(ALICE)


def steps(office: Office) -> list[EnrollStep]:
    return [told.values[3] for told in office.bus.told if isinstance(told.values[3], EnrollStep)]


def failure(told: Told) -> tuple[Reason, str]:
    """Assert that an enrolment failed; return why."""
    result, done, _progress, details = told.values
    assert (result, done) == ("enroll-failed", True)
    assert isinstance(details, Failure)
    return details.reason, details.text
