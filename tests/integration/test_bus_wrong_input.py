"""Whatever strangers send over the bus: a clear refusal, nothing is lost, and the judge lives on in bounds."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from typing import Any, Final

import pytest
from jeepney import DBusAddress, new_method_call

from tests.bench import calls
from tests.buses import PrivateBus
from tests.integration.bus_client import CAMERA, MANAGER, NAME, Client, Told
from tests.integration.bus_judge import ALICE, ALICE_THERE, BOB, Judge, picture, wait_until
from tests.mocks import Answer, PolicyPolkit, Session, obstacle
from tests.unit.facelatchd.seen import NOBODY

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="to be other users on the bus takes root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]

CROWD: Final = {"alice": ALICE, "bob": BOB, "carol": 4244, "dave": 4245, "erin": 4246}
"""A bus lets each of them in 256 times."""

MIB: Final = 1024 * 1024
PICTURES: Final = {"pictures": ("b", True)}


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    with PrivateBus(people=CROWD) as bus:
        yield bus


@pytest.fixture
def judge(running_judge: Judge, bus: PrivateBus) -> Iterator[Judge]:
    """The same judge for all: it lives on, meets nothing that nobody foresaw, and knows alice as before."""
    eye = running_judge.eye
    eye.scene, eye.pace = [NOBODY], 0.02
    logged = len(bus.log)
    yield running_judge
    assert running_judge.alive
    assert "Traceback" not in bus.log[logged:]
    with running_judge.client() as root:
        assert [face["label"][1] for face in root.call("ListEnrolledFaces", "alice")[0]] == ["made up"]


@pytest.fixture
def client(judge: Judge) -> Iterator[Client]:
    with judge.client() as client:
        yield client
        client.outcome("Release")


def raw(client: Client, path: str, interface: str | None, member: str, signature: str = "", *body: Any) -> str:
    """Make any call and return the error's name, empty where there was none."""
    address = DBusAddress(path, NAME, interface)
    return client.outcome_of(client.post(new_method_call(address, member, signature or None, body)))


@pytest.mark.parametrize(
    "options",
    [
        {"preview": ("s", "yes")},
        {"preview": ("i", 1)},
        {"figures": ("ab", [True])},
        {"preview": ("a{sv}", {})},
        {"nonsense": ("b", True)},
        {"": ("b", True)},
        {"preview": ("b", True), "\x1b[31m": ("b", True)},
        {"preview": ("ay", b"\0" * 1000)},
        {"identify": ("s", "yes")},
        {"attributes": ("i", 1)},
    ],
    ids=str,
)
def test_options_that_are_none_are_refused_and_nothing_starts(
    judge: Judge, client: Client, options: dict[str, Any]
) -> None:
    client.call("Claim", "alice")
    for start, label in (("VerifyStart", "any"), ("EnrollStart", "new"), ("Analyse", picture(0))):
        with pytest.raises(Told, match="BadRequest: options: "):
            client.call(start, label, options)
    assert client.outcome("VerifyStop") == "NoActionInProgress"
    assert not judge.eye.watching


@pytest.mark.parametrize(
    ("service_class", "rule"),
    [
        ("", {}),
        ("other", {"allowed": ("b", True)}),
        ("nonsense", {}),
        ("login", {"level": ("s", "none")}),
        ("login", {"level": ("i", 0)}),
        ("login", {"allowed": ("s", "true")}),
        ("login", {"services": ("as", ["sshd"])}),
        ("login\n[class.other]", {"allowed": ("b", True)}),
    ],
    ids=str,
)
def test_a_rule_that_is_none_is_refused_and_changes_nothing(
    client: Client, service_class: str, rule: dict[str, Any]
) -> None:
    before = client.call("GetPolicy")
    assert client.outcome("SetClassRule", service_class, rule) == "BadRequest"
    assert client.call("GetPolicy") == before


@pytest.mark.parametrize("camera", ["/dev/video99", "no such", "file:", "\n", "../made-up", "x" * 1000], ids=repr)
def test_a_camera_that_is_none_is_not_chosen(client: Client, camera: str) -> None:
    before = client.call("GetPolicy")
    if camera != "file:":  # what a file camera is shows when it is opened
        assert client.outcome("SetCamera", camera) == "NoCamera"
        assert client.call("GetPolicy") == before


