"""`facelatch import`: many people at once, from a folder of pictures for each."""

from __future__ import annotations

import contextlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from facelatch.cli.answers import ImportDone, ImportedPerson, LeftOut, Outcome, Skipped
from facelatch.cli.daemon import broken
from facelatch.cli.failure import CommandFailed, ExitCode, refused, wrong_use
from facelatch.cli.options import JsonOption, daemon_of
from facelatch.cli.output import bar, counted, emit, paint, say
from facelatch.cli.pictures import Folder, open_folder, shown_name, why_skipped
from facelatch.errors import BusError
from facelatch.types import Enrolled, EnrollStep, Hint, PersonSummary, Reason, Refusal

if TYPE_CHECKING:
    from facelatch.sync import Claim, Daemon, Enrolment

LABEL: Final = "imported"
"""What an imported face is called, so that a later import finds it."""

_NOTHING_NEW: Final = {Hint.ALIKE, Hint.ENOUGH}

STYLES: Final = {
    Outcome.ENROLLED: "green",
    Outcome.IMPROVED: "green",
    Outcome.SKIPPED: "dim",
    Outcome.FAILED: "red",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A person's name and folder."""

    name: str
    path: Path


def import_people(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that holds one folder of pictures a person, with his name.")
    ],
    improve: Annotated[
        bool, typer.Option("--improve", help="Add pictures to those who are enrolled, instead of skipping them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Enrol many people from pictures, with an account here or without.

    Takes an administrator's password for each of them: run it with sudo, and it takes one. Who has an account can log
    in with the face; who has none is there to be identified only. Those who are enrolled already are skipped, so that
    an import that was interrupted goes on when it is started again.

    Exits 1 where somebody could not be enrolled.
    """
    entries, strays = _entries(folder)
    outcomes: Counter[Outcome] = Counter()
    with daemon_of(context).connected(asks=True) as daemon:
        known = {person.name: person for person in daemon.people()}
        for name in strays:
            emit(Skipped(name)) if as_json else say(f"{name}: no person's folder, left out")
        people = (_imported(daemon, entry, known.get(entry.name), improve=improve) for entry in entries)
        for person in _emitted(people) if as_json else _shown(people, len(entries)):
            outcomes[person.outcome] += 1
    done = ImportDone(*(outcomes[outcome] for outcome in Outcome))
    if as_json:
        emit(done)
    else:
        say(f"{done.enrolled} enrolled, {done.improved} improved, {done.skipped} skipped, {done.failed} failed.")
    raise typer.Exit(ExitCode.NOTHING if done.failed else ExitCode.DONE)


def _entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """Return the folders in a folder, and the names of its files; what is hidden is left alone.

    Raises `CommandFailed` where there are no folders.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise wrong_use(f"{folder}: {error.strerror}; give a folder with one folder a person") from error
    folders = [path for path in paths if path.is_dir()]
    if not folders:
        raise wrong_use(f"{folder}: no folders in it; put each person's pictures into a folder of his name")
    entries = [Entry(unicodedata.normalize("NFC", shown_name(path)), path) for path in folders]
    return entries, [shown_name(path) for path in paths if path not in set(folders)]


def _emitted(people: Iterator[ImportedPerson]) -> Iterator[ImportedPerson]:
    for person in people:
        emit(person)
        yield person


def _shown(people: Iterator[ImportedPerson], count: int) -> Iterator[ImportedPerson]:
    """Write a line for each person, above a bar."""
    from facelatch.cli.progress import LiveLine

    with LiveLine() as line:
        line.move(bar(0, count))
        for number, person in enumerate(people, 1):
            words = paint(f"{person.outcome.value:<9} ", STYLES[person.outcome])
            words.append_text(paint(f"{person.name}  {_what_came_of_it(person)}".rstrip()))
            line.keep(words)
            for picture in person.left_out:
                line.keep(paint(f"            {picture.name}: {picture.text}", "dim"))
            progress = bar(number, count)
            progress.append_text(paint(f"  {number} of {count} people"))
            line.move(progress)
            yield person


def _what_came_of_it(person: ImportedPerson) -> str:
    if person.outcome in (Outcome.FAILED, Outcome.SKIPPED):
        return f"({person.text})"
    kind = "no account: to be identified only" if person.guest else "can log in"
    return f"{counted(person.kept, 'picture')} kept, {len(person.left_out)} not ({kind})"


def _imported(daemon: Daemon, entry: Entry, known: PersonSummary | None, *, improve: bool) -> ImportedPerson:
    """Enrol one person, and return what came of it; raises what keeps everybody from being enrolled."""
    if known is not None and known.usable and not improve:
        return ImportedPerson(entry.name, Outcome.SKIPPED, known.guest, text="enrolled already; --improve adds to it")
    try:
        pictures = open_folder(entry.path)
        with _claimed(daemon, entry.name) as (claim, guest):
            return _enrolled(claim, guest, entry.name, pictures, known)
    except CommandFailed as failure:
        return ImportedPerson(entry.name, Outcome.FAILED, text=failure.text)
    except BusError as error:
        refusal = refused(error)
        if refusal.code is not ExitCode.NOTHING:
            raise
        return ImportedPerson(entry.name, Outcome.FAILED, text=refusal.text)


@contextlib.contextmanager
def _claimed(daemon: Daemon, name: str) -> Iterator[tuple[Claim, bool]]:
    """Claim the camera for a person, and tell whether for a guest: one without an account."""
    try:
        claim, guest = daemon.claim(name), False
    except BusError as error:
        if error.error is not Reason.UNKNOWN_USER:
            raise
        claim, guest = daemon.claim_guest(name), True
    with claim:
        yield claim, guest


def _enrolled(claim: Claim, guest: bool, name: str, pictures: Folder, known: PersonSummary | None) -> ImportedPerson:
    enrolment, improved = _begun(claim, known)
    steps: dict[str, EnrollStep] = {}
    outcome, text = Outcome.IMPROVED if improved else Outcome.ENROLLED, ""
    with enrolment:
        try:
            _send(enrolment, pictures, steps)
        except BusError as error:
            refusal = refused(error)
            if refusal.code is not ExitCode.NOTHING:
                raise
            outcome, text = Outcome.FAILED, refusal.text
    if outcome is Outcome.FAILED and improved and {step.hint for step in steps.values()} <= _NOTHING_NEW:
        outcome, text = Outcome.SKIPPED, "these pictures add nothing to those it has"
    left_out = [LeftOut(file, why_skipped(file, "no picture by its name")) for file in pictures.skipped]
    left_out += pictures.unusable
    left_out += [LeftOut(file, step.text) for file, step in steps.items() if not step.taken]
    kept = 0 if text else sum(step.taken for step in steps.values())
    return ImportedPerson(name, outcome, guest, kept, tuple(left_out), text)


def _begun(claim: Claim, known: PersonSummary | None) -> tuple[Enrolment, bool]:
    """Begin to add to the imported face where there is one, else to enrol a new one; tell whether it is added to."""
    if known is None or not known.usable:  # what there is of another pack stays, and may have the label
        return claim.enroll(LABEL if known is None else "", pictures=True), False
    try:
        return claim.enroll(face=LABEL, pictures=True), True
    except BusError as error:
        if error.error is not Refusal.NO_SUCH_FACE:
            raise
        return claim.enroll(LABEL, pictures=True), False


def _send(enrolment: Enrolment, pictures: Folder, steps: dict[str, EnrollStep]) -> None:
    """Send the pictures and save what can be kept; `steps` gets what became of each, by its name."""
    for name, content in pictures.contents():
        steps[name] = enrolment.add_picture(name, content)
    enrolment.save()
    for event in enrolment:
        if isinstance(event, EnrollStep) and event.name:
            steps[event.name] = event
        if isinstance(event, Enrolled):
            return
    raise broken("no enrolled face")
