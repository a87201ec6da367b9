"""The inputs that fuzzing has kept, run once each; and that they find a door which breaks its promises."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pam.conftest import SOURCE

BREACHES = {
    "believes any listener": (
        "judge.c",
        "&& found->pw_uid == peer.uid",
        "",
    ),
    "takes a match though more follows": (
        "judge.c",
        "    if (came >= 0)\n        return came == 0;\n",
        "    if (came >= 0)\n        return true;\n",
    ),
    "opens for any reason": (
        "pam_facelatch.c",
        'strcmp(verdict, "match") == 0 && strcmp(reason, "matched") == 0',
        'strcmp(verdict, "match") == 0',
    ),
    "opens though the match is not noted": (
        "pam_facelatch.c",
        "pam_strerror(door->pamh, code));\n    return PAM_AUTHINFO_UNAVAIL;\n}\n\nstatic int verify",
        "pam_strerror(door->pamh, code));\n    return PAM_SUCCESS;\n}\n\nstatic int verify",
    ),
    "tells the judge the password": (
        "pam_facelatch.c",
        'return send_answer(door, judge, "n");',
        "return send_answer(door, judge, answer);",
    ),
    "leaves a descriptor open": (
        "judge.c",
        "        close_keeping_errno(judge->fd);\n        return JUDGE_FOREIGN;",
        "        return JUDGE_FOREIGN;",
    ),
}
"""What is broken: the file, what stands there, and what is put in its place."""


@pytest.fixture(scope="module")
def clang(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The command of a clang that can build fuzzers; skips where there is none."""
    found = os.environ.get("CLANG") or shutil.which("clang")
    if not found:
        pytest.skip("needs clang")
    folder = tmp_path_factory.mktemp("probe")
    (folder / "probe.c").write_text("int LLVMFuzzerTestOneInput(void);int LLVMFuzzerTestOneInput(void){return 0;}\n")
    probe = [found, "-fsanitize=fuzzer,address,undefined", "-include", "security/pam_ext.h", "-o", "probe", "probe.c"]
    done = subprocess.run(probe, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs clang's fuzzer runtime (Debian: libclang-rt-14-dev) and libpam's headers: {done.stderr}")
    return found


def fuzz(clang: str, target: str, source: Path, build: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(source), f"CLANG={clang}", f"BUILD={build}", target]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_kept_inputs_break_nothing(clang: str, tmp_path: Path) -> None:
    done = fuzz(clang, "fuzz-replay", SOURCE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for target in ("line", "conversation"):
        assert len(list((SOURCE / "corpus" / target).iterdir())) > 20


@pytest.mark.parametrize("breach", BREACHES)
def test_the_kept_inputs_find_a_door_that(clang: str, tmp_path: Path, breach: str) -> None:
    source = tmp_path / "pam"
    shutil.copytree(SOURCE, source)
    file, sound, broken = BREACHES[breach]
    text = (source / file).read_text()
    assert text.count(sound) == 1
    (source / file).write_text(text.replace(sound, broken))
    target = f"{tmp_path}/build/fuzz_conversation"
    built = fuzz(clang, target, source, tmp_path / "build")
    assert built.returncode == 0, built.stderr
    inputs = SOURCE / "corpus" / "conversation"
    done = subprocess.run(
        [target, "-runs=0", f"-artifact_prefix={tmp_path}/", inputs], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "deadly signal" in done.stderr
