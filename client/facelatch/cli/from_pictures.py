"""Sending a folder's pictures to an enrolment, and telling what became of each."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facelatch.cli.answers import LeftOut, Skipped
from facelatch.cli.daemon import broken
from facelatch.cli.failure import wrong_use
from facelatch.cli.output import bar, emit, paint, say
from facelatch.cli.pictures import Folder, PictureUnusable, open_folder, read_picture, shown_name, why_skipped
from facelatch.cli.report import Report, line_of
from facelatch.errors import BusError
from facelatch.types import Enrolled, EnrollStep, Reason

if TYPE_CHECKING:
    from facelatch.sync import Enrolment


@dataclass(frozen=True, slots=True)
class Pictures:
    """A folder at `path`; `like` names a picture in it that shows who is meant; of a `dry` run nothing is stored."""

    path: Path
    folder: Folder
    like: str
    dry: bool

    @classmethod
    def of(cls, path: Path, like: str | None, *, dry: bool) -> Pictures:
        """Look through a folder; raises `CommandFailed` as `open_folder` does, and for a picture that is not in it."""
        folder = open_folder(path)
        if like is None:
            return cls(path, folder, "", dry)
        name, place = shown_name(Path(like)), Path(like).parent
        inside = place == Path() or (place.is_dir() and place.samefile(path))
        if not inside or name not in map(shown_name, folder.pictures):
            raise wrong_use(f"--like: {like!r} is none of the pictures in {path}; give the name of one of them")
        return cls(path, folder, name, dry)


def enrol_pictures(enrolment: Enrolment, pictures: Pictures, invocation: str, *, as_json: bool) -> Enrolled | None:
    """Send the pictures, tell of each, and save what is kept of them; None for a dry run.

    `invocation` is the command as it was called, without the options about pictures. Raises `BusError`.
    """
    report = Report()
    try:
        if as_json:
            _emit(enrolment, pictures.folder, report)
        else:
            _show(enrolment, pictures.folder, report)
    except BusError as refusal:
        _conclude(report, as_json=as_json)
        if refusal.error is Reason.SEVERAL_FACES and not pictures.like and not as_json:
            folder = shlex.quote(str(pictures.path))
            say(f"Say who is meant: {invocation} --from-pictures {folder} --like PICTURE")
        raise
    _conclude(report, as_json=as_json)
    if pictures.dry:
        return None
    enrolment.save()
    for event in enrolment:
        if isinstance(event, Enrolled):
            return event
    raise broken("no enrolled face")


def _emit(enrolment: Enrolment, folder: Folder, report: Report) -> None:
    for name in folder.skipped:
        emit(Skipped(name))
    for step in _judged(enrolment, folder, report, lambda _number, _name: None):
        emit(step)


def _show(enrolment: Enrolment, folder: Folder, report: Report) -> None:
    from facelatch.cli.progress import LiveLine

    for name in folder.skipped:
        say(f"skipped   {name}  ({why_skipped(name)})")
    with LiveLine() as line:

        def tell(number: int, name: str) -> None:
            words = bar(number, len(folder.pictures))
            words.append_text(paint(f"  looking at {number + 1} of {len(folder.pictures)}  {name}"))
            line.move(words)

        for step in _judged(enrolment, folder, report, tell):
            line.keep(line_of(step))


def _judged(
    enrolment: Enrolment, folder: Folder, report: Report, tell: Callable[[int, str], None]
) -> Iterator[EnrollStep]:
    """Send the pictures, saying which comes next, and yield what becomes of each once all are there."""
    unusable = list(folder.unusable)
    for number, path in enumerate(folder.pictures):
        name = shown_name(path)
        tell(number, name)
        try:
            content = read_picture(path)
        except PictureUnusable as fault:  # since the folder was looked through
            unusable.append(LeftOut(name, str(fault)))
        else:
            enrolment.add_picture(name, content)
    enrolment.finish()
    for picture in unusable:
        yield report.add_unusable(picture)
    for event in enrolment:
        if not isinstance(event, EnrollStep):
            return
        report.add(event)
        yield event


def _conclude(report: Report, *, as_json: bool) -> None:
    """Sum up, where it came to a report."""
    if not report.steps:
        return
    if as_json:
        emit(report.summary)
    else:
        say(report.sentence)
