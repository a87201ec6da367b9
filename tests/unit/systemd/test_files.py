"""The files that the bus, polkit and systemd read say what the design says, and speak of the same things."""

from __future__ import annotations

import configparser
import re
import xml.etree.ElementTree as ElementTree
from typing import Final

import pytest

from facelatchd.keys import CREDENTIAL
from tests.check_units import lines_without_reason
from tests.places import TREE

FOLDER: Final = TREE / "systemd"
INTERFACES: Final = TREE / "client" / "facelatch" / "interfaces"
ICONS: Final = TREE / "gui" / "data" / "icons"
LANGUAGES: Final = {"de", "zh_CN"}
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

BUS: Final = ElementTree.parse(FOLDER / "org.facelatch.conf").getroot()
POLKIT: Final = ElementTree.parse(FOLDER / "org.facelatch.policy").getroot()
ACTIONS: Final = {str(action.get("id")): action for action in POLKIT.iter("action")}


def unit(name: str) -> dict[str, list[str]]:
    """A unit's settings by "Section.Key"; a key may stand several times."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in (FOLDER / name).read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(f"{section}.{key}", []).append(value)
    return found


def judge_account() -> str:
    """Whom the judge's unit runs as, and whom sysusers makes."""
    (user,) = unit("facelatchd.service")["Service.User"]
    assert re.search(rf"^u {user} ", (FOLDER / "sysusers.conf").read_text(), re.MULTILINE)
    return user


def test_the_bus_gives_the_name_to_the_judges_account_and_to_nobody_else() -> None:
    owners = {str(policy.get("user")): [rule.attrib for rule in policy] for policy in BUS if policy.get("user")}
    assert owners == {judge_account(): [{"own": "org.facelatch"}]}
    assert all("own" not in rule.attrib for policy in BUS if not policy.get("user") for rule in policy)


def test_the_bus_lets_through_our_interfaces_and_the_standard_ones_each_by_its_name() -> None:
    ours = {
        str(interface.get("name"))
        for file in INTERFACES.glob("*.xml")
        for interface in ElementTree.parse(file).getroot().iter("interface")
    }
    assert len(ours) == 2
    standard = {f"org.freedesktop.DBus.{name}" for name in ("Introspectable", "Properties", "Peer")}
    (policy,) = (policy for policy in BUS if policy.get("context") == "default")
    assert all(rule.tag == "allow" and set(rule.attrib) == {"send_destination", "send_interface"} for rule in policy)
    assert {rule.get("send_destination") for rule in policy} == {"org.facelatch"}
    assert {rule.get("send_interface") for rule in policy} == ours | standard


def test_the_bus_starts_the_judge_by_its_unit_and_never_without_its_sandbox() -> None:
    activation = configparser.ConfigParser()
    activation.optionxform = str  # type: ignore[assignment,method-assign]
    activation.read(FOLDER / "org.facelatch.service")
    assert dict(activation["D-BUS Service"]) == {
        "Name": "org.facelatch",
        "SystemdService": "facelatchd.service",
        "Exec": "/bin/false",
        "User": judge_account(),
    }


def test_polkit_gives_nothing_away_from_an_active_session_and_enrolling_for_a_fresh_password_only() -> None:
    def defaults(action: ElementTree.Element) -> tuple[str | None, ...]:
        return tuple(action.findtext(f"defaults/allow_{where}") for where in ("any", "inactive", "active"))

    assert {name: defaults(action) for name, action in ACTIONS.items()} == {
        "org.facelatch.verify": ("no", "no", "yes"),
        "org.facelatch.enroll": ("no", "no", "auth_self"),
        "org.facelatch.delete": ("no", "no", "auth_self_keep"),
        "org.facelatch.export": ("no", "no", "auth_self"),
        "org.facelatch.manage-others": ("no", "no", "auth_admin"),
        "org.facelatch.configure": ("no", "no", "auth_admin_keep"),
    }


@pytest.mark.parametrize("name", ACTIONS)
def test_the_judge_owns_the_action_and_so_may_ask_about_it(name: str) -> None:
    notes = {note.get("key"): note.text for note in ACTIONS[name].iter("annotate")}
    assert notes == {"org.freedesktop.policykit.owner": f"unix-user:{judge_account()}"}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("tag", ["description", "message"])
def test_the_action_is_spoken_of_in_every_language(name: str, tag: str) -> None:
    said = {element.get(XML_LANG, ""): element.text or "" for element in ACTIONS[name].findall(tag)}
    assert said.keys() == LANGUAGES | {""}
    assert len(set(said.values())) == len(said)
    assert all(said.values())


def test_the_interfaces_speak_of_the_actions_that_polkit_knows() -> None:
    named = {
        name for file in INTERFACES.glob("*.xml") for name in re.findall(r"org\.facelatch\.[a-z-]+", file.read_text())
    }
    assert named == ACTIONS.keys()