@pytest.mark.parametrize("label", ["two\nlines", "\x1b[2J", "‮", "\x7f", "x" * 1000, "made up", "é" * 65], ids=repr)
def test_a_label_that_is_none_is_refused(client: Client, label: str) -> None:
    client.call("Claim", "alice")
    assert client.outcome("EnrollStart", label, PICTURES) == "BadRequest"
    if label != "made up":
        assert client.outcome("RenameEnrolledFace", "made up", label) == "BadRequest"
    assert client.outcome("EnrollStop") == "NoActionInProgress"


@pytest.mark.parametrize("face", ["nobody", "\0x"[1:], "' or 1=1", "x" * 1000, "\x1b[2J", "%"], ids=repr)
def test_a_face_that_is_none_is_not_found(client: Client, face: str) -> None:
    client.call("Claim", "alice")
    for member, *more in (
        ("VerifyStart", {}),
        ("DeleteEnrolledFace",),
        ("RenameEnrolledFace", "other"),
    ):
        assert client.outcome(member, face, *more) == "NoSuchFace"
    assert client.outcome("EnrollStart", "", {"face": ("s", face)}) == "NoSuchFace"


@pytest.mark.parametrize("user", ["nobody-here", "alice ", "Alice", "4242", "a" * 1000, "älice", "\a", "-"], ids=repr)
def test_a_user_who_is_none_is_unknown(client: Client, user: str) -> None:
    for member, *more in (("ListEnrolledFaces",), ("Claim",), ("History", 10)):
        assert client.outcome(member, user, *more) == "UnknownUser"


@pytest.mark.parametrize("limit", [0, 1001, 2**32 - 1])
def test_a_limit_out_of_range_is_refused(client: Client, limit: int) -> None:
    assert client.outcome("History", "alice", limit) == "BadRequest"


def test_calls_to_what_is_not_there_are_told_so(client: Client) -> None:
    errors = "org.freedesktop.DBus.Error."
    for path in ("/", "/org/facelatch", "/org/facelatch/Camera", "/org/facelatch/Camera/99", "/org/facelatch/Camera/x"):
        assert raw(client, path, f"{NAME}.Camera", "Release") in (errors + "UnknownMethod", errors + "UnknownObject")
    for member in ("Nonsense", "__init__", "end", "pause", "_end", "claimed"):
        assert raw(client, CAMERA, f"{NAME}.Camera", member) == errors + "UnknownMethod"
    assert raw(client, MANAGER, f"{NAME}.Camera", "Release") == errors + "UnknownMethod"
    assert raw(client, CAMERA, f"{NAME}.Nonsense", "Release") == errors + "AccessDenied"  # the bus lets nothing else by
    for signature, body in (("", ()), ("ss", ("", "")), ("u", (1,)), ("a{sv}", ({},)), ("v", (("s", ""),))):
        assert raw(client, CAMERA, f"{NAME}.Camera", "Claim", signature, *body) == errors + "InvalidArgs"


