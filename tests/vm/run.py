"""Boot the machine that build.sh made, run `checks` in it against real drivers, and say how it went.

python -m tests.vm.run [--accel kvm] [--no-tpm] [what pytest takes, such as -k loopback or -x]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.clips import webcam_cast
from tests.places import TREE

IMAGE = TREE / "build" / "vm"
LIMIT = 90 * 60.0
"""Seconds for everything; it took some 20 minutes on two cores that were busy with other work, all of it emulated."""

BROUGHT = ("client", "daemon", "models", "systemd", "build/packs/open", "build/pam", "facelatch.egg-info")
BEGIN, END = "=== checks begin ===", "=== checks end ==="

START = f"""
cp -r /run/brought/checks /run/brought/pictures /root
cd /usr/lib/facelatch && tar xf /run/brought/tree.tar --no-same-owner && chmod -R go=u-w {" ".join(BROUGHT)}
mkdir -p /usr/share/facelatch/packs
cp -r build/packs/open /usr/share/facelatch/packs && ln -s open /usr/share/facelatch/packs/current
echo "{BEGIN}"
cd /root/checks
set -- -c /dev/null --rootdir . -p no:cacheprovider -o python_files='check_*.py' --timeout 600 -v --color no "$@"
python3 -m pytest "$@"
echo $? >/run/brought/status
echo "{END}"
journalctl --boot --no-pager --output short-monotonic >/run/brought/journal
"""


def main() -> int:
    """Run the checks; 0 where all passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accel", default="tcg,thread=multi", help="qemu's accelerator (default: %(default)s)")
    parser.add_argument("--no-tpm", action="store_true", help="a machine without a TPM, which swtpm plays otherwise")
    options, for_pytest = parser.parse_known_args()
    if (missing := _missing(tpm=not options.no_tpm)) is not None:
        print(missing, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pack(folder, for_pytest)
        with contextlib.ExitStack() as exits:
            devices = [] if options.no_tpm else exits.enter_context(_tpm(folder))
            _boot(folder, options.accel, devices)
        return _conclude(folder)


def _missing(*, tpm: bool) -> str | None:
    """Return what has to be done before the machine can run, None where all is there."""
    if shutil.which("qemu-system-x86_64") is None:
        return "qemu-system-x86_64 is not installed: apt-get install qemu-system-x86"
    if tpm and shutil.which("swtpm") is None:
        return "swtpm is not installed: apt-get install swtpm (or --no-tpm)"
    if not (IMAGE / "disk").exists():
        return f"{IMAGE}/disk: is not there; tests/vm/build.sh makes it"
    for name in BROUGHT:
        if not (TREE / name).exists():
            return f"{TREE / name}: is not there; make door packs"
    if not (_shared() / "data" / "nuaa").is_dir():
        return f"{_shared()}/data/nuaa: is not there; FACELATCH_SHARED names the folder with the pictures"
    return None


def _shared() -> Path:
    return Path(os.environ.get("FACELATCH_SHARED", TREE.parent / "shared"))


def _pack(folder: Path, for_pytest: list[str]) -> None:
    """Fill the folder that the machine sees as /run/brought."""
    with tarfile.open(folder / "tree.tar", "w") as tar:
        for name in BROUGHT:
            tar.add(TREE / name, name, filter=lambda entry: None if "__pycache__" in entry.name else entry)
    shutil.copytree(Path(__file__).parent / "checks", folder / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    cast = webcam_cast(_shared() / "data")
    people = {"alice": cast.enrolment, "later": cast.later, "stranger": cast.stranger, "photo": cast.photo}
    for person, pictures in people.items():
        (folder / "pictures" / person).mkdir(parents=True)
        for picture in pictures or ():
            shutil.copy(picture, folder / "pictures" / person)
    arguments = " ".join("'" + argument.replace("'", "'\\''") + "'" for argument in for_pytest)
    (folder / "start.sh").write_text(f"set -- {arguments}\n{START}")


@contextlib.contextmanager
def _tpm(folder: Path) -> Iterator[list[str]]:
    """Run a TPM, new and empty, as long as the machine runs; return what qemu is told of it."""
    state, path = folder / "tpm", folder / "tpm.sock"
    state.mkdir()
    command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--ctrl", f"type=unixio,path={path}"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as swtpm:
        try:
            deadline = time.monotonic() + 10
            while not path.exists():
                assert swtpm.poll() is None, "swtpm has ended"
                assert time.monotonic() < deadline, "swtpm does not listen"
                time.sleep(0.05)
            yield [
                "-chardev", f"socket,id=tpm,path={path}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                "-device", "tpm-tis,tpmdev=tpm",
            ]  # fmt: skip
        finally:
            swtpm.terminate()


def _boot(folder: Path, accelerator: str, devices: list[str]) -> None:
    """Run the machine until it switches itself off, and show what the checks say."""
    command: list[str | Path] = [
        "qemu-system-x86_64", "-accel", accelerator, "-cpu", "max", "-m", "3072", "-smp", "2", "-nic", "none",
        "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-snapshot",
        "-kernel", IMAGE / "kernel", "-initrd", IMAGE / "initrd",
        "-append", "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=false",
        "-drive", f"file={IMAGE}/disk,format=raw,if=virtio",
        "-virtfs", f"local,path={folder},mount_tag=brought,security_model=none",
        *devices,
    ]  # fmt: skip
    shown = False
    with (
        (IMAGE / "console.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace") as it,
    ):
        limit = threading.Timer(LIMIT, it.kill)
        limit.start()
        try:
            assert it.stdout is not None
            for line in it.stdout:
                log.write(line)
                shown = (shown or BEGIN in line) and END not in line
                if shown:
                    print(line.rstrip(), flush=True)
        finally:
            limit.cancel()
            it.kill()


def _conclude(folder: Path) -> int:
    """Keep the machine's journal beside the image and return how the checks ended."""
    if (folder / "journal").exists():
        shutil.copy(folder / "journal", IMAGE / "journal")
    status = folder / "status"
    if not status.exists():
        print(f"the machine did not come to the end; its console: {IMAGE}/console.log", file=sys.stderr)
        return 1
    print(f"its journal: {IMAGE}/journal")
    return int(status.read_text())


if __name__ == "__main__":
    sys.exit(main())
