"""Keys are made, sealed and renewed; a power cut at any step loses neither them nor a face."""

from __future__ import annotations

import base64
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from facelatchd import keyplaces, keytool
from facelatchd.keyplaces import KeyFile
from facelatchd.keytool import Keys
from facelatchd.store import KeyRefused, User
from facelatchd.store.keyring import KEY_BYTES, MOST_KEYS

ALICE = User("alice", 1000)


class Crash(BaseException):
    """Stands for a power cut: nothing catches it."""


class FakeSystemd:
    """Stands for `systemd-creds`: what it seals is turned around, and begins as one sealed with the host's key."""

    def __init__(self) -> None:
        self.bound_to: list[str] = []
        self.opens: Callable[[str], bool] = lambda registers: True

    def __call__(self, action: str, *arguments: str, content: bytes | bytearray = b"") -> bytes:
        if action == "encrypt":
            self.bound_to.append(arguments[1].removeprefix("--tpm2-pcrs="))
            kind = bytes.fromhex("5a1c6a86df9d4096b1d5a65e0862f19a")
            Path(arguments[-1]).write_bytes(base64.b64encode(kind + bytes(content)[::-1]))
            return b""
        if not self.opens(self.bound_to[-1] if self.bound_to else ""):
            raise KeyRefused("systemd-creds decrypt: TPM2 PCR bank invalid or not supported")
        return base64.b64decode(Path(arguments[0]).read_bytes())[:15:-1]


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> FakeSystemd:
    fake = FakeSystemd()
    monkeypatch.setattr(keyplaces, "_systemd_creds", fake)
    return fake


@pytest.fixture
def keys(tmp_path: Path, systemd: FakeSystemd) -> Keys:
    (tmp_path / "state").mkdir()
    return Keys(tmp_path / "state", tmp_path / "credstore" / "facelatch.key", None)


def vector() -> NDArray[np.float32]:
    return np.array([1, 0, 0, 0], np.float32)


def enrol(keys: Keys) -> None:
    store = keys._open(bytes(keys.place.read()))
    store.add_face(ALICE, "", "pack", "space", "camera", [vector()])
    store.close()


def opens(keys: Keys) -> bool:
    """Whether the judge, starting now, opens the face."""
    store = keys._open(bytes(keys.place.read()))
    try:
        return np.array_equal(store.templates(ALICE, "space")[0].vector, vector())
    finally:
        store.close()


@pytest.fixture(params=["file", "credential"])
def enrolled(request: pytest.FixtureRequest, keys: Keys) -> Keys:
    """Keys in either place, and a face that they open."""
    if request.param == "file":
        keys.file.write(os.urandom(KEY_BYTES))
    else:
        keys.ensure()
    enrol(keys)
    return keys


# --- making -----------------------------------------------------------------------------------------------------------


def test_a_first_key_is_random_and_sealed_and_lies_nowhere_else(keys: Keys, tmp_path: Path) -> None:
    assert "made of a new key" in keys.ensure()
    key = bytes(keys.credential.read())
    assert len(key) == KEY_BYTES
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files == [keys.credential.path]
    assert key not in files[0].read_bytes()
    assert keys.credential.path.parent.stat().st_mode & 0o777 == 0o700


def test_what_is_there_is_left_alone(keys: Keys) -> None:
    keys.ensure()
    before = keys.credential.path.read_bytes()
    keys.ensure()
    assert keys.credential.path.read_bytes() == before


def test_a_plain_key_is_sealed_and_erased_and_opens_the_faces_as_before(keys: Keys) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    enrol(keys)
    assert "which is erased" in keys.ensure()
    assert not keys.file.exists()
    assert opens(keys)


def test_no_new_key_is_made_for_a_store_whose_key_is_lost(keys: Keys) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    enrol(keys)
    keys.file.erase()
    with pytest.raises(KeyRefused, match="put the key back, or move it away"):
        keys.ensure()
    assert not keys.credential.exists()


