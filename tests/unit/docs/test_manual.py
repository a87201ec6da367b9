"""The manual says what the code says: commands, options, settings, defaults, the PAM module, exit codes, places."""

from __future__ import annotations

import enum
import os
import re
import shutil
import subprocess
import tomllib
import typing
from pathlib import Path

import msgspec
import pytest

import facelatch_gui.app
import facelatch_models.cli.console
import facelatchd.judge
from facelatch import address
from facelatch.cli.app import app
from facelatch.cli.failure import ExitCode
from facelatch.types import ServiceClass
from facelatchd.settings import CameraRule, ClassRule, PasswordRule, SeatRule
from facelatchd.settings.rules import CLASSES, DEFAULT_RULES
from tests import manual
from tests.places import TREE

SOURCES = {path.name.removesuffix(".scd"): path.read_text() for path in sorted(manual.SOURCES.glob("*.scd"))}
PAGES = sorted(SOURCES)
SETTINGS = SOURCES["facelatch.toml.5"]
DOOR = SOURCES["pam_facelatch.8"]
OPTIONS_C = (TREE / "pam" / "options.c").read_text()
DOOR_C = (TREE / "pam" / "pam_facelatch.c").read_text()
ROOMS = ("client", "daemon", "models", "gui", "systemd", "packaging")

PROTOCOL = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}
OF_LIBRARIES = {"NO_COLOR"}
"""What Rich reads for us."""
OF_THE_SESSION = {"DISPLAY", "WAYLAND_DISPLAY", "ORT_DISABLE_TELEMETRY", "OPENBLAS_NUM_THREADS"}
"""What the doctor looks at, and what we set ourselves: nothing to be set for us."""


def section(source: str, name: str) -> str:
    """The text of a section."""
    found = re.search(rf"(?ms)^# {re.escape(name)}\n(.*?)(?=^# |\Z)", source)
    assert found, f"there is no section {name}"
    return found[1]


def terms(text: str) -> list[str]:
    """What is described in a text: lines above something indented."""
    return [term.replace("\\", "") for term in re.findall(r"(?m)^(\S.*)\n\t", text)]


def names(text: str) -> set[str]:
    """The bold words of what is described."""
    return {name for term in terms(text) for name in re.findall(r"\*([^*]+)\*", term)}


# --- what is made of the code -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parts() -> dict[str, dict[str, str]]:
    return manual.parts()


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_are_those_of_the_code(page: str, parts: dict[str, dict[str, str]]) -> None:
    begun = set(re.findall(r"(?m)^; begin (\S+)$", SOURCES[page]))
    assert begun == set(parts.get(page, {})), "not the parts that tests/manual.py writes"
    assert manual.renewed(SOURCES[page], parts.get(page, {})) == SOURCES[page], "out of date: run `make manual`"


def test_a_part_without_a_place_is_missed() -> None:
    with pytest.raises(ValueError, match="no place for options"):
        manual.renewed("# OPTIONS\n", {"options": "*--all*"})


def test_no_page_names_a_command_that_there_is_not() -> None:
    _options, commands = manual.commands_of(app, "facelatch")
    known = {command.name for command in commands} | {command.name.split()[0] for command in commands}
    for page, source in SOURCES.items():
        for name in re.findall(r"(?:\*|^)(?:sudo )?facelatch ((?:pack |pam )?[a-z][a-z-]+)", source, re.M):
            assert name in known, f"{page}: facelatch {name}"


# --- exit codes, environment, places ----------------------------------------------------------------------------------


def _codes(kind: type[enum.IntEnum], *besides: int) -> set[int]:
    return {code.value for code in kind} | set(besides)


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        ("facelatch.1", _codes(ExitCode)),
        ("facelatch-models.1", _codes(facelatch_models.cli.console.Code)),
        ("facelatch-settings.1", {0, 2, facelatch_gui.app.CANNOT_WORK}),
        ("facelatchd.8", {0, 2, facelatchd.judge.EX_UNAVAILABLE, facelatchd.judge.EX_CONFIG}),
        ("facelatch-eye.8", {0, 1, 2}),
        ("facelatch-key.8", {0, 1, 2}),
    ],
)
def test_exit_codes_are_those_of_the_code(page: str, codes: set[int]) -> None:
    assert {int(name) for name in names(section(SOURCES[page], "EXIT STATUS"))} == codes