@pytest.mark.parametrize(
    ("member", "arguments"),
    [
        ("Claim", ("x" * MIB,)),
        ("VerifyStart", ("x" * MIB, {})),
        ("VerifyStart", ("any", {"x" * MIB: ("b", True)})),
        ("VerifyStart", ("any", {"preview": ("ay", b"x" * MIB)})),
        ("VerifyStart", ("any", {f"{number}": ("b", True) for number in range(10_000)})),
        ("EnrollPicture", ("x" * MIB, b"picture")),
        ("EnrollSave", (list(range(100_000)),)),
        ("SetClassRule", ("x" * 60_000, {})),
        ("Analyse", (b"", {})),
        ("Analyse", (b"x" * (30 * MIB), {})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_far_too_large_is_refused_in_few_words(client: Client, member: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Told) as told:
        client.call(member, *arguments)
    assert told.value.name == "BadRequest"
    assert 10 < len(told.value.text) <= 500


def test_pictures_that_are_none_cost_nothing_but_themselves(client: Client) -> None:
    client.call("Claim", "alice")
    client.call("EnrollStart", "new", PICTURES)
    for data in (b"no picture", b"\xff\xd8", b"\0" * MIB):
        (step,) = client.call("EnrollPicture", "\x1b]0;name", data)
        assert (step["taken"], step["hint"]) == (("b", False), ("s", "bad-picture"))
    for data in (b"", b"x" * (17 * MIB)):
        serial = client.send("EnrollPicture", "name", data)
        with contextlib.suppress(Told):
            assert client.answer(serial)[0]["taken"] == ("b", False)
    (step,) = client.call("EnrollPicture", "good", picture(1))
    assert step["kept"] == ("x", 1)
    assert client.outcome("Analyse", b"no picture", {}) == "BadRequest"


def test_what_many_calls_carry_is_not_kept(judge: Judge, client: Client) -> None:
    heavy = 8 * MIB
    for _ in range(4):
        weigh(client, heavy)
    before = judge.kibibytes()
    for _ in range(20):
        weigh(client, heavy)
    assert judge.kibibytes() - before < 4 * heavy // 1024  # 480 MiB were sent


def weigh(client: Client, size: int) -> None:
    client.outcome("Claim", "x" * size)
    client.outcome("Analyse", b"x" * size, {})
    client.outcome("EnrollPicture", "", b"x" * size)


def test_many_calls_leave_nothing_behind(bus: PrivateBus, judge: Judge) -> None:
    calls.call_many(bus, 480)
    before = judge.kibibytes()
    calls.call_many(bus, 3_000)
    grown = (judge.kibibytes() - before) * 1024
    print(f"{grown / 3_000:.0f} bytes a call")
    assert grown < 3_000 * 500  # before GLib 2.84 each would leave 2200 bytes behind, if nothing were done about it


def test_a_flood_of_calls_that_want_no_answer_is_cut_off(judge: Judge) -> None:
    before = judge.kibibytes()
    judge.forget_peak()
    with judge.client(ALICE) as flood, judge.client(BOB) as bob:
        for _ in range(10_000):
            flood.send("GetStatus", silent=True)
        assert bob.outcome("GetDefaultCamera") == ""
        assert flood.outcome("GetDefaultCamera") in ("", "Busy")
    assert judge.kibibytes("VmHWM") - before < 40 * 1024  # it was 80 MiB while all of them were taken


def test_pictures_of_one_user_do_not_crowd_out_anothers(judge: Judge, bus: PrivateBus) -> None:
    polkit = PolicyPolkit(bus)
    try:
        for uid in (ALICE, BOB):
            polkit.seat(uid, Session.ACTIVE, Answer.DISMISSED)
        with judge.client(ALICE) as alice, judge.client(BOB) as bob:
            serials = [alice.send("Analyse", b"alice 1" + bytes(4 * MIB), {}) for _ in range(10)]
            assert bob.outcome("Analyse", picture(1), {}) == ""
            outcomes = {alice.outcome_of(serial) for serial in serials}
        assert outcomes <= {"Busy", "BadRequest"}
    finally:
        polkit.end()


def test_a_thousand_connections_leave_the_judge_sound(judge: Judge) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_500:
        pytest.skip(f"this process may hold {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_500), hard))
    before = judge.kibibytes()
    try:
        with contextlib.ExitStack() as exits:
            crowd = [exits.enter_context(judge.client(uid)) for uid in CROWD.values() for _ in range(200)]
            serials = [(client, client.send("GetDefaultCamera")) for client in crowd]
            serials += [(client, client.send("Claim", "")) for client in crowd]
            outcomes = [client.outcome_of(serial) for client, serial in serials]
            with judge.client() as root:
                assert root.outcome("GetStatus") == ""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {*outcomes} <= {"", "Busy", "PermissionDenied"}
    assert judge.kibibytes() - before < 32 * 1024
    judge.eye.scene = ALICE_THERE
    assert judge.door() == "matched"


def test_a_client_that_never_listens_slows_nobody(judge: Judge) -> None:
    before = judge.kibibytes()
    deaf = judge.client()
    with judge.client() as other:
        other.watch(deaf.name)
        deaf.call("Claim", "alice")
        judge.eye.pace, begun = 0.0, judge.eye.played
        deaf.send("VerifyStart", "any", {})
        wait_until(lambda: judge.eye.played > begun + 3_000, "the eye")
        assert other.outcome("GetStatus") == ""
        deaf.vanish()
        other.hear_leaving(deaf.name)
        assert other.outcome("Claim", "alice") == ""
        other.call("Release")
    judge.wait_for_camera(on=False)
    assert judge.kibibytes() - before < 32 * 1024
