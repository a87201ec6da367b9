"""Keys sealed with a TPM (one in software) and the host's key, or with the latter alone, open on that machine only."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from facelatchd import keyplaces
from facelatchd.keyplaces import Credential
from facelatchd.keytool import Keys
from facelatchd.store import KeyRefused, User
from facelatchd.store.keyring import KEY_BYTES

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="systemd-creds seals for root only"),
    pytest.mark.skipif(shutil.which("systemd-creds") is None, reason="needs systemd-creds (Debian: systemd 250)"),
]

TCTI = "libtss2-tcti-swtpm.so.0"
HOST_SECRET = Path("/var/lib/systemd/credential.secret")
KEY = bytes(range(KEY_BYTES))
ALICE = User("alice", 1000)


class Tpm:
    """A TPM in software, whose state outlives it as that of a real one outlives a boot."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Switch it on; systemd finds it by the environment."""
        path = self._folder / "socket"  # the control socket's name is this one's with .ctrl, says the TSS library
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._folder}", "--server",
                   f"type=unixio,path={path}", "--ctrl", f"type=unixio,path={path}.ctrl", "--flags",
                   "not-need-init,startup-clear", "--log", f"file={self._folder / 'log'}"]  # fmt: skip
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not (self._folder / "socket.ctrl").exists():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            time.sleep(0.02)
        os.environ["SYSTEMD_TPM2_DEVICE"] = f"swtpm:path={path}"

    def stop(self) -> None:
        """Switch it off, as a machine is shut down: a TPM counts power cuts as attempts to guess."""
        if self._process is not None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.connect(str(self._folder / "socket"))
                line.sendall(bytes.fromhex("80010000000c000001450000"))  # TPM2_Shutdown(TPM_SU_CLEAR)
                assert line.recv(64)[6:] == bytes(4)
            self._process.terminate()
            self._process.wait()
            self._process = None
        for name in ("socket", "socket.ctrl"):
            (self._folder / name).unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have what a test sets taken back, and make sure that the machine's own secret is left alone."""
    monkeypatch.setenv("SYSTEMD_TPM2_DEVICE", "")
    monkeypatch.delenv("SYSTEMD_TPM2_DEVICE")
    before = HOST_SECRET.stat() if HOST_SECRET.exists() else None
    yield
    assert (HOST_SECRET.stat() if HOST_SECRET.exists() else None) == before


@pytest.fixture
def new_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have another host's key, which is made where it is missing."""

    def become(name: str) -> None:
        monkeypatch.setenv("SYSTEMD_CREDENTIAL_SECRET", str(tmp_path / name))
        done = subprocess.run(["systemd-creds", "setup"], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"systemd-creds cannot make a host's key here: {done.stderr.strip()}")

    return become


@pytest.fixture
def host(new_host: Callable[[str], None]) -> None:
    new_host("host")


@pytest.fixture
def tpm(tmp_path: Path, host: None) -> Iterator[Callable[[str], Tpm]]:
    """Switches on a TPM by its name, and off the one that was on."""
    if shutil.which("swtpm") is None:
        pytest.skip("needs swtpm (Debian: swtpm)")
    if not any(folder.joinpath(TCTI).exists() for folder in Path("/usr/lib").glob("*-linux-gnu*")):
        pytest.skip(f"needs {TCTI} (Debian: libtss2-tcti-swtpm0)")
    there: dict[str, Tpm] = {}

    def switch_on(name: str) -> Tpm:
        for other in there.values():
            other.stop()
        one = there.setdefault(name, there.get(name) or Tpm(tmp_path / f"tpm-{name}"))
        one.start()
        return one

    yield switch_on
    for one in there.values():
        one.stop()


def sealed(tmp_path: Path, sealed_with: str) -> Credential:
    credential = Credential(tmp_path / "credstore" / "facelatch.key", sealed_with)
    credential.write(KEY)
    return credential


def test_a_key_sealed_with_a_tpm_opens_there_after_a_boot(tmp_path: Path, tpm: Callable[[str], Tpm]) -> None:
    tpm("mine")
    credential = sealed(tmp_path, "host+tpm2")
    assert credential.describe().endswith("sealed with the TPM and the host's key")
    assert KEY not in credential.path.read_bytes()
    tpm("mine")
    assert credential.read() == KEY


