"""How the person stands with the daemon: whether a login by face opens now, as translated sentences."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from facelatch.types import PasswordCause, StandingReport
from facelatch_gui.sayings import Saying
from facelatch_gui.style import Tone

translate = QCoreApplication.translate


def standing_saying(report: StandingReport, *, hindered: bool = False) -> tuple[Tone, Saying]:
    """Return whether a login by face opens now, for somebody who has a face that can be compared.

    hindered: whether pack or cameras keep faces from opening.
    """
    if report.locked_seconds > 0:
        left = math.ceil(report.locked_seconds)
        what = translate("Words", "Your face is locked for {seconds} s more, because faces were refused.")
        what = what.format(seconds=left)
        return Tone.WARNING, Saying(what, translate("Words", "Log in or unlock with your password once, or wait."))
    if report.password_wanted is not None:
        # Not at the screen lock: many run as the user, who is not believed.
        remedy = translate(
            "Words",
            "Type it at the next login, or where administrator's rights are asked for. Your face opens from then on.",
        )
        return Tone.ACCENT, Saying(_password_first(report.password_wanted), remedy)
    if hindered:
        what = translate("Words", "Something keeps your face from opening, everywhere or in part.")
        return Tone.WARNING, Saying(what, translate("Words", "The health page says what it is, and what to do."))
    return Tone.GOOD, Saying(translate("Words", "A login by face opens now."))


def _password_first(cause: PasswordCause) -> str:
    return {
        PasswordCause.NEVER: translate(
            "Words", "The password comes first: the face service knows of none that was typed yet."
        ),
        PasswordCause.BOOT: translate(
            "Words", "The password comes first, because the computer was started since you last typed it."
        ),
        PasswordCause.AGE: translate("Words", "The password comes first, because it is long since you last typed it."),
        PasswordCause.MISMATCHES: translate(
            "Words", "The password comes first, because too many faces were refused since you last typed it."
        ),
        PasswordCause.ENROLMENT: translate(
            "Words", "The password comes first, because a face was added or improved since you last typed it."
        ),
        PasswordCause.SUSPEND: translate(
            "Words", "The password comes first, because the computer slept for long since you last typed it."
        ),
        PasswordCause.CLOCK: translate(
            "Words", "The password comes first, because the clock was set back since you last typed it."
        ),
    }[cause]
