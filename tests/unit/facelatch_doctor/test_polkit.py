from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from facelatch.doctor.bus import BusDown, CallFailed
from facelatch.doctor.polkit import ACTIONS, AGENTS, check_polkit
from facelatch.doctor.report import Finding, State
from facelatch.doctor.scene import Unrun
from tests.unit.facelatch_doctor.scenes import NO_BUS, FakeBus, FakeCommands, only, scene, write

VERBOSE = """\
{action}:
  description:       Enrol a face
  message:           Authentication is required
  vendor:            Facelatch
  implicit any:      no
  implicit inactive: no
  implicit active:   auth_self
  annotation:        org.freedesktop.policykit.owner -> {owner}

"""
"""What `pkaction` of polkit 122 prints."""

DESKTOP = {"DISPLAY": ":0"}
UID = os.getuid()


def pkaction(owner: str = "unix-user:facelatch", known: tuple[str, ...] = ACTIONS) -> FakeCommands:
    commands = FakeCommands(pkaction=Unrun.FAILED)
    for action in known:
        commands.outputs[f"pkaction --verbose --action-id {action}"] = VERBOSE.format(action=action, owner=owner)
    return commands


def look(root: Path, run: FakeCommands | None = None, **changes: Any) -> tuple[Finding, ...]:
    return tuple(check_polkit(scene(root, run=run or pkaction(), **changes)))


def test_a_polkit_that_knows_our_actions_is_well(tmp_path: Path) -> None:
    assert only(look(tmp_path)).state is State.OK


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        (NO_BUS, "Without the system bus"),
        ({"ListNames": ([],)}, "There is no polkit"),
        ({"Ping": BusDown("timed out")}, "polkit does not answer (timed out)"),
        ({"Ping": CallFailed("org.freedesktop.systemd1.NoSuchUnit", "no unit")}, "cannot be started (no unit)"),
    ],
)
def test_a_polkit_that_is_not_there_leaves_enrolling_to_root(tmp_path: Path, replies: Any, says: str) -> None:
    found = only(look(tmp_path, bus=FakeBus(replies)))
    assert found.state is State.WARNING
    assert says in found.text
    assert found.text.endswith("only root can enrol and remove faces.")


def test_actions_that_polkit_does_not_know_are_named(tmp_path: Path) -> None:
    found = only(look(tmp_path, pkaction(known=ACTIONS[:4])))
    assert found.state is State.WARNING
    assert "does not know org.facelatch.manage-others, org.facelatch.configure:" in found.text


def test_an_action_without_the_owner_is_a_warning(tmp_path: Path) -> None:
    commands = pkaction()
    key = f"pkaction --verbose --action-id {ACTIONS[1]}"
    commands.outputs[key] = VERBOSE.format(action=ACTIONS[1], owner="").replace(
        "org.freedesktop.policykit.owner -> ", ""
    )
    found = only(look(tmp_path, commands))
    assert found.state is State.WARNING
    assert f"ask about {ACTIONS[1]} (owner is not unix-user:facelatch)" in found.text


@pytest.mark.parametrize(("uid", "state"), [(0, State.OK), (1, State.WARNING)])
def test_the_owner_is_who_the_daemon_runs_as_unless_that_is_root(tmp_path: Path, uid: int, state: State) -> None:
    assert only(look(tmp_path, bus=FakeBus({"GetConnectionUnixUser": (uid,)}))).state is state


def test_without_pkaction_what_polkit_knows_is_left_open(tmp_path: Path) -> None:
    found = only(look(tmp_path, FakeCommands()))
    assert found.state is State.OK
    assert "cannot be asked" in found.text


def test_a_desktop_without_an_agent_is_worth_a_note(tmp_path: Path) -> None:
    _well, agent = look(tmp_path, environment=DESKTOP, uid=UID or 1000)
    assert (agent.state, agent.command) == (State.NOTE, "facelatch enroll")


def test_an_agent_of_somebody_else_does_not_ask_here(tmp_path: Path) -> None:
    process = write(tmp_path, "proc/77/comm", f"{AGENTS[0]}\n").parent
    assert len(look(tmp_path, environment=DESKTOP, uid=process.stat().st_uid + 1)) == 2
    os.chown(process, 1, -1) if UID == 0 else None
    assert len(look(tmp_path, environment=DESKTOP, uid=process.stat().st_uid)) == 1


def test_agents_are_named_as_the_kernel_names_them() -> None:
    """The kernel keeps fifteen characters of a name."""
    assert all(len(name) <= 15 for name in AGENTS)


@pytest.mark.parametrize(("environment", "uid"), [({}, 1000), (DESKTOP, 0)])
def test_a_terminal_and_root_need_no_agent(tmp_path: Path, environment: dict[str, str], uid: int) -> None:
    assert len(look(tmp_path, environment=environment, uid=uid)) == 1