def test_a_key_sealed_with_a_tpm_opens_with_no_other_one(tmp_path: Path, tpm: Callable[[str], Tpm]) -> None:
    tpm("mine")
    credential = sealed(tmp_path, "host+tpm2")
    tpm("a thief's")
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        credential.read()
    tpm("mine")
    assert credential.read() == KEY


def test_a_key_sealed_with_a_tpm_does_not_open_without_one(tmp_path: Path, tpm: Callable[[str], Tpm]) -> None:
    mine = tpm("mine")
    credential = sealed(tmp_path, "host+tpm2")
    mine.stop()
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        credential.read()


def test_the_tpm_alone_does_not_open_it_without_the_hosts_key(
    tmp_path: Path, tpm: Callable[[str], Tpm], new_host: Callable[[str], None]
) -> None:
    tpm("mine")
    credential = sealed(tmp_path, "host+tpm2")
    new_host("another host")
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        credential.read()


def test_a_store_under_a_tpm_is_made_and_its_key_renewed(
    tmp_path: Path, tpm: Callable[[str], Tpm], monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd_creds = keyplaces._systemd_creds

    def after_a_boot(action: str, *arguments: str, content: bytes | bytearray = b"") -> bytes:
        tpm("mine")  # without the kernel's resource manager, sessions of earlier calls fill a TPM
        return systemd_creds(action, *arguments, content=content)

    monkeypatch.setattr(keyplaces, "_systemd_creds", after_a_boot)
    (tmp_path / "state").mkdir()
    keys = Keys(tmp_path / "state", tmp_path / "credstore" / "facelatch.key", None, "host+tpm2")
    assert "sealed with the TPM and the host's key" in keys.ensure()
    first = bytes(keys.credential.read())
    enrol(keys)
    keys.rotate()
    assert keys.finish() == 0
    assert len(keys.credential.read()) == KEY_BYTES
    assert keys.credential.read() != first
    assert faces(keys) == 1


def enrol(keys: Keys) -> None:
    store = keys._open(bytes(keys.credential.read()))
    store.add_face(ALICE, "", "pack", "space", "camera", [np.array([1, 0, 0, 0], np.float32)])
    store.close()


def faces(keys: Keys) -> int:
    store = keys._open(bytes(keys.credential.read()))
    try:
        return len(store.templates(ALICE, "space"))
    finally:
        store.close()


# --- without a TPM ----------------------------------------------------------------------------------------------------


def test_without_a_tpm_the_hosts_key_seals_and_status_says_so(tmp_path: Path, host: None) -> None:
    credential = sealed(tmp_path, "host")
    assert credential.read() == KEY
    assert credential.describe().endswith("sealed with the host's key: a stolen disk has that, too")


def test_what_the_hosts_key_sealed_opens_on_no_other_host(tmp_path: Path, new_host: Callable[[str], None]) -> None:
    new_host("mine")
    credential = sealed(tmp_path, "host")
    new_host("another")
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        credential.read()


def test_a_credential_of_another_name_or_an_edited_one_does_not_open(tmp_path: Path, host: None) -> None:
    credential = sealed(tmp_path, "host")
    content = bytearray(credential.path.read_bytes())
    other = tmp_path / "credstore" / "other.key"
    command = ["systemd-creds", "encrypt", "--with-key=host", "--name=other.key", "-", str(other)]
    subprocess.run(command, input=KEY, check=True, capture_output=True)
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        Credential(other).read()
    content[100] ^= 1
    credential.path.write_bytes(content)
    with pytest.raises(KeyRefused, match="systemd-creds decrypt"):
        credential.read()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can pass through, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="facelatch-keys-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def test_the_command_needs_no_more_rights_than_its_unit_leaves_it(open_folder: Path, host: None) -> None:
    """The folder is the judge's and shut; root may become the judge, and may not pass over modes."""
    judge = pwd.getpwnam("nobody")
    state, credential = open_folder / "state", open_folder / "credstore" / "facelatch.key"
    state.mkdir(mode=0o700)
    (state / "key").touch(0o600)
    (state / "key").write_bytes(KEY)
    for path in (state, state / "key"):
        os.chown(path, judge.pw_uid, judge.pw_gid)
    command = ["setpriv", "--bounding-set=-all,+setuid,+setgid", "--inh-caps=-all", "--no-new-privs", sys.executable,
               "-c", "from facelatchd.keytool import main; main()", "--state-dir", str(state), "--credential",
               str(credential), "--sealed-with", "host", "ensure"]  # fmt: skip
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert Credential(credential).read() == KEY
    assert list(state.iterdir()) == []