def test_the_icon_that_the_dialogs_show_is_there() -> None:
    names = {element.text for element in POLKIT.iter("icon_name")}
    assert names == {"org.facelatch.Settings"}
    assert list(ICONS.rglob("org.facelatch.Settings.svg"))


def test_the_judge_cannot_grow_beyond_a_bound() -> None:
    """Any local user may send it messages of 32 MiB, which GLib unpacks before anybody looks at them."""
    judge = unit("facelatchd.service")
    assert judge["Service.MemoryMax"] == ["1G"]
    assert judge["Service.MemorySwapMax"] == ["0"]


def test_the_judge_speaks_over_unix_sockets_only() -> None:
    judge = unit("facelatchd.service")
    assert judge["Service.RestrictAddressFamilies"] == ["AF_UNIX"]
    assert judge["Service.PrivateNetwork"] == ["yes"]
    assert judge["Service.BusName"] == ["org.facelatch"]


def services() -> list[str]:
    return ["facelatchd.service", "facelatch-eye.service"]


@pytest.mark.parametrize("name", services())
def test_what_is_in_memory_gets_neither_into_a_core_dump_nor_into_the_swap(name: str) -> None:
    assert unit(name)["Service.LimitCORE"] == ["0"]
    assert unit(name)["Service.MemorySwapMax"] == ["0"]


@pytest.mark.parametrize("name", services())
def test_a_daemon_that_hangs_is_killed_and_comes_back(name: str) -> None:
    hung = unit(name)
    assert hung["Service.WatchdogSec"]
    assert hung["Service.WatchdogSignal"] == ["SIGKILL"]
    assert hung["Service.Restart"] == ["on-abnormal"]


@pytest.mark.parametrize("name", services())
def test_killing_a_daemon_again_and_again_does_not_keep_it_down(name: str) -> None:
    """Systemd gives up on a unit, and on its socket, that starts too often."""
    limits = unit(name)
    (pause,), (interval,), (burst,) = (
        limits[key] for key in ("Service.RestartSec", "Unit.StartLimitIntervalSec", "Unit.StartLimitBurst")
    )
    assert int(interval.removesuffix("s")) / int(pause.removesuffix("s")) + 1 < int(burst)


def test_the_eye_has_cameras_and_the_judge_has_no_device() -> None:
    eye, judge = unit("facelatch-eye.service"), unit("facelatchd.service")
    assert eye["Service.DevicePolicy"] == judge["Service.DevicePolicy"] == ["closed"]
    assert eye["Service.DeviceAllow"] == ["char-video4linux rw"]
    assert "Service.DeviceAllow" not in judge
    assert judge["Service.PrivateDevices"] == ["yes"]


def test_the_eye_has_no_key_no_faces_and_no_bus() -> None:
    eye = unit("facelatch-eye.service")
    assert not [key for key in eye if "Credential" in key or "StateDirectory" in key or "BusName" in key]
    hidden = {path.lstrip("-") for line in eye["Service.InaccessiblePaths"] for path in line.split()}
    judges = {f"/var/lib/{name}" for name in unit("facelatchd.service")["Service.StateDirectory"][0].split()}
    assert hidden >= judges | {"/run/dbus", "/etc/credstore.encrypted"}
    assert eye["Service.User"] != unit("facelatchd.service")["Service.User"]


def test_the_judge_has_its_key_from_systemd_or_does_not_start() -> None:
    judge = unit("facelatchd.service")
    # With its path: systemd 252 starts a unit without a credential that it only knows by name.
    assert judge["Service.LoadCredentialEncrypted"] == [f"{CREDENTIAL}:/etc/credstore.encrypted/{CREDENTIAL}"]
    assert "facelatch-key.service" in judge["Unit.Requires"]
    assert "facelatch-key.service" in judge["Unit.After"][0].split()


@pytest.mark.parametrize("name", services())
def test_a_daemon_sees_its_peers_as_they_are(name: str) -> None:
    assert "Service.PrivateUsers" not in unit(name), "every peer's uid would be 65534"


@pytest.mark.parametrize("name", services())
def test_a_daemon_sees_what_of_proc_it_needs(name: str) -> None:
    assert "Service.ProcSubset" not in unit(name), "no boot id, and no /proc/cpuinfo, which ONNX Runtime wants"


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("[Service]\n# why\nUser=a\nGroup=a\n", []),
        ("[Service]\nUser=a\n# why\nGroup=a\n", ["User=a"]),
        ("[Service]\n# why\nUser=a\n\nGroup=a\n", ["Group=a"]),
        ("[Unit]\n# why\n[Service]\nUser=a\n", ["User=a"]),
        ("[Service]\n# why\n\nUser=a\n", ["User=a"]),
        ("[Unit]\nAfter=a\n", []),
    ],
)
def test_a_line_without_a_reason_is_found(text: str, bare: list[str]) -> None:
    assert lines_without_reason(text) == bare
