"""What the screenshots show: every page with something in it, and what may go wrong on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from facelatch.bus import BusError
from facelatch.doctor import Finding, Part, Report, State
from facelatch.types import Band, EnrollShot, EnrollStep, Hint, PasswordCause, Reason, Tried, TryStep, Verdict, View
from facelatch_gui import words
from facelatch_gui.page import Page
from facelatch_gui.pages.enrol import EnrolPage, Stage
from facelatch_gui.pages.faces import FacesPage
from facelatch_gui.pages.inspect import InspectPage
from facelatch_gui.pages.pack import PackPage
from facelatch_gui.pages.trial import TrialPage
from facelatch_gui.widgets.live import LiveView
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.rule import RuleCard
from facelatch_gui.widgets.switch import Switch
from facelatch_gui.widgets.table import Table
from tests.gui.exhibit import FOUR_CAMERAS, LOOKED_INTO, NO_PACK, NOBODY, ONE_PERSON, TWO_PEOPLE, Exhibit, drawing
from tests.gui.samples import BOX, STANDING, picture

Child = TypeVar("Child", bound=QWidget)
Condition = Callable[[], bool]

PAM: Final = {
    "kde": "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n",
    "kde-face": "auth required pam_facelatch.so timeout_result=auth_err\n",
    "sddm": "auth required pam_unix.so\n",
    "login": "auth required pam_unix.so\n",
    "sudo": "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n",
    "su": "auth sufficient pam_rootok.so\nauth required pam_facelatch.so\nauth required pam_unix.so\n",
    "polkit-1": "auth required pam_unix.so\n",
}
"""The stacks that the usage page looks at; `su` is as it must not be."""

FINDINGS: Final = Report.of(
    (
        Finding(Part.DAEMON, State.OK, "The daemon runs, version 0.1.0."),
        Finding(Part.EYE, State.OK, "The eye is ready."),
        Finding(
            Part.CAMERA,
            State.WARNING,
            "The camera /dev/video0 is in use by another program: zoom (process 4711).",
            "End the video call, or close that program.",
        ),
        Finding(Part.PACK, State.OK, "The pack open, version 1, is whole."),
        Finding(Part.ENROLMENT, State.NOTE, "The face “with glasses” is covered by few pictures.", "Improve it."),
        Finding(
            Part.PAM,
            State.BAD,
            "su: where the face fails, no password helps (/etc/pam.d/su, line 2).",
            "Make the line for the face “sufficient” instead of “required”.",
            "sudo sed -i 's/^auth required pam_facelatch/auth sufficient pam_facelatch/' /etc/pam.d/su",
        ),
        Finding(Part.POLKIT, State.OK, "polkit knows all actions."),
        Finding(Part.TPM, State.OK, "The key is sealed to the security chip."),
        Finding(Part.CLOCK, State.OK, "The clock is right."),
    )
)
HEALTHY: Final = Report.of(finding for finding in FINDINGS.findings if finding.state is State.OK)

NOT_PERMITTED: Final = BusError(Reason.NOT_PERMITTED, "not authorised")
COMMAND: Final = (
    "/bin/sh",
    "-c",
    'echo \'{"download": "face-reidentification-retail-0095.bin", "done": 1400000, "total": 2213628}\'; sleep 60',
)
"""What stands in for the installation: it is fetching, and comes to no end."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One screenshot: the page, what the daemon says, what is done there, and how one knows that it is shown."""

    name: str
    page: str
    prepare: Callable[[Exhibit], None]
    act: Callable[[Page], Condition]
    report: Report = FINDINGS
    """What the doctor finds."""


