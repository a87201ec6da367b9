"""How a scenario ends, with a machine that is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock, create_autospec

import pytest

from tests.vm.console import Failed, HungUp, Silent
from tests.vm.guest import Guest
from tests.vm.report import Verdict
from tests.vm.scenarios import Scenario, Skipped
from tests.vm.stage import act


@pytest.fixture
def guest() -> MagicMock:
    guest: MagicMock = create_autospec(Guest, instance=True)
    guest.monitor, guest.screen = MagicMock(), MagicMock()
    guest.excerpt.return_value = "[1.0] facelatchd: match"
    guest.unlocks.return_value = [4.5]
    guest.is_alive.return_value = True
    guest.screen.text.return_value = "alice@machine:~$"
    return guest


def ending_in(error: Exception) -> Callable[[Guest], None]:
    """Return a scenario's play that ends so."""

    def play(_guest: Guest) -> None:
        raise error

    return play


def test_a_scenario_that_ends_well_brings_its_journal_and_its_unlocks(guest: MagicMock, tmp_path: Path) -> None:
    result = act(Scenario("sudo", lambda _guest: None), guest, tmp_path)

    assert (result.verdict, result.reason) == (Verdict.PASSED, "")
    assert (result.journal, list(result.unlocks)) == ("[1.0] facelatchd: match", [4.5])
    guest.recover.assert_not_called()


@pytest.mark.parametrize("error", [AssertionError("no root"), Silent("^root$"), Failed("sudo: ended with 1")])
def test_one_that_fails_says_why_and_what_the_screen_shows_and_leaves_a_machine_to_go_on_with(
    guest: MagicMock, tmp_path: Path, error: Exception
) -> None:
    result = act(Scenario("sudo", ending_in(error)), guest, tmp_path)

    assert result.verdict is Verdict.FAILED
    assert str(error) in result.reason
    assert "alice@machine:~$" in result.reason
    assert result.journal
    guest.monitor.photograph.assert_called_once_with(tmp_path / "sudo.png")
    guest.recover.assert_called_once()


def test_one_that_does_not_fit_the_machine_is_left_out(guest: MagicMock, tmp_path: Path) -> None:
    result = act(Scenario("sudo", ending_in(Skipped("no TPM"))), guest, tmp_path)

    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "no TPM")


@pytest.mark.parametrize("error", [HungUp("the line is dead"), RuntimeError("qemu has ended before send-key")])
def test_a_machine_that_dies_is_told_from_a_scenario_that_fails(
    guest: MagicMock, tmp_path: Path, error: Exception
) -> None:
    result = act(Scenario("sudo", ending_in(error)), guest, tmp_path)

    assert result.verdict is Verdict.DEAD
    assert str(error) in result.reason


def test_a_machine_on_which_no_shell_answers_after_a_failure_is_dead(guest: MagicMock, tmp_path: Path) -> None:
    guest.is_alive.return_value = False
    result = act(Scenario("sudo", ending_in(AssertionError("no root"))), guest, tmp_path)

    assert result.verdict is Verdict.DEAD
    assert "no root" in result.reason
