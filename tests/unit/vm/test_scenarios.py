"""Which scenarios are played, by which keys a text is typed, and how long is waited."""

from __future__ import annotations

import string
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from tests.places import TREE
from tests.vm.cargo import package, with_version
from tests.vm.emulator import keys_of
from tests.vm.guest import ADMINISTRATORS_PASSWORD, PASSWORD, Guest
from tests.vm.patience import Patience
from tests.vm.scenarios import Length, Scenario, chosen
from tests.vm.scenarios.order import SCENARIOS
from tests.vm.states import state


def _play(_guest: object) -> None:
    raise AssertionError("nobody plays it here")


ONE = Scenario("sudo_takes_the_face", _play, Length.SHORT)
TWO = Scenario("su_takes_the_face", _play)


def test_without_a_word_every_scenario_is_played() -> None:
    assert chosen([ONE, TWO], [], short=False) == [ONE, TWO]


def test_a_word_of_its_name_chooses_a_scenario() -> None:
    assert chosen([ONE, TWO], ["sudo"], short=False) == [ONE]
    assert chosen([ONE, TWO], ["takes the"], short=False) == [ONE, TWO]
    assert chosen([ONE, TWO], ["ssh"], short=False) == []


def test_the_short_form_plays_the_short_ones_only() -> None:
    assert chosen([ONE, TWO], [], short=True) == [ONE]


def test_no_two_scenarios_have_the_same_name() -> None:
    names = [one.name for one in SCENARIOS]

    assert len(names) == len(set(names))


def test_the_packages_are_installed_first_and_purged_last() -> None:
    assert "install" in SCENARIOS[0].name
    assert "purge" in SCENARIOS[-1].name


@pytest.mark.parametrize(
    ("character", "keys"),
    [("a", ("a",)), ("A", ("shift", "a")), ("7", ("7",)), ("\n", ("ret",)), ("_", ("shift", "minus")),
     (">", ("shift", "dot")), ("$", ("shift", "4")), ('"', ("shift", "apostrophe")), ("|", ("shift", "backslash"))],
)  # fmt: skip
def test_a_character_is_typed_by_its_keys(character: str, keys: tuple[str, ...]) -> None:
    assert keys_of(character) == keys


def test_whatever_can_be_printed_can_be_typed_by_keys_of_its_own() -> None:
    printable = string.ascii_letters + string.digits + string.punctuation + " "

    assert len({keys_of(character) for character in printable}) == len(printable)


def test_a_character_that_is_not_on_the_keyboard_is_an_error() -> None:
    with pytest.raises(KeyError):
        keys_of("\u00e9")


def test_a_machine_that_is_emulated_is_waited_for_longer() -> None:
    emulated, virtual = (Patience.with_accelerator(name) for name in ("tcg,thread=multi", "kvm"))

    assert emulated.look > 5 * virtual.look
    assert emulated.moment < emulated.look < emulated.work


def test_the_image_has_the_passwords_that_are_typed() -> None:
    recipe = (TREE / "tests" / "vm" / "build.sh").read_text()

    assert f"$user:{PASSWORD}" in recipe
    assert f"root:{ADMINISTRATORS_PASSWORD}" in recipe


def test_a_state_that_is_reached_is_not_brought_about_again() -> None:
    brought = []

    @state
    def ready(guest: Guest) -> None:
        brought.append(guest)

    guest = create_autospec(Guest, instance=True, reached=set())
    ready(guest)
    ready(guest)

    assert brought == [guest]


def test_an_earlier_package_names_its_sisters_by_the_earlier_version() -> None:
    control = "Package: libpam-facelatch\nVersion: 0.1.0\nDepends: facelatch (= 0.1.0), libc6 (>= 0.1.0)\n"

    assert with_version(control, "0~earlier") == (
        "Package: libpam-facelatch\nVersion: 0~earlier\nDepends: facelatch (= 0~earlier), libc6 (>= 0.1.0)\n"
    )


def test_a_folder_with_two_of_a_package_is_not_guessed_about(tmp_path: Path) -> None:
    for version in ("0.1.0", "0.2.0"):
        (tmp_path / f"facelatch_{version}_amd64.deb").touch()
    (tmp_path / "facelatch-gui_0.1.0_amd64.deb").touch()

    with pytest.raises(FileNotFoundError, match="holds 2 packages facelatch"):
        package(tmp_path, "facelatch")
    assert package(tmp_path, "facelatch-gui").name == "facelatch-gui_0.1.0_amd64.deb"