def scenes(folder: Path) -> Iterator[Scene]:
    """Yield the screenshots to take; `folder` is for the files that they need."""
    people, nobody, broken = folder / "holiday.jpg", folder / "wall.jpg", folder / "broken.jpg"
    people.write_bytes(drawing(TWO_PEOPLE))
    nobody.write_bytes(drawing(NOBODY))
    broken.write_bytes(drawing(ONE_PERSON)[:300])
    yield Scene("faces", "faces", _as_it_is, _says("with glasses"))
    yield Scene("faces-password", "faces", _want_password, _stands)
    yield Scene("faces-locked", "faces", _lock, _stands)
    yield Scene("enrol-done", "enrol", _want_password, _enrol_to_the_end)
    yield Scene("first-run", "faces", _without_faces, _is_there(QPushButton))
    yield Scene("enrol", "enrol", _as_it_is, _is_there(QPushButton))
    yield Scene("enrol-shots", "enrol", _halfway, partial(_enrol, Stage.SHOTS))
    yield Scene("enrol-review", "enrol", _as_it_is, partial(_enrol, Stage.REVIEW))
    files = [_portrait(folder, number) for number in range(len(CHOSEN))]
    yield Scene("enrol-looking", "enrol", _shut, partial(_enrol_files, files, Stage.LOOKING))
    yield Scene("enrol-pictures", "enrol", _judge_pictures, partial(_enrol_files, files, Stage.REVIEW))
    yield Scene("enrol-mixed", "enrol", _mix_up_pictures, partial(_enrol_files_in_vain, files))
    yield Scene("enrol-refused", "enrol", _refuse_enrolment, _enrol_in_vain)
    yield Scene("trial", "trial", _as_it_is, _is_there(QPushButton))
    yield Scene("trial-match", "trial", _match, _look)
    yield Scene("trial-mismatch", "trial", _mismatch, _look)
    yield Scene("inspect", "inspect", _as_it_is, _is_there(QPushButton))
    yield Scene("inspect-people", "inspect", _as_it_is, partial(_inspect, people))
    yield Scene("inspect-guesses", "inspect", _look_into, partial(_guess, people))
    yield Scene("inspect-nobody", "inspect", _see_nobody, partial(_inspect, nobody))
    yield Scene("inspect-broken", "inspect", _as_it_is, partial(_inspect_in_vain, broken))
    yield Scene("inspect-live", "inspect", _as_it_is, _inspect_live)
    yield Scene("usage", "usage", _as_it_is, _says("polkit-1"))
    yield Scene("usage-refused", "usage", _refuse_changes, _change_in_vain)
    yield Scene("history", "history", _as_it_is, _has_rows)
    yield Scene("history-advice", "history", _as_it_is, _choose_an_attempt)
    yield Scene("history-empty", "history", _without_history, _has_no_rows)
    yield Scene("camera", "camera", _as_it_is, _has_a_picture)
    yield Scene("camera-none", "camera", _without_cameras, _says("NO_CAMERA"))
    yield Scene("pack", "pack", _as_it_is, _says("Apache-2.0"))
    yield Scene("pack-missing", "pack", _without_pack, _says("/etc/facelatch/packs"))
    yield Scene("pack-installing", "pack", _without_pack, _install)
    yield Scene("health", "health", _as_it_is, _says("polkit knows all actions."))
    yield Scene("health-good", "health", _as_it_is, _says("The clock is right."), HEALTHY)
    yield Scene("daemon-lost", "history", Exhibit.lose, _says("systemctl start facelatchd"))


CHOSEN: Final = ("2019 beach.jpg", "passport.png", "IMG_20240612_184501.jpg", "with glasses.jpg", "birthday.jpg")
"""The picture files that somebody enrols from."""


def _portrait(folder: Path, number: int) -> Path:
    path = folder / CHOSEN[number]
    path.write_bytes(picture(number))
    return path


# --- what the daemon says ---------------------------------------------------------------------------------------------


def _as_it_is(_daemon: Exhibit) -> None:
    """Leave everything well."""


def _without_faces(daemon: Exhibit) -> None:
    daemon.enrolled_faces = ()


def _want_password(daemon: Exhibit) -> None:
    daemon.standing_report = msgspec.structs.replace(STANDING, password_wanted=PasswordCause.ENROLMENT)


def _lock(daemon: Exhibit) -> None:
    daemon.standing_report = msgspec.structs.replace(STANDING, locked_seconds=58.2, mismatches=6)


def _halfway(daemon: Exhibit) -> None:
    daemon.enrol_steps = daemon.enrol_steps[:3]
    daemon.hold.is_open = False


def _shut(daemon: Exhibit) -> None:
    daemon.hold.is_open = False


def _judge_pictures(daemon: Exhibit) -> None:
    kept = [EnrollStep(5, 16, True, name=name, shot=number) for number, name in enumerate(CHOSEN, 1)]
    others = [
        *((Hint.ANOTHER_FACE, name) for name in ("wedding 1.jpg", "wedding 2.jpg")),
        (Hint.HOLD_STILL, "skiing.jpg"),
        (Hint.BAD_PICTURE, "notes.jpg"),
        *((Hint.ALIKE, f"{number}.jpg") for number in range(31)),
    ]
    daemon.judged = (*kept, *(EnrollStep(5, 16, False, hint, "", name) for hint, name in others))
    daemon.shots = tuple(EnrollShot(number, BOX, 0.1, 0.5, None, b"", name) for number, name in enumerate(CHOSEN, 1))


def _mix_up_pictures(daemon: Exhibit) -> None:
    steps = [
        EnrollStep(0, 16, False, Hint.UNDECIDED, f"Person {1 + number % 2} of 2.", name)
        for number, name in enumerate(CHOSEN)
    ]
    daemon.judged = (*steps, BusError(Reason.SEVERAL_FACES, "several people"))


def _refuse_enrolment(daemon: Exhibit) -> None:
    daemon.enrol_error = NOT_PERMITTED


def _refuse_changes(daemon: Exhibit) -> None:
    daemon.rule_error = NOT_PERMITTED


def _match(daemon: Exhibit) -> None:
    daemon.pace = 0.02
    daemon.try_steps = [TryStep(View.CLEAR, Band.NEAR, True, 6.2), TryStep(View.CLEAR, Band.MATCH, True, 13.4)]
    took = {"detect": 9.8, "embed": 12.4}
    daemon.tried = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 0.8, 5, took, evidence=13.4, wanted=11.5)


