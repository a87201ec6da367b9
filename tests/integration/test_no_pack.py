"""Without a pack nothing guesses, and everything says how to mend it. Needs no network, so it runs everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import CommandFailed, House, living_in
from tests.pam.transaction import Code

MEND = "facelatch pack build"


@pytest.fixture(scope="module")
def blind(pam_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("blind")
    with living_in(House(folder / "house", folder / "no" / "pack")) as house:
        yield house


def test_status_says_so_with_the_command_that_mends_it(blind: House) -> None:
    status = blind.command("status", good=(3,))
    assert MEND in status["pack_problem"]
    assert "\n" not in status["pack_problem"]
    assert MEND in status["eye"]


@pytest.mark.parametrize("command", [("enroll",), ("try",)])
def test_commands_say_so_and_end_with_three(blind: House, command: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed) as failure:
        blind.command(*command, "--user", "alice")
    assert failure.value.code == 3


def test_the_door_leaves_the_password(blind: House) -> None:
    outcome = blind.login()
    assert outcome.code == Code.SUCCESS
    assert [style for style, _text in outcome.messages] == ["PROMPT_ECHO_OFF"]
