"""The files that the bus, polkit and systemd read say what the design says, and speak of the same things."""

from __future__ import annotations

import configparser
import re
import xml.etree.ElementTree as ElementTree
from typing import Final

import pytest

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
