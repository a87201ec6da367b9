"""Settings under which a face opens with no password before it and no logind to ask, for tests of everything else."""

from __future__ import annotations

from typing import Final

NEVER_THE_PASSWORD_FIRST: Final = """
[password]
after_boot = false
after_hours = 0
after_mismatches = 0
after_enrolment = false
"""

NO_SEAT: Final = """
[seat]
required = false
lid = false
"""

UNGUARDED: Final = NEVER_THE_PASSWORD_FIRST + NO_SEAT