def _mismatch(daemon: Exhibit) -> None:
    daemon.pace = 0.02
    daemon.try_steps = [TryStep(View.CLEAR, Band.NEAR)]
    daemon.tried = Tried(Verdict.MISMATCH, Reason.ANOTHER_FACE, Band.NEAR, 2.1, 14)


def _see_nobody(daemon: Exhibit) -> None:
    daemon.analysed = NOBODY


def _look_into(daemon: Exhibit) -> None:
    daemon.analysed = LOOKED_INTO


def _without_history(daemon: Exhibit) -> None:
    daemon.attempts = ()


def _without_cameras(daemon: Exhibit) -> None:
    daemon.preview_error = BusError(Reason.NO_CAMERA, "no camera")
    daemon.status_report = msgspec.structs.replace(
        FOUR_CAMERAS, cameras=(), camera_problem="no camera is connected (NO_CAMERA)"
    )


def _without_pack(daemon: Exhibit) -> None:
    daemon.pack_report = NO_PACK


# --- what is done -----------------------------------------------------------------------------------------------------


def visible(page: QWidget, kind: type[Child]) -> list[Child]:
    """Return the children of a kind that are shown."""
    return [child for child in page.findChildren(kind) if child.isVisible()]


def _says(text: str) -> Callable[[Page], Condition]:
    def act(page: Page) -> Condition:
        return lambda: any(text in label.text() for label in visible(page.window(), QLabel))

    return act


def _is_there(kind: type[QWidget]) -> Callable[[Page], Condition]:
    return lambda page: lambda: bool(visible(page, kind))


def _stands(page: Page) -> Condition:
    assert isinstance(page, FacesPage)
    return page.standing.isVisible


def _enrol(stage: Stage, page: Page) -> Condition:
    assert isinstance(page, EnrolPage)
    page.start()
    return lambda: page.stage is stage and (stage is Stage.REVIEW or page.shots_view.hint == words.hint(Hint.RIGHT))


def _enrol_to_the_end(page: Page) -> Condition:
    assert isinstance(page, EnrolPage)
    page.start()
    saved: list[bool] = []

    def done() -> bool:
        if page.stage is Stage.REVIEW and not saved:
            saved.append(True)
            page.review_view.saved.emit(frozenset())
        return page.stage is Stage.DONE and page.done_view.text.count("\n") == 2

    return done


def _enrol_files(files: list[Path], stage: Stage, page: Page) -> Condition:
    assert isinstance(page, EnrolPage)
    page.start_from_pictures(files)
    return lambda: page.stage is stage and (stage is Stage.REVIEW or page.looking_view.bar.maximum() == len(files))


def _enrol_files_in_vain(files: list[Path], page: Page) -> Condition:
    assert isinstance(page, EnrolPage)
    page.start_from_pictures(files)
    return page.notice.isVisible


def _enrol_in_vain(page: Page) -> Condition:
    assert isinstance(page, EnrolPage)
    page.start()
    return page.notice.isVisible


def _look(page: Page) -> Condition:
    assert isinstance(page, TrialPage)
    page.start()
    return lambda: not page.looking


def _inspect(picture: Path, page: Page) -> Condition:
    assert isinstance(page, InspectPage)
    page.open(picture)
    return lambda: any(view.analysis is not None for view in visible(page, LiveView))


def _guess(picture: Path, page: Page) -> Condition:
    (switch,) = visible(page, Switch)
    switch.setChecked(True)
    return _inspect(picture, page)


def _inspect_in_vain(picture: Path, page: Page) -> Condition:
    assert isinstance(page, InspectPage)
    page.open(picture)
    return page.notice.isVisible


def _inspect_live(page: Page) -> Condition:
    assert isinstance(page, InspectPage)
    next(button for button in visible(page, QPushButton) if button.isCheckable()).click()
    return lambda: bool(_tables(page)) and _has_a_picture(page)()


def _tables(page: Page) -> list[Table]:
    return [table for table in visible(page, Table) if table.model().rowCount() > 0]


def _change_in_vain(page: Page) -> Condition:
    """Flip a switch whose change is refused; the cards are there once the policy is."""
    flipped: list[RuleCard] = []

    def refused() -> bool:
        if not flipped and (cards := visible(page, RuleCard)):
            flipped.append(cards[1])
            visible(cards[1], Switch)[0].click()
        return any(notice.isVisible() for card in flipped for notice in card.findChildren(Notice))

    return refused


def _has_rows(page: Page) -> Condition:
    return lambda: bool(_tables(page))


def _has_no_rows(page: Page) -> Condition:
    return lambda: not visible(page, Table)


def _choose_an_attempt(page: Page) -> Condition:
    def chosen() -> bool:
        for table in _tables(page):
            table.selectRow(2)
        return bool(_tables(page))

    return chosen


def _has_a_picture(page: Page) -> Condition:
    return lambda: any(not view.image.isNull() for view in visible(page, LiveView))


def _install(page: Page) -> Condition:
    assert isinstance(page, PackPage)
    page.install(COMMAND)
    return _says("face-reidentification-retail-0095.bin")(page)