def test_a_plain_key_that_the_credential_has_not_is_never_erased(keys: Keys) -> None:
    keys.ensure()
    keys.file.write(os.urandom(KEY_BYTES))
    with pytest.raises(KeyRefused, match="has other keys than"):
        keys.ensure()
    assert len(keys.file.read()) == KEY_BYTES


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "facelatchd.replacement.keep_entry",
                                  "facelatchd.keyplaces.KeyFile.erase", "pathlib.Path.unlink"])  # fmt: skip
def test_a_power_cut_while_a_plain_key_is_sealed_loses_nothing(keys: Keys, step: str) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    enrol(keys)
    cut_off(step, keys.ensure)
    assert opens(keys)
    keys.ensure()
    assert opens(keys)
    assert not keys.file.exists()
    assert [file.name for file in keys.credential.path.parent.iterdir()] == ["facelatch.key"]


def test_a_set_of_registers_that_does_not_open_again_is_not_used(keys: Keys, systemd: FakeSystemd) -> None:
    systemd.opens = lambda registers: registers == "16"
    keys.ensure()
    assert systemd.bound_to == ["", "16"]
    systemd.opens = lambda registers: False
    with pytest.raises(KeyRefused, match="PCR bank invalid"):
        keys.credential.write(os.urandom(KEY_BYTES))


def test_a_credential_that_opens_as_something_else_is_not_used(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    with monkeypatch.context() as patched:
        patched.setattr(keyplaces.Credential, "_opened", lambda *arguments: bytearray(KEY_BYTES))
        with pytest.raises(KeyRefused, match="opens with other keys"):
            keys.ensure()
    assert not keys.credential.exists()
    assert len(keys.file.read()) == KEY_BYTES


# --- renewing ---------------------------------------------------------------------------------------------------------


def test_after_a_rotation_only_the_new_key_is_left_and_opens_the_face(enrolled: Keys) -> None:
    before = bytes(enrolled.place.read())
    enrolled.rotate()
    assert enrolled.place.read()[KEY_BYTES:] == before
    assert opens(enrolled)
    assert enrolled.finish() == 0
    after = bytes(enrolled.place.read())
    assert (len(after), after == before) == (KEY_BYTES, False)
    assert opens(enrolled)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "facelatchd.replacement.keep_entry"])
def test_a_power_cut_while_the_new_key_is_written_loses_nothing(enrolled: Keys, step: str) -> None:
    cut_off(step, enrolled.rotate)
    assert opens(enrolled)
    enrolled.finish()
    assert len(enrolled.place.read()) == KEY_BYTES
    assert opens(enrolled)


@pytest.mark.parametrize(
    "step",
    ["facelatchd.store.rotation.seal", "facelatchd.store.ledger.Ledger.settle", "facelatchd.store.counter.os.fsync",
     "facelatchd.keytool.Keys._write", "pathlib.Path.replace", "facelatchd.replacement.keep_entry"],
)  # fmt: skip
def test_a_power_cut_while_a_rotation_is_finished_loses_nothing(enrolled: Keys, step: str) -> None:
    enrolled.rotate()
    cut_off(step, enrolled.finish)
    assert opens(enrolled)
    assert enrolled.finish() == 0
    assert len(enrolled.place.read()) == KEY_BYTES
    assert opens(enrolled)


def test_a_judge_that_runs_with_the_old_key_writes_nothing_that_would_be_lost(enrolled: Keys) -> None:
    judge = enrolled._open(bytes(enrolled.place.read()))
    enrolled.rotate()
    enrolled.finish()
    with pytest.raises(Exception, match="another key"):
        judge.add_face(ALICE, "lost", "pack", "space", "camera", [vector()])
    judge.close()
    assert opens(enrolled)


def test_the_old_key_stays_while_something_does_not_open(enrolled: Keys) -> None:
    store = enrolled._open(bytes(enrolled.place.read()))
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE faces SET camera = 'edited'")
    store.close()
    enrolled.rotate()
    assert enrolled.finish() == 1
    assert len(enrolled.place.read()) == 2 * KEY_BYTES


