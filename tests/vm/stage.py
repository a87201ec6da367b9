"""Where scenarios are played: one after the other in one machine, which a failing one does not end."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.vm.console import Console, ConsoleError, HungUp
from tests.vm.emulator import Emulator, Image
from tests.vm.guest import BROUGHT, Guest
from tests.vm.patience import Patience
from tests.vm.report import Result, Verdict
from tests.vm.scenarios import Scenario, Skipped

LIMIT: Final = 90 * 60.0
"""Seconds for everything; what comes later is left out, as failed."""

BOOT: Final = "the_machine_boots"


def play(scenarios: Sequence[Scenario], image: Image, accelerator: str, *, tpm: bool) -> Iterator[Result]:
    """Boot, and yield how each scenario ended, until the last, or the machine, or the time is at its end.

    Console, journal and pictures of the screen after a failure are left in the image's folder.
    """
    patience = Patience.with_accelerator(accelerator)
    deadline = time.monotonic() + LIMIT
    with (
        tempfile.TemporaryDirectory(prefix="facelatch-vm-") as scratch,
        (image.folder / "console.log").open("wb") as log,
        Emulator(image, accelerator, tpm=tpm, scratch=Path(scratch)) as machine,
    ):
        console = Console(machine.serial.fileno(), log, patience.moment)
        guest = Guest(console, machine.monitor, patience)
        result = _boot(guest)
        yield result
        for one in scenarios:
            if result.verdict is Verdict.DEAD:
                return
            if time.monotonic() > deadline:
                yield Result(one.name, Verdict.FAILED, 0.0, reason="there was no time left for it")
                continue
            result = act(one, guest, image.folder)
            yield result
        if result.verdict is not Verdict.DEAD:
            guest.run(f"journalctl --no-pager --output short-monotonic >{BROUGHT}/journal", patience.work)
            shutil.copy(image.brought / "journal", image.folder / "journal")


def _boot(guest: Guest) -> Result:
    began = time.monotonic()
    try:
        guest.come_up()
    except (ConsoleError, RuntimeError) as error:
        return Result(BOOT, Verdict.DEAD, time.monotonic() - began, reason=_told(error))
    return Result(BOOT, Verdict.PASSED, time.monotonic() - began)


def act(one: Scenario, guest: Guest, pictures: Path) -> Result:
    """Play one scenario and say how it ended; after a failure the machine is brought back to where it can go on."""
    began = time.monotonic()
    verdict, reason, journal, unlocks = Verdict.PASSED, "", "", [0.0][:0]
    try:
        guest.mark()
        verdict, reason = _ended(one.play, guest)
        seconds = time.monotonic() - began
        if verdict is Verdict.FAILED:
            reason += f"\nthe screen:\n{_rescue(guest, pictures / f'{one.name}.png')}"
        journal, unlocks = guest.excerpt(), guest.unlocks()
    except (ConsoleError, RuntimeError) as error:  # the machine is dead, or as good as that
        verdict, seconds = Verdict.DEAD, time.monotonic() - began
        reason = f"{reason}\n{_told(error)}".strip()
    return Result(one.name, verdict, seconds, reason=reason, journal=journal, unlocks=unlocks)


def _ended(action: Callable[[Guest], None], guest: Guest) -> tuple[Verdict, str]:
    """Play, and return how it ended and why; raises what a dead machine does."""
    try:
        action(guest)
    except Skipped as skipped:
        return Verdict.SKIPPED, str(skipped)
    except HungUp:
        raise
    except (ConsoleError, AssertionError) as error:
        return Verdict.FAILED, _told(error)
    return Verdict.PASSED, ""


def _rescue(guest: Guest, picture: Path) -> str:
    """Return what the screen shows, and bring everybody back; raises `HungUp` where no shell answers any more."""
    if not guest.is_alive():
        raise HungUp("no shell answers on the console any more")
    guest.monitor.photograph(picture)
    shown = guest.screen.text()
    guest.recover()
    return shown


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