def test_the_environment_is_that_of_the_code() -> None:
    read = {address.VARIABLE}
    for room in ("client", "daemon", "models", "gui"):
        for path in (TREE / room).rglob("*.py"):
            read |= set(re.findall(r'environ(?:ment)?(?:\.get\(|\[|\.setdefault\()"(\w+)"', path.read_text()))
    told = {
        name
        for source in SOURCES.values()
        if "# ENVIRONMENT" in source
        for name in names(section(source, "ENVIRONMENT"))
    }
    assert told == (read - OF_THE_SESSION) | OF_LIBRARIES
    assert told >= PROTOCOL


@pytest.mark.parametrize("page", PAGES)
def test_every_place_that_a_page_names_is_one_of_ours(page: str) -> None:
    written = "".join(
        path.read_text()
        for room in ROOMS
        for path in (TREE / room).rglob("*")
        if path.suffix in {".py", ".service", ".socket", ".sh", ".conf", ".install", ".toml"} and path.is_file()
    )
    written += (TREE / "docs" / "contracts.md").read_text()
    installed = {f"/usr/lib/systemd/system/{path.name}" for path in (TREE / "systemd").glob("facelatch*.*")}
    installed |= {
        f"/usr/share/dbus-1/interfaces/{path.name}" for path in (TREE / "client").rglob("org.facelatch.*.xml")
    }
    installed |= {f"/var/lib/facelatch/{name}" for name in re.findall(r'state_dir / "([\w.]+)"', written)}
    found = re.findall(r"/[\w./*-]*facelatch[\w./*-]*", SOURCES[page].replace("\\", ""))
    named = {path.rstrip("_*.").partition("/conf.d/")[0] for path in found}
    for path in sorted(named - installed):
        assert path in written, f"{page} names {path}, which nothing else does"


# --- settings ---------------------------------------------------------------------------------------------------------

TABLES: dict[str, type[msgspec.Struct]] = {
    "[password]": PasswordRule,
    "[camera]": CameraRule,
    "[seat]": SeatRule,
    "[class.unlock], [class.login], [class.elevate]": ClassRule,
}
ENTRY = re.compile(r"(?m)^\*(\w+)\*(?: = (.+))?\n\t(.*(?:\n\t.*)*)")


def _entries(table: str) -> dict[str, tuple[str, str]]:
    return {key: (default, text) for key, default, text in ENTRY.findall(section(SETTINGS, table))}


def _range(kind: typing.Any) -> str:
    """How the page begins to say what a value may be."""
    info = msgspec.inspect.type_info(kind)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    match info:
        case msgspec.inspect.BoolType():
            return "true or false."
        case msgspec.inspect.IntType(ge=low, le=high):
            return f"A whole number from {low} to {high}"
        case msgspec.inspect.FloatType(ge=low, le=high):
            return f"A number from {low:g} to {high:g}"
        case msgspec.inspect.EnumType(cls=words):
            *most, last = [f'"{word.value}"' for word in words]
            return f"{', '.join(most)} or {last}."
        case msgspec.inspect.VarTupleType():
            return "A list of "
        case msgspec.inspect.StrType():
            return "The id or path of a camera"
    raise TypeError(info)


def test_every_table_has_its_section() -> None:
    assert re.findall(r"(?m)^# (\[.*)$", SETTINGS) == list(TABLES)
    assert all(f"[class.{kind.value}]" in list(TABLES)[-1] for kind in CLASSES)


@pytest.mark.parametrize("table", TABLES)
def test_the_settings_of_a_table_are_those_of_the_code(table: str) -> None:
    fields = msgspec.structs.fields(TABLES[table])
    hints = typing.get_type_hints(TABLES[table], include_extras=True)
    entries = _entries(table)
    assert list(entries) == [field.name for field in fields]
    for field in fields:
        default, text = entries[field.name]
        assert text.startswith(_range(hints[field.name])), field.name
        if field.default is msgspec.NODEFAULT:
            assert default == "", field.name
        else:
            said = tomllib.loads(f"it = {default}")["it"]
            assert msgspec.convert(said, hints[field.name]) == field.default, field.name


def test_where_a_class_differs_the_page_says_so() -> None:
    entries = _entries("[class.unlock], [class.login], [class.elevate]")
    for kind, rule in DEFAULT_RULES.items():
        for field in msgspec.structs.fields(ClassRule):
            value = msgspec.to_builtins(getattr(rule, field.name))
            told = re.findall(rf'\*class\.{kind.value}\*: "(\w+)"', entries[field.name][1])
            if field.name != "services":
                assert told == ([value] if getattr(rule, field.name) != field.default else []), (kind, field.name)


