"""The client library before a daemon that holds to the contract, and before everything else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, Message, new_method_call, new_method_return

import facelatch
from facelatch import sync
from facelatch.bus import Daemon, DaemonUnreachable, ProtocolBroken
from facelatch.limits import LARGEST_PICTURE
from facelatch.remote import Remote
from facelatch.types import (
    ERROR_NAMES,
    ERRORS_BY_NAME,
    Analysis,
    Intent,
    Level,
    Liveness,
    PackFigure,
    PackPart,
    PackReport,
    PasswordCause,
    Reason,
    Refusal,
    ServiceClass,
    StandingReport,
    View,
)
from facelatch.wire import Wire
from tests.unit.facelatch import answers
from tests.unit.facelatch.fake import (
    INTERFACES,
    Act,
    Bus,
    Call,
    FakeDaemon,
    Fault,
    Raw,
    fields,
    next_of,
    refusal_of,
)

PACK = PackReport(
    "open", "1.2", "Open", "MIT", "", "faces", (PackPart("embed", "net", "MIT", "here", 5_000_000_000),),
    (PackFigure("fnmr", 0.012, "faces", 0.01, None),),
)  # fmt: skip
POLICY = answers.POLICY
LOCKED = StandingReport("anna", 2, 2, 7, 62.5, PasswordCause.MISMATCHES)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "ask", "answer"),
    [
        ("GetStatus", lambda client: client.status(), answers.STATUS),
        ("GetPack", lambda client: client.pack(), PACK),
        ("GetPack", lambda client: client.pack(), PackReport(problem="none")),
        ("GetPolicy", lambda client: client.policy(), POLICY),
        ("Reload", lambda client: client.reload(), POLICY),
        ("GetStanding", lambda client: client.standing(), answers.STANDING),
        ("GetStanding", lambda client: client.standing(), LOCKED),
        ("Export", lambda client: client.export(), answers.EXPORT),
        ("History", lambda client: client.history(), (answers.ATTEMPT, answers.ATTEMPT)),
        ("History", lambda client: client.history(), ()),
        ("ListEnrolledFaces", lambda client: client.faces(), answers.FACES),
        ("Analyse", lambda client: client.analyse(b"\xff\xd8"), answers.ANALYSIS),
        ("Analyse", lambda client: client.analyse(b""), Analysis(1, 1, View.DARK, 0.0)),
        ("RenameEnrolledFace", lambda client: client.claim().rename_face("ab", "new"), answers.GLASSES),
        ("DeleteEnrolledFace", lambda client: client.claim().delete_face("ab"), answers.OLD),
        ("DeleteEnrolledFaces", lambda client: client.claim().delete_faces(), answers.FACES),
    ],
)
def test_an_answer_comes_as_it_was_sent(
    client: sync.Daemon, daemon: FakeDaemon, method: str, ask: Callable[[sync.Daemon], object], answer: object
) -> None:
    daemon.answering(**{method: answer})
    assert ask(client) == answer


def test_every_call_says_what_its_arguments_said_and_lets_a_password_be_asked_for(
    client: sync.Daemon, daemon: FakeDaemon
) -> None:
    daemon.answering(
        SetClassRule=POLICY,
        SetCamera=None,
        Reload=POLICY,
        Export=answers.EXPORT,
        Analyse=answers.ANALYSIS,
        History=(),
        ListEnrolledFaces=(),
        RenameEnrolledFace=answers.OLD,
        DeleteEnrolledFace=answers.OLD,
        DeleteEnrolledFaces=(),
    )
    client.set_class_rule(ServiceClass.ELEVATE)
    client.set_class_rule(
        ServiceClass.LOGIN, allowed=False, level=Level.STRICT, liveness=Liveness.ACTIVE, intent=Intent.KEY
    )
    client.set_class_rule(ServiceClass.UNLOCK, seconds=6, no_face_seconds=1.5)
    client.set_camera("usb-1")
    client.reload()
    client.standing("anna")
    client.export("anna")
    client.analyse(b"jpeg", attributes=True)
    client.analyse(b"jpeg", identify=True)
    client.history("anna", 7)
    client.faces("anna")
    with client.claim("anna") as claim:
        claim.rename_face("ab", "hat")
        claim.delete_face("cd")
        claim.delete_faces()
        claim.start_preview()
        claim.stop_preview()
    assert daemon.calls == [
        Call("SetClassRule", ("elevate", {})),
        Call("SetClassRule", ("login", {"allowed": False, "level": "strict", "liveness": "active", "intent": "key"})),
        Call("SetClassRule", ("unlock", {"seconds": 6.0, "no_face_seconds": 1.5})),
        Call("SetCamera", ("usb-1",)),
        Call("Reload"),
        Call("GetStanding", ("anna",)),
        Call("Export", ("anna",)),
        Call("Analyse", (b"jpeg", {"attributes": True})),
        Call("Analyse", (b"jpeg", {"identify": True})),
        Call("History", ("anna", 7)),
        Call("ListEnrolledFaces", ("anna",)),
        Call("Claim", ("anna",)),
        Call("RenameEnrolledFace", ("ab", "hat")),
        Call("DeleteEnrolledFace", ("cd",)),
        Call("DeleteEnrolledFaces"),
        Call("PreviewStart"),
        Call("PreviewStop"),
        Call("Release"),
    ]
    assert all(call.interactive for call in daemon.calls)


def test_the_largest_picture_gets_through(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(Analyse=answers.ANALYSIS)
    picture = os.urandom(LARGEST_PICTURE)
    assert client.analyse(picture) == answers.ANALYSIS
    assert daemon.calls == [Call("Analyse", (picture, {}))]


def test_a_field_that_a_later_version_has_is_left_out(client: sync.Daemon, daemon: FakeDaemon) -> None:
    later = fields(answers.GLASSES) | {"mood": ("v", ("as", ["calm"])), "weight": ("d", 1.0)}
    daemon.answering(ListEnrolledFaces=Raw("aa{sv}", ([later],)))
    assert client.faces() == (answers.GLASSES,)


def test_variants_in_variants_are_unwrapped(client: sync.Daemon, daemon: FakeDaemon) -> None:
    wrapped = {key: ("v", ("v", value)) for key, value in fields(answers.GLASSES).items()}
    daemon.answering(ListEnrolledFaces=Raw("av", ([("a{sv}", wrapped)],)))
    assert client.faces() == (answers.GLASSES,)


# --- refusals and answers that are none -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [*Reason, *Refusal])
def test_every_error_has_a_name_that_leads_back_to_it(
    client: sync.Daemon, daemon: FakeDaemon, error: Reason | Refusal
) -> None:
    daemon.answering(GetStatus=Fault(ERROR_NAMES[error], "because"))
    refused = refusal_of(client.status)
    assert (refused.error, str(refused)) == (error, "because")


def test_no_two_errors_share_a_name() -> None:
    assert len(ERRORS_BY_NAME) == len(Reason) + len(Refusal)
    assert ERRORS_BY_NAME["org.facelatch.Error.PermissionDenied"] is Reason.NOT_PERMITTED
    assert ERRORS_BY_NAME["org.facelatch.Error.AlreadyInUse"] is Refusal.ALREADY_IN_USE


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("org.freedesktop.DBus.Error.ServiceUnknown", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.NameHasNoOwner", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.NoReply", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.Disconnected", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.TimedOut", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.Spawn.ChildExited", DaemonUnreachable),
        ("org.freedesktop.systemd1.NoSuchUnit", DaemonUnreachable),
        ("org.freedesktop.DBus.Error.UnknownMethod", ProtocolBroken),
        ("org.freedesktop.DBus.Error.InvalidArgs", ProtocolBroken),
        ("org.facelatch.Error.OfALaterVersion", ProtocolBroken),
        ("unknown.ValueError", ProtocolBroken),
    ],
)
def test_an_error_of_the_bus_is_no_refusal_of_the_daemons(
    client: sync.Daemon, daemon: FakeDaemon, name: str, raised: type[Exception]
) -> None:
    daemon.answering(GetStatus=Fault(name, "because"))
    with pytest.raises(raised, match="because"):
        client.status()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("AccessDenied", Reason.NOT_PERMITTED),
        ("InteractiveAuthorizationRequired", Reason.NOT_PERMITTED),
        ("AuthFailed", Reason.NOT_PERMITTED),
        ("LimitsExceeded", Reason.BUSY),
        ("UnknownObject", Refusal.NO_SUCH_CAMERA),
    ],
)
def test_what_the_bus_itself_refuses_is_a_refusal(
    client: sync.Daemon, daemon: FakeDaemon, name: str, error: Reason | Refusal
) -> None:
    daemon.answering(GetStatus=Fault(f"org.freedesktop.DBus.Error.{name}", "rule 7"))
    refused = refusal_of(client.status)
    assert refused.error is error
    assert "rule 7" in str(refused)


GARBAGE = {
    "nothing": Raw("", ()),
    "too much": Raw("a{sv}s", (fields(answers.STATUS), "more")),
    "another type": Raw("s", ("ready",)),
    "no fields": Raw("a{sv}", ({},)),
    "another structure": Raw("a{sv}", (fields(answers.GLASSES),)),
    "a text for a number": Raw("a{sv}", (fields(answers.STATUS) | {"enrolled_users": ("s", "three")},)),
    "a number for a text": Raw("a{sv}", (fields(answers.STATUS) | {"version": ("i", 3)},)),
    "a yes for a number": Raw("a{sv}", (fields(answers.STATUS) | {"enrolled_users": ("b", True)},)),
    "an array of numbers": Raw("a{sv}", (fields(answers.STATUS) | {"cameras": ("au", [1, 2])},)),
    "a nameless list": Raw("av", ([("s", "x")],)),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_is_a_broken_protocol(client: sync.Daemon, daemon: FakeDaemon, garbage: Raw) -> None:
    daemon.answering(GetStatus=garbage)
    with pytest.raises(ProtocolBroken, match="GetStatus: not what the contract says"):
        client.status()


def test_a_word_that_no_table_has_is_a_broken_protocol(client: sync.Daemon, daemon: FakeDaemon) -> None:
    strange = fields(answers.ATTEMPT) | {"verdict": ("s", "perhaps")}
    daemon.answering(History=Raw("aa{sv}", ([strange],)))
    with pytest.raises(ProtocolBroken, match="perhaps"):
        client.history()


def test_a_silent_daemon_is_given_up(client: sync.Daemon, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Remote.ask.__kwdefaults__, "patience", 0.05)
    daemon.answering(GetStatus=Act.NOTHING, GetPolicy=POLICY)
    with pytest.raises(ProtocolBroken, match=r"no answer to GetStatus for 0\.05 s"):
        client.status()
    monkeypatch.undo()
    assert client.policy() == POLICY


def test_an_answer_that_comes_too_late_is_not_taken_for_another(
    client: sync.Daemon, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()
    daemon.answering(GetStatus=lambda _call: given_up.wait(20) and answers.STATUS, GetPolicy=POLICY)
    monkeypatch.setitem(Remote.ask.__kwdefaults__, "patience", 0.05)
    with pytest.raises(ProtocolBroken):
        client.status()
    monkeypatch.undo()
    given_up.set()
    assert client.policy() == POLICY


@pytest.mark.parametrize("text", ["zero\0byte", "half a pair \ud800"])
def test_text_that_cannot_travel_is_refused_here_and_the_connection_lives_on(
    client: sync.Daemon, daemon: FakeDaemon, text: str
) -> None:
    daemon.answering(GetPolicy=POLICY)
    with pytest.raises(ValueError, match=r"cannot be sent|surrogates"):
        client.faces(text)
    with pytest.raises(ValueError, match="cannot be sent"):
        client.history(limit=-1)
    assert client.policy() == POLICY
    assert daemon.members == ["GetPolicy"]


# --- the bus ----------------------------------------------------------------------------------------------------------


def test_without_a_daemon_on_the_bus_a_call_says_so(client: sync.Daemon) -> None:
    with pytest.raises(DaemonUnreachable, match=r"nobody answers as org\.facelatch"):
        client.status()


def test_a_daemon_that_comes_later_is_found(client: sync.Daemon, bus: Bus) -> None:
    for _start in range(2):
        late = FakeDaemon(bus).answering(GetStatus=answers.STATUS)
        late.telling("VerifyStart", answers.MATCHED)
        try:
            assert client.status() == answers.STATUS
            with client.claim() as claim:
                assert list(claim.verify()) == [answers.MATCHED]
        finally:
            late.stop()


def test_a_daemon_that_dies_at_a_call_is_unreachable(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Act.LEAVE)
    with pytest.raises(DaemonUnreachable):
        client.status()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("unix:path=/nowhere/bus", "no bus at unix:path=/nowhere/bus: No such file"),
        ("unix:path=/" + "x" * 200, "too long"),
        ("unix:path=/dev/null", "Connection refused"),
        ("tcp:host=localhost,port=1", "no address of a Unix socket"),
        ("/run/bus", "no address of a Unix socket"),
        (";;=", "no address of a Unix socket"),
    ],
)
def test_an_address_with_no_bus_behind_it_is_said(address: str, said: str) -> None:
    with pytest.raises(DaemonUnreachable, match=said):
        sync.Daemon.connect(address)


def test_of_several_addresses_the_first_that_answers_counts(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    with sync.Daemon.connect(f"tcp:host=x;unix:path=/nowhere;{bus.address}") as client:
        assert client.status() == answers.STATUS


def test_the_address_of_the_system_bus_may_be_in_the_environment(
    bus: Bus, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACELATCH_BUS", raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    daemon.answering(GetStatus=answers.STATUS)
    with sync.Daemon.connect() as client:
        assert client.status() == answers.STATUS


def test_the_bus_that_the_environment_names_comes_before_the_systems_and_after_an_argument(
    bus: Bus, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/system")
    monkeypatch.setenv("FACELATCH_BUS", bus.address)
    daemon.answering(GetStatus=answers.STATUS)
    with sync.Daemon.connect() as client:
        assert client.status() == answers.STATUS
    with pytest.raises(DaemonUnreachable, match="/nowhere/argument"):
        sync.Daemon.connect("unix:path=/nowhere/argument")


@pytest.mark.parametrize("greeting", [b"", b"REJECTED ANONYMOUS\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"x" * 70_000])
def test_a_socket_that_is_no_bus_is_unreachable(tmp_path: Path, greeting: bytes) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            connection, _address = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(100)
                connection.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(DaemonUnreachable, match="no bus at"):
            sync.Daemon.connect(f"unix:path={path}")
        thread.join(20)


def test_a_connection_that_is_closed_says_so(bus: Bus) -> None:
    async def main() -> None:
        client = await Daemon.connect(bus.address)
        await client.close()
        await client.close()
        with pytest.raises(DaemonUnreachable, match="has ended"):
            await client.status()

    asyncio.run(main())


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Bus]:
    """A bus that a test may end."""
    bus = Bus(tmp_path)
    yield bus
    bus.stop()


def test_a_bus_that_ends_wakes_everybody_who_waits(mortal: Bus) -> None:
    daemon = FakeDaemon(mortal).answering(GetStatus=Act.NOTHING).telling("VerifyStart", answers.NO_FACE)

    async def main() -> list[object]:
        async with await Daemon.connect(mortal.address) as client:
            claim = await client.claim()
            steps = claim.verify()
            assert await anext(steps) == answers.NO_FACE
            waiting = [asyncio.ensure_future(client.status()), asyncio.ensure_future(next_of(steps))]
            while "GetStatus" not in daemon.members:
                await asyncio.sleep(0.01)
            mortal.stop()
            return await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(one) for one in asyncio.run(main())] == [DaemonUnreachable, DaemonUnreachable]
    daemon.stop()


# --- the blocking face ------------------------------------------------------------------------------------------------

INTERRUPTED = """
import sys
from facelatch.sync import Daemon
with Daemon.connect(sys.argv[1]) as daemon:
    try:
        with daemon.claim() as claim:
            for step in claim.{work}:
                print("step", flush=True)
    except KeyboardInterrupt:
        print(daemon.status().version, flush=True)
