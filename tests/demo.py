"""`make demo`: a face is enrolled and opens a door, and nothing else does. Real daemon, real networks, real PAM."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from facelatch_models.pack import Pack, PackError, Role
from facelatch_models.search import choose
from tests.clips import Cast, empty_room, portrait_cast, webcam_cast
from tests.house import PASSWORD, House
from tests.packs import best_pack, why_best
from tests.pam.transaction import Code, Outcome
from tests.places import TREE

PORTRAITS = TREE / "build" / "pictures"
EX_NOTHING_TO_SHOW = 2
BY_FACE = "opened by face"
BY_PASSWORD = "the password was asked, and opened"


@dataclasses.dataclass
class Demo:
    """Plays the steps and counts the wrong answers."""

    house: House
    cast: Cast | None
    step: int = 0
    wrong: int = 0

    def say(self, text: str) -> None:
        """Begin a step."""
        self.step += 1
        print(f"\n{self.step}. {text}", flush=True)

    def show(self, pictures: Sequence[Path] | None, who: str) -> None:
        """Put somebody before the camera: pictures, or whoever sits there."""
        if self.cast is not None and pictures is not None:
            self.house.play(pictures)
        else:
            try:
                input(f"   [your camera] {who}, then press Enter: ")
            except EOFError:
                raise SystemExit(
                    "\nThe demo with your own camera needs a terminal: it asks you to sit there and to leave."
                ) from None

    def expect(self, wanted: str, service: str, answers: Sequence[str], why: str = "") -> None:
        """Run a PAM transaction and say whether it ended as it must."""
        outcome = self.house.login(service, answers)
        happened = _what_happened(outcome)
        for style, text in outcome.messages:
            print(f"   | {text.strip()}" + (" (hidden)" if style == "PROMPT_ECHO_OFF" else ""))
        right = happened == wanted and (not why or why in self.house.last_verdict)
        self.wrong += not right
        said = self.house.last_verdict.split(": ", 2)[-1] if self.house.judge else "the daemon is stopped"
        print(f"   {'✓' if right else '✗ WRONG:'} {happened}  [{outcome.name}, {outcome.seconds:.2f} s; judge: {said}]")
        if not right:
            print(f"   expected: {wanted}" + (f", because of {why}" if why else ""))


def _what_happened(outcome: Outcome) -> str:
    asked = any(text.startswith("Password") for _style, text in outcome.messages)
    if outcome.code == Code.SUCCESS:
        return BY_PASSWORD if asked else BY_FACE
    return "refused"


def play(demo: Demo) -> None:
    """All steps, in order."""
    house, cast = demo.house, demo.cast
    password = [PASSWORD]
    demo.say("Starting the daemon and its eye.")
    began = time.monotonic()
    status = house.start()
    print(f"   ready after {time.monotonic() - began:.2f} s; pack {status['pack']}")

    demo.say("Enrolling alice from the camera (facelatch enroll --user alice).")
    demo.show(cast.enrolment if cast else None, "Sit before the camera")
    began = time.monotonic()
    face = house.enroll()["face"]
    print(f"   ✓ “{face['label']}” with {face['templates']} templates, after {time.monotonic() - began:.1f} s")

    demo.show(cast.later if cast else None, "Look at the camera")
    if house.password_first:
        demo.say("A face was enrolled, so the password comes first, once (as after every start of the machine).")
        demo.expect(BY_PASSWORD, "screenlock", password, "password-wanted")

    demo.say("Alice comes back, at another time: the screen lock must open by face, without a password.")
    demo.expect(BY_FACE, "screenlock", password, "matched")

    demo.say("Alice runs sudo (a program of this demo plays it): it names the command, she approves with Enter.")
    demo.expect(BY_FACE, "sudo", ["", *password], "matched")

    demo.say("She answers no: the camera stays shut, the password is asked.")
    demo.expect(BY_PASSWORD, "sudo", ["n", *password], "no-intent")

    if cast is None or cast.stranger:
        demo.say("Somebody else sits there: alice's screen must not open by face.")
        demo.show(cast.stranger if cast else None, "Let somebody else sit there")
        demo.expect(BY_PASSWORD, "screenlock", password, "another-face")
        demo.say("… and a stranger who guesses the password is not let in at all.")
        demo.expect("refused", "screenlock", ["a guess"])
    if demo.house.liveness and (cast is None or cast.photo):
        demo.say("A printed photo of alice is held to the camera.")
        demo.show(cast.photo if cast else None, "Hold a photo of yourself to the camera")
        demo.expect(BY_PASSWORD, "screenlock", password, "not-live")

    demo.say("Nobody is there.")
    demo.show(empty_room(house.folder / "empty") if cast else None, "Leave the picture")
    demo.expect(BY_PASSWORD, "screenlock", password, "no-face")

    demo.say("The daemon is stopped: the password must work as ever.")
    house.stop()
    demo.expect(BY_PASSWORD, "screenlock", password)


def find_pack(built: Path) -> Pack | None:
    """Return the best pack there is, and say which and why; says why there is none."""
    try:
        found = best_pack(built)
        pack = found or choose()
    except PackError as error:
        print(f"There is no pack of networks to see with: {error}", file=sys.stderr)
        return None
    print(f"Pack: {pack.manifest.id} ({pack.folder}), {why_best(pack) if found else 'the one installed here'}")
    return pack


def find_cast(shared: Path, scratch: Path) -> Cast | None:
    """Return who plays before the file camera; says where it was looked for when there is nobody."""
    if (shared / "data" / "nuaa").is_dir():
        return webcam_cast(shared / "data")
    cast = portrait_cast(PORTRAITS, scratch / "made")
    if cast is None:
        print(
            f"There are no pictures to play: none under {shared}, none in {PORTRAITS}.\n"
            f"Try:  {sys.executable} -m tests.pictures --to {PORTRAITS}   or   make demo CAMERA=/dev/video0",
            file=sys.stderr,
        )
    return cast


def main() -> int:
    """Run the demo; 0 if every answer was right, 1 if one was wrong, 2 if there is nothing to show it with."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--camera", default="", help="a real camera, such as /dev/video0")
    parser.add_argument("--packs", type=Path, default=TREE / "build" / "packs", help="the folder of packs built here")
    options = parser.parse_args()
    pack = find_pack(options.packs)
    if pack is None:
        return EX_NOTHING_TO_SHOW
    with tempfile.TemporaryDirectory(prefix="facelatch-demo-") as name:
        return _run(Path(name), pack, options.camera)