@pytest.mark.parametrize("kind", CLASSES)
def test_the_services_of_a_class_are_those_of_the_code(kind: ServiceClass) -> None:
    (told,) = re.findall(rf"(?m)^\*class\.{kind.value}\*\n\t(.*)$", SETTINGS)
    assert tuple(told.split(", ")) == DEFAULT_RULES[kind].services


# --- the PAM module ---------------------------------------------------------------------------------------------------


def test_the_doors_options_are_those_of_the_code() -> None:
    taken = set(re.findall(r'value_of\(argument, "(\w+=)"\)', OPTIONS_C))
    taken |= set(re.findall(r'strcmp\(argument, "(\w+)"\)', OPTIONS_C))
    assert names(section(DOOR, "OPTIONS")) == taken
    assert set(re.findall(r"\[\*([^*]+)\*", section(DOOR, "SYNOPSIS"))) == taken


def test_the_doors_ranges_and_defaults_are_those_of_the_code() -> None:
    entries = dict(re.findall(r"(?m)^\*(\w+)=?\*.*\n\t(.*(?:\n\t.*)*)", section(DOOR, "OPTIONS")))
    highest = dict(re.findall(r"take_number\(value, (\d+), &options->(\w+)\)", OPTIONS_C))
    assert highest
    for high, name in highest.items():
        (default,) = re.findall(rf"\.{name} = (\d+)", OPTIONS_C)
        assert f"1 to {high}" in entries[name]
        assert f"Default: {default}." in entries[name]
    for name in ("socket", "judge"):
        (default,) = re.findall(rf'\.{name} = "(.*)"', OPTIONS_C)
        assert f"Default: _{default}_." in entries[name]
    for word in re.findall(r'strcmp\(value, "(\w+)"\)', OPTIONS_C):
        assert f"_{word}_ is" in " ".join(entries["timeout_result"].split())


def test_the_doors_return_values_and_message_are_those_of_the_code() -> None:
    returned = set(re.findall(r"return (PAM_[A-Z_]+);", DOOR_C))
    assert names(section(DOOR, "RETURN VALUES")) == returned
    for message in re.findall(r'pam_error\(door->pamh, "(.*?)"\)', DOOR_C):
        assert message in section(DOOR, "MESSAGES")


def test_the_page_does_not_have_the_face_required() -> None:
    examples = section(DOOR, "EXAMPLES")
    lines = [line for line in examples.splitlines() if "pam_facelatch.so" in line]
    assert len(lines) >= 3
    assert not any(re.search(r"\b(required|requisite)\b", line) for line in lines)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_called_as_its_file_and_says_what_it_is_about(page: str) -> None:
    name, number = page.rsplit(".", 1)
    assert SOURCES[page].startswith(f'{name}({number}) "Facelatch"\n')
    assert re.fullmatch(rf"\n{re.escape(name)} - \S.*[^.\n]\n\n", section(SOURCES[page], "NAME"))


def test_pages_refer_to_pages_that_there_are() -> None:
    for page, source in SOURCES.items():
        for name, number in re.findall(r"\*([\w.-]*facelatch[\w.-]*)\*\((\d)\)", source):
            assert f"{name}.{number}" in PAGES, f"{page}: {name}({number})"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("scdoc") is None:
        pytest.skip("scdoc is not installed: apt-get install scdoc")
    build = tmp_path_factory.mktemp("build")
    subprocess.run(["make", "-s", "-f", "docs/man/man.mk", f"BUILD={build}", "man"], cwd=TREE, check=True)
    return build / "man"


def test_the_manual_is_built_whole_and_from_its_sources_alone(built: Path) -> None:
    assert sorted(path.name for path in built.iterdir()) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_finds_nothing_wrong(page: str, built: Path) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed: apt-get install mandoc")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(built / page)], capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.parametrize("page", PAGES)
def test_groff_finds_nothing_wrong(page: str, built: Path) -> None:
    if shutil.which("man") is None or shutil.which("groff") is None:
        pytest.skip("man or groff is not installed: apt-get install man-db groff-base")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
    command = ["man", "--warnings", "--encoding=UTF-8", "--local-file", "-Tutf8", "-Z", str(built / page)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