def test_more_rotations_than_there_is_room_for_are_refused(keys: Keys) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    for _ in range(MOST_KEYS - 1):
        keys.rotate()
    with pytest.raises(KeyRefused, match="rotate --finish"):
        keys.rotate()
    assert len(keys.file.read()) == MOST_KEYS * KEY_BYTES


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can pass through, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="facelatch-keys-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_what_root_writes_belongs_to_the_judges_user(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    keys = Keys(open_folder, open_folder / "none", None)
    os.chown(keys.state_dir, nobody.pw_uid, nobody.pw_gid)
    file = keys.file.path
    file.touch(0o600)
    file.write_bytes(os.urandom(KEY_BYTES))
    os.chown(file, nobody.pw_uid, nobody.pw_gid)
    keys.rotate()
    with keys._as_owner():
        enrol(keys)
    keys.finish()
    keys.accept()
    assert {entry.stat().st_uid for entry in keys.state_dir.iterdir()} == {nobody.pw_uid}
    assert os.geteuid() == 0


def cut_off(step: str, work: Callable[[], object]) -> None:
    """Have the first call of something be the last thing that happens."""

    def crash(*arguments: object, **named: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(step, crash)
        with pytest.raises(Crash):
            work()


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs the command, and returns what it says; it fails where a key is in that."""
    restarts: list[str] = []
    monkeypatch.setattr(keytool, "restart", lambda: restarts.append("again"))
    monkeypatch.setattr(keytool, "shut_memory", lambda: None)
    runner = CliRunner()

    def run(*arguments: str, given: str = "", code: int = 0) -> str:
        options = ["--state-dir", str(keys.state_dir), "--credential", str(keys.credential.path)]
        done = runner.invoke(keytool.app, [*options, *arguments], input=given)
        said = done.output + (str(done.exception) if isinstance(done.exception, KeyRefused) else "")
        assert done.exit_code == code, said
        if keys.place.exists():
            key = bytes(keys.place.read())[:KEY_BYTES]
            assert not any(form in said for form in (key.hex(), base64.b64encode(key).decode(), str(key)))
        return said

    return run


def test_the_command_makes_shows_and_renews(keys: Keys, command: Callable[..., str]) -> None:
    command("status", code=1)
    assert "made of a new key" in command("ensure")
    enrol(keys)
    assert command("status").endswith("sealed with the host's key: a stolen disk has that, too\n1 key\n")
    assert "there is no other" in command("rotate")
    keys.rotate()
    assert "2 keys; rotate --finish drops the older ones" in command("status")
    command("rotate", "--finish")
    assert "1 key\n" in command("status")
    assert opens(keys)


def test_status_tells_of_a_plain_file(keys: Keys, command: Callable[..., str]) -> None:
    keys.file.write(os.urandom(KEY_BYTES))
    assert "a plain file, which whoever takes the disk can read" in command("status")
    content = keys.file.path.read_bytes()
    command("ensure")
    keys.file.write(content)
    assert "a plain file is left over" in command("status")


def test_accepting_is_asked_about_and_mends(keys: Keys, command: Callable[..., str]) -> None:
    command("ensure")
    enrol(keys)
    (keys.state_dir / "counter").unlink()
    command("accept", given="n\n", code=1)
    with pytest.raises(Exception, match="facelatch-key accept"):
        opens(keys)
    assert "password is wanted from everybody" in command("accept", given="y\n")
    assert opens(keys)


def test_a_refusal_is_one_line_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["facelatch-key", "--state-dir", str(tmp_path), "--credential", str(tmp_path / "c"),
                                     "status"])  # fmt: skip
    monkeypatch.setattr(keytool, "shut_memory", lambda: None)
    with pytest.raises(SystemExit) as left:
        keytool.main()
    assert left.value.code == 1
    assert capsys.readouterr().err.startswith(f"facelatch-key: {tmp_path}/key: there is no key file")


def test_a_key_file_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"another's")
    (tmp_path / "key").symlink_to(tmp_path / "real")
    KeyFile(tmp_path / "key").write(os.urandom(KEY_BYTES))
    assert (tmp_path / "real").read_bytes() == b"another's"
    assert not (tmp_path / "key").is_symlink()