def _run(scratch: Path, pack: Pack, camera: str) -> int:
    shared = Path(os.environ.get("FACELATCH_SHARED") or TREE.parent / "shared")
    cast = None if camera else find_cast(shared, scratch)
    if cast is None and not camera:
        return EX_NOTHING_TO_SHOW
    liveness = pack.manifest.part(Role.LIVENESS) is not None
    if cast is None:
        house = House(scratch / "house", pack.folder, camera=camera, liveness=liveness)
    else:
        house = House.to_play_in(scratch / "house", pack.folder, cast)
    house = dataclasses.replace(house, password_first=os.geteuid() == 0)
    if not house.password_first:
        print("Only root can tell the daemon of an accepted password: that the password comes first is not shown.")
    if not liveness:
        print("This pack cannot tell a living face from a photo: nothing here is shown about photos.")
    print(f"Camera: {cast.origin if cast else camera}")
    demo = Demo(house, cast)
    began = time.monotonic()
    try:
        play(demo)
    finally:
        house.stop()
    verdict = "Every answer was right" if not demo.wrong else f"{demo.wrong} answers were WRONG"
    print(f"\n{verdict} ({demo.step} steps, {time.monotonic() - began:.0f} s).")
    if demo.wrong:
        print(f"The daemon's log:\n{house.log}")
    return 1 if demo.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
