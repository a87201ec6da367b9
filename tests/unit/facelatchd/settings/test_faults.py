"""What is said of settings that cannot be used: file, line, place, what was expected, and what was perhaps meant."""

from __future__ import annotations

import contextlib
import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as some

from facelatchd.settings import SettingsError
from facelatchd.settings.files import _starts
from tests.unit.facelatchd.written import parse_settings


def complaint(text: str) -> str:
    """What is said of a file with this text."""
    with pytest.raises(SettingsError) as refusal:
        parse_settings(text.encode(), "f.toml")
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # a typo, and what was meant
        ("[camera]\nusse = ''", "f.toml:2: camera.usse: is unknown; did you mean use?"),
        ("\n[pasword]\n", "f.toml:2: pasword: is unknown; did you mean password?"),
        ("[class.unlok]\n", "f.toml:1: class.unlok: is unknown; did you mean unlock?"),
        ("[class.login]\n\nlevle = 'strict'", "f.toml:3: class.login.levle: is unknown; did you mean level?"),
        ("[seat]\nafter_boot = true", "f.toml:2: seat.after_boot: is unknown here; did you mean password.after_boot?"),
        ("[unlock]\n", "f.toml:1: unlock: is unknown here; did you mean class.unlock?"),
        ("cellar = 1", "f.toml:1: cellar: is unknown; expected password, camera, seat or class"),
        ("[class.cellar]\nservices = []", "f.toml:1: class.cellar: is unknown; expected unlock, login or elevate"),
        # a wrong value
        ("[camera]\nuse = 3", 'f.toml:2: camera.use: expected the id or path of a camera in quotes'),
        ("[camera]\ntrusted = 'usb-1'", "f.toml:2: camera.trusted: expected a list [...], each the id or path"),
        ("[camera]\ntrusted = ['a', 3]", "not 3"),
        ("[camera]\nbind = 'yes'", 'f.toml:2: camera.bind: expected true or false, not "yes"'),
        ("[camera]\ninfrared = true", 'infrared: expected "auto", "off" or "required", not true'),
        ("[password]\nafter_hours = '72'", 'after_hours: expected a number from 0 to 8760, not "72"'),
        ("[password]\nafter_hours = -1", "a number from 0 to 8760, not -1"),
        ("[password]\nafter_hours = inf", "a number from 0 to 8760, not Infinity"),
        ("[password]\nafter_suspend_hours = nan", "a number from 0 to 8760, not NaN"),
        ("[password]\nafter_mismatches = 51", "after_mismatches: expected a whole number from 0 to 50, not 51"),
        ("[password]\nafter_mismatches = 2.5", "a whole number from 0 to 50, not 2.5"),
        ("[class.unlock]\nseconds = 31", "f.toml:2: class.unlock.seconds: expected a number from 0.5 to 30, not 31"),
        ("[class.unlock]\nno_face_seconds = 0.4", "no_face_seconds: expected a number from 0.5 to 30, not 0.4"),
        ("[class.unlock]\nlevel = 'sloppy'", 'level: expected "convenient", "balanced" or "strict", not "sloppy"'),
        ("[class.unlock]\nservices = 'sudo'", "services: expected a list [...], each a PAM service"),
        ("[class.unlock]\nservices = ['a b']", 'a PAM service, called as its file in /etc/pam.d ("sudo"), not "a b"'),
        ("[class.unlock]\nservices = ['door\\n']", "a PAM service"),
        ('[class.unlock]\nservices = ["door\\n"]', r'not "door\n"'),
        ('[camera]\nuse = "\\u001b[2J"', r'without control characters, not "\u001b[2J"'),
        # a wrong shape
        ("class = 1", "f.toml:1: class: expected tables such as [class.unlock]"),
        ("\n[[class]]\nx = 1", "f.toml:2: class: expected tables such as [class.unlock]"),
        ("[class]\nunlock = 1", "f.toml:2: class.unlock: expected a table, [class.unlock], not 1"),
        ("camera = 1", "f.toml:1: camera: expected a table, [camera], not 1"),
        ("[camera.use]\nx = 1", "f.toml:1: camera.use: expected the id or path of a camera"),
        # what never has a rule
        ("[class.other]\nservices = ['sshd']", "f.toml:1: class.other: what no class names is refused"),
        # what was written in earlier versions
        ("[look]\nseconds = 4.0", "f.toml:1: look: this table is gone: seconds and no_face_seconds stand with"),
        ("[class.unlock]\nliveness = true", 'not true; what was true is "passive" now'),
        ("[class.unlock]\nliveness = false", 'not false; what was false is "off" now'),
        ("[class.unlock]\nintent = true", 'not true; what was true is "key" now'),
        ("[class.unlock]\nintent = false", 'not false; what was false is "none" now'),
        ("[camera]\nahead = false", "expected a number from 0 to 30, not false; 0 is never"),
        ("[camera]\nahead = 31", "f.toml:2: camera.ahead: expected a number from 0 to 30, not 31"),
        ("[camera]\nhold = true", "expected a number from 0 to 10, not true"),
        ("[camera]\nhold = false", "not false; 0 is not at all"),
        ("[camera]\nhold = -1", "f.toml:2: camera.hold: expected a number from 0 to 10, not -1"),
        ("[class.unlock]\nhold = 1", "is unknown here; did you mean camera.hold?"),
        # what does not go together
        ("[class.unlock]\nservices = ['sudo']", 'f.toml:2: class.elevate.services: "sudo" is in more than one class'),
        ("[class.unlock]\nseconds = 2\n", "f.toml:2: class.unlock.no_face_seconds: expected no more than seconds"),
        # no TOML at all
        ("x = \n[look]", "f.toml:1: Invalid value"),
        ("a = 1\nb = [1,\n2", "f.toml:3: "),
        ("a = 1\na = 2", "f.toml:2: Cannot overwrite a value"),
        ("\n\nnonsense", "f.toml:3: "),
        ("x = 1" + "0" * 5000, "f.toml: Exceeds the limit"),
        ("[password]\nafter_hours = 0x" + "f" * 5000, "f.toml:2: password.after_hours: expected a number from 0"),
        ("x = " + "[" * 100_000, "f.toml: brackets are nested too deeply"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_its_place_and_what_was_expected(text: str, said: str) -> None:
    told = complaint(text)
    assert said in told
    assert told.startswith("f.toml:")
    assert "\n" not in told
    assert len(told) < 400


def test_a_file_that_is_no_text_is_named_with_the_line_of_the_byte() -> None:
    with pytest.raises(SettingsError, match=r"^f\.toml:3: expected UTF-8, not the byte 0xff$"):
        parse_settings(b"# one\n# two\nx = '\xff'", "f.toml")


def test_the_same_service_twice_in_one_class_is_no_mistake() -> None:
    settings = parse_settings(b"[class.unlock]\nservices = ['door', 'door']", "f.toml")
    assert settings.class_of("door").value == "unlock"


@pytest.mark.parametrize("seconds", ["0.5", "30", "30.0"])
def test_the_ends_of_a_range_belong_to_it(seconds: str) -> None:
    parse_settings(f"[class.unlock]\nseconds = {seconds}\nno_face_seconds = 0.5".encode(), "f.toml")


# --- lines ------------------------------------------------------------------------------------------------------------

SPELLINGS = {
    "a table": "# why\n[class.unlock]\nallowed = true\n\n  level = 'x' # here\n",
    "a dotted key": "\n\n\n\nclass.unlock.level = 'x'\nclass.unlock.allowed = true\n",
    "a dotted table": "[class]\nunlock.allowed = true\n\n\nunlock.level = 'x'\n",
    "an inline table": "[seat]\nlid = true\n\n[class]\nunlock = { allowed = true, level = 'x' }\n",
    "quoted keys": "\n\n\n['class'.\"unlock\"]\n'level' = 'x'\n",
    "behind a list": "[class.unlock]\nservices = [\n  # [class.unlock]\n  'a', 'b']\nlevel = 'x'\n",
    "behind a text of several lines": '[class.unlock]\nservices = [\'a\', """\\\n   level\\\n"""]\nlevel = \'x\'\n',
    "behind a comment with half a bracket": "# [ {\n# don't\n[class.unlock]\nallowed = true\nlevel = 'x'\n",
    "behind half a bracket in quotes": "[camera]\ntrusted = ['a[', \"{\\\"[\",\n]\n[class.unlock]\nlevel = 'x'\n",
    "behind quotes in quotes": "[camera]\ntrusted = [\"\"\"a\"[\"\"\", '''\n'{''''']\n[class.unlock]\nlevel = 'x'\n",
    "Windows' line ends": "\r\n\r\n[class.unlock]\r\n\r\nlevel = 'x'\r\n",
    "without a last line end": "\n\n[class.unlock]\n\nlevel = 'x'",
    "a value of several lines": "\n[class.login]\n\n[class.unlock]\nlevel = '''\nx\n'''\nallowed = true\n",
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_the_line_is_found_however_the_file_is_written(text: str) -> None:
    assert complaint(text).startswith("f.toml:5: class.unlock.level: expected")


@given(some.lists(some.tuples(some.sampled_from(["unlock", "login", "elevate"]), some.integers(0, 3)), max_size=9))
def test_the_line_is_that_of_the_only_wrong_one_of_many(blocks: list[tuple[str, int]]) -> None:
    lines: list[str] = []
    for number, (name, blank) in enumerate(dict(blocks).items()):
        services = f"services = [\n'a{number}',\n]"
        lines += [f"[class.{name}]", *[""] * blank, *services.split("\n"), "# seconds = 'x'"]
    lines += ["[seat]", "lid = true", "required = 'x'"]
    assert complaint("\n".join(lines)).startswith(f"f.toml:{len(lines)}: seat.required: ")


# --- anything ---------------------------------------------------------------------------------------------------------

words = some.sampled_from(
    ["class", "unlock", "login", "other", "camera", "use", "trusted", "password", "after_hours", "after_mismatches",
     "seat", "look", "liveness", "services", "seconds", "\n", "\x1b", "ü", "'", ""]
)  # fmt: skip
ODD = "ab \"'\\\n\t\x1b\x7f\x85\u202e\u2028ü漢😀=#[]{}.,"
leaves = some.one_of(
    some.booleans(), some.integers(-(10**400), 10**400), some.floats(), some.text(ODD, max_size=9), some.dates()
)
trees = some.recursive(
    leaves,
    lambda below: some.one_of(some.lists(below, max_size=3), some.dictionaries(words, below, max_size=4)),
    max_leaves=12,
)


@given(some.dictionaries(words, trees, max_size=4))
def test_whatever_a_file_says_it_is_taken_or_refused_on_one_printable_line(document: dict[str, object]) -> None:
    text = tomlkit.dumps(document)
    try:
        parse_settings(text.encode(), "f.toml")
    except SettingsError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017
        assert len(str(refusal)) < 1000  # noqa: PT017


@given(some.dictionaries(words, trees, max_size=4), some.sampled_from(["", *SPELLINGS.values()]))
def test_up_to_where_a_statement_may_begin_a_file_is_a_document(document: dict[str, object], before: str) -> None:
    text = f"{before}\n[x]\n{tomlkit.dumps(document)}" if before else tomlkit.dumps(document)
    lines = text.split("\n")
    with contextlib.suppress(tomllib.TOMLDecodeError):  # tomlkit writes some that are none
        tomllib.loads(text)
        starts = list(_starts(text))
        assert starts[0] == 0
        for start in starts:
            _load("\n".join([*lines[:start], ""]))


def _load(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AssertionError(text) from error


@given(some.binary(max_size=200))
def test_whatever_bytes_a_file_holds_they_are_taken_or_refused_by_its_name(content: bytes) -> None:
    try:
        parse_settings(content, "f.toml")
    except SettingsError as refusal:
        assert str(refusal).startswith("f.toml:")  # noqa: PT017
