"""The states that a camera can be in, how a client brings it there, and what the judge remembers of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.integration.bus_client import Client
from tests.integration.bus_judge import ALL_SHOTS, Judge, picture

REVIEW: Final = {"review": ("b", True)}
PICTURES: Final = {"pictures": ("b", True)}


def leave(client: Client) -> None:
    """Release the camera where it is claimed, so that the next test finds it free."""
    client.outcome("Release")


def claimed(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")


def verifying(judge: Judge, client: Client) -> None:
    claimed(judge, client)
    client.call("VerifyStart", "any", {})
    client.hear("VerifyStatus")


def enrolling(judge: Judge, client: Client) -> None:
    claimed(judge, client)
    client.call("EnrollStart", "half", {})
    client.hear("EnrollStatus", "enroll-retry-scan")


def picturing(judge: Judge, client: Client) -> None:
    claimed(judge, client)
    client.call("EnrollStart", "half", PICTURES)
    for number in range(4):
        client.call("EnrollPicture", str(number), picture(number))


def reviewing(judge: Judge, client: Client) -> None:
    judge.eye.scene = ALL_SHOTS
    claimed(judge, client)
    client.call("EnrollStart", "half", REVIEW)
    client.hear("EnrollStatus", "enroll-review")
    judge.wait_for_camera(on=False)


def previewing(judge: Judge, client: Client) -> None:
    claimed(judge, client)
    client.call("PreviewStart")
    client.call("NextFrame", 0)


STATES: Final = [claimed, verifying, enrolling, picturing, reviewing, previewing]
CAMERA_ON: Final = [verifying, enrolling, previewing]
State = Callable[[Judge, Client], None]


def history(judge: Judge) -> list[tuple[str, str]]:
    with judge.client() as root:
        return [(each["service"][1], each["reason"][1]) for each in root.call("History", "alice", 100)[0]]


def labels(judge: Judge) -> list[str]:
    with judge.client() as root:
        return [face["label"][1] for face in root.call("ListEnrolledFaces", "alice")[0]]