"""


@pytest.mark.parametrize(("work", "ends"), [("verify()", ["VerifyStop", "Release"]), ("enroll()", ["Release"])])
def test_ctrl_c_ends_what_runs_and_the_connection_goes_on(
    bus: Bus, daemon: FakeDaemon, work: str, ends: list[str]
) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    daemon.telling("VerifyStart", answers.NO_FACE).telling("EnrollStart", answers.SHOT)
    command = (sys.executable, "-c", INTERRUPTED.format(work=work), bus.address)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "step\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "0.1.0\n"
    assert process.returncode == 0
    assert daemon.members[2:] == [*ends, "GetStatus"]


def test_steps_that_outlive_their_connection_end_quietly(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE)
    client = sync.Daemon.connect(bus.address)
    steps = client.claim().verify()
    next(steps)
    client.close()
    client.close()
    steps.close()


# --- what it costs ----------------------------------------------------------------------------------------------------


def loaded(statement: str) -> set[str]:
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing_and_has_the_clients_names() -> None:
    assert not loaded("import facelatch") & {"asyncio", "jeepney", "msgspec", "facelatch.bus"}
    assert facelatch.Daemon is Daemon
    assert set(facelatch.__all__) <= set(sync.__all__)
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        facelatch.nothing_of_ours  # noqa: B018


def test_the_client_loads_no_other_bus_library_and_no_more_of_its_own_than_it_takes() -> None:
    assert not loaded("import facelatch.bus") & {"gi", "pydbus", "jeepney.io", "jeepney.io.asyncio", "numpy", "typer"}


def test_the_interface_files_hold_what_this_client_calls() -> None:
    assert {method for _interface, method in INTERFACES.incoming} >= {"GetStatus", "VerifyStart", "EnrollFinish"}
    assert INTERFACES.signals["VerifyStatus"] == "sba{sv}"


# --- bytes ------------------------------------------------------------------------------------------------------------


def status_call() -> Message:
    address = DBusAddress("/org/facelatch/Manager", "org.facelatch", "org.facelatch.Manager")
    return new_method_call(address, "GetStatus")


def test_a_message_without_a_readable_head_is_dropped(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS)

    async def main() -> None:
        wire = await Wire.open(bus.address)
        # endian, a type that no version of the protocol has, flags, version, an empty body, serial, no fields
        wire.data_received(b"l\x09\0\x01" + b"\0" * 4 + b"\x01\0\0\0" + b"\0" * 4)
        assert await wire.call(status_call()) != ()
        await wire.close()

    asyncio.run(main())


def test_a_call_to_us_that_names_our_serial_is_no_answer(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Act.NOTHING)

    async def main() -> None:
        wire = await Wire.open(bus.address)
        asking = asyncio.create_task(wire.call(status_call()))
        while not daemon.calls:
            await asyncio.sleep(0.01)
        for serial in range(1, 10):
            forged = status_call()
            forged.header.fields[HeaderFields.reply_serial] = serial
            wire.data_received(forged.serialise(1))
        await asyncio.sleep(0)
        assert not asking.done()
        for serial in range(1, 10):
            question = status_call()
            question.header.serial = serial
            wire.data_received(new_method_return(question).serialise(1))
        assert await asking == ()
        await wire.close()

    asyncio.run(main())


def test_an_answer_in_the_moment_in_which_it_is_given_up_hurts_nobody(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Act.NOTHING, GetPolicy=POLICY)

    async def main() -> None:
        wire = await Wire.open(bus.address)
        given_up = asyncio.create_task(wire.call(status_call()))
        while not daemon.calls:
            await asyncio.sleep(0.01)
        given_up.cancel()
        for serial in range(1, 10):
            question = status_call()
            question.header.serial = serial
            wire.data_received(new_method_return(question).serialise(1))
        with pytest.raises(asyncio.CancelledError):
            await given_up
        daemon.answering(GetStatus=answers.STATUS)
        assert await wire.call(status_call()) != ()
        await wire.close()

    asyncio.run(main())
