"""The password is tried with a real libpam, on service files of the test's own; the password is pam_matrix's."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facelatch.cli.pam.confirm import Answers
from facelatch.pam.confirmation import NotConfirmed, Outcome, judge, try_all
from facelatch.pam.password import REMOTE_HOST, Converse, End, Style, Trial, Who, try_password
from tests.pam.stub_judge import Hear, StubJudge, fields, result
from tests.places import DOOR, find_library

PASSWORD = "correct horse"

MODULE = """
#include <security/pam_modules.h>
#include <security/pam_ext.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const void *host = NULL, *who = NULL, *terminal = NULL;
    char *answer = NULL;
    (void)flags;
    if (argc == 0) return PAM_IGNORE;
    if (strcmp(argv[0], "hang") == 0) { signal(SIGTERM, SIG_IGN); if (fork() == 0) sleep(3600); for (;;) pause(); }
    if (strcmp(argv[0], "die") == 0) abort();
    if (strcmp(argv[0], "print") == 0) { puts("module"); system("echo shell; cat"); return PAM_IGNORE; }
    if (strcmp(argv[0], "exit") == 0) exit(0);
    if (strcmp(argv[0], "nap") == 0) { usleep(300 * 1000); return PAM_IGNORE; }
    if (strcmp(argv[0], "again") == 0)
        return pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s", "Password: ") ? PAM_AUTH_ERR : PAM_SUCCESS;
    if (strcmp(argv[0], "style") == 0)
        return pam_prompt(pamh, 77, &answer, "%s", "strange") ? PAM_AUTH_ERR : PAM_SUCCESS;
    (void)pam_get_item(pamh, PAM_RHOST, &host);
    (void)pam_get_item(pamh, PAM_RUSER, &who);
    (void)pam_get_item(pamh, PAM_TTY, &terminal);
    pam_info(pamh, "host=%s ruser=%s tty=%s uid=%d euid=%d", (const char *)host, (const char *)who,
             (const char *)terminal, (int)getuid(), (int)geteuid());
    return PAM_IGNORE;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh; (void)flags; (void)argc; (void)argv;
    return PAM_SUCCESS;
}
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PAM module that does what its first option says."""
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/security/pam_ext.h").is_file():
        pytest.skip("needs a C compiler and libpam's headers (Debian: libpam0g-dev)")
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.c").write_text(MODULE)
    command = [compiler, "-w", "-shared", "-fPIC", "-o", folder / "pam_odd.so", folder / "odd.c", "-lpam"]
    subprocess.run(command, check=True)
    return folder / "pam_odd.so"


@pytest.fixture
def judge_that_sees_alice(tmp_path: Path) -> Iterator[str]:
    """The door's options for a judge that takes everybody, from wherever, for a match: the worst there could be."""
    if not DOOR.is_file():
        pytest.skip(f"{DOOR} is not built: make door")
    with StubJudge(tmp_path / "door.sock", [[Hear(), result("match", "matched")]]) as stub:
        yield f"{DOOR} socket={stub.path} judge={pwd.getpwuid(os.getuid()).pw_name} timeout=5"


Try = Callable[..., Trial]


@pytest.fixture
def trying(tmp_path: Path) -> Try:
    """Try a password with a stack of the given lines; `{password}` stands for a module that takes one."""
    try:
        matrix = find_library("pam_wrapper/pam_matrix.so", "libpam-wrapper")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path / "pam.d"
    folder.mkdir()
    accounts = tmp_path / "passwords"
    accounts.write_text(f"alice:{PASSWORD}:sudo\n")

    def one(stack: str, password: str = PASSWORD, converse: Converse | None = None, deadline: float = 20.0) -> Trial:
        (folder / "sudo").write_text(stack.format(password=f"{matrix} passdb={accounts}"))
        who = Who("alice", 1234, "pts/7")
        return try_password("sudo", who, converse or Answers(password).converse, folder=folder, deadline=deadline)

    return one


def outcome(trial: Trial, root: Path = Path("/nowhere")) -> Outcome:
    return judge(trial, root)[0]


def test_the_right_password_opens(trying: Try) -> None:
    trial = trying("auth required {password}\n")
    assert (trial.end, trial.asked) == (End.OPENED, True)
    assert outcome(trial) is Outcome.RIGHT


@pytest.mark.parametrize("password", ["wrong horse", "", "correct horse\0", "x" * 2000])
def test_another_does_not(trying: Try, password: str) -> None:
    trial = trying("auth required {password}\n", password)
    assert (trial.end, trial.asked) == (End.REFUSED, True)
    assert outcome(trial) is Outcome.WRONG


def test_a_face_that_answers_alone_says_nothing_of_the_password(trying: Try, judge_that_sees_alice: str) -> None:
    trial = trying(f"auth sufficient {judge_that_sees_alice}\nauth required {{password}}\n")
    assert (trial.end, trial.asked) == (End.OPENED, False)
    assert outcome(trial) is Outcome.LEFT_OUT
    with pytest.raises(NotConfirmed, match="no service that was changed has asked"):
        list(try_all(("sudo",), lambda _: trial))


def test_the_judge_hears_that_it_is_remote(trying: Try, tmp_path: Path) -> None:
    if not DOOR.is_file():
        pytest.skip(f"{DOOR} is not built: make door")
    with StubJudge(tmp_path / "door.sock", [[Hear(), result("unavailable", "remote")]]) as stub:
        door = f"{DOOR} socket={stub.path} judge={pwd.getpwuid(os.getuid()).pw_name}"
        trial = trying(f"auth sufficient {door}\nauth required {{password}}\n")
        assert fields(stub.heard[0])["rhost"] == REMOTE_HOST
    assert outcome(trial) is Outcome.RIGHT


def test_a_hanging_module_is_given_up_with_all_that_it_has_started(trying: Try, odd: Path) -> None:
    trial = trying(f"auth required {odd} hang\nauth required {{password}}\n", deadline=1.0)
    assert trial.end is End.HUNG
    assert outcome(trial) is Outcome.WRONG
    assert not _left_over(odd)


def test_one_that_hangs_once_it_has_the_password_is_given_up_too(trying: Try, odd: Path) -> None:
    trial = trying(f"auth required {{password}}\nauth required {odd} hang\n", deadline=1.0)
    assert (trial.end, trial.asked) == (End.HUNG, True)
    assert outcome(trial) is Outcome.WRONG


@pytest.mark.parametrize("way", ["die", "exit"])
def test_a_module_that_ends_its_process_ends_not_ours(trying: Try, odd: Path, way: str) -> None:
    trial = trying(f"auth required {odd} {way}\nauth required {{password}}\n")
    assert trial.end is End.DIED
    assert outcome(trial) is Outcome.WRONG


def test_a_module_that_prints_reaches_no_terminal(trying: Try, odd: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trial = trying(f"auth optional {odd} print\nauth required {{password}}\n")
    assert outcome(trial) is Outcome.RIGHT
    assert capfd.readouterr() == ("", "")


def test_a_message_of_no_known_style_is_no_answer(trying: Try, odd: Path) -> None:
    assert trying(f"auth required {odd} style\n").end is End.REFUSED


def test_a_password_is_not_given_a_second_time(trying: Try, odd: Path) -> None:
    trial = trying(f"auth required {odd} again\nauth required {odd} again\n", "wrong")
    assert (trial.end, trial.asked) == (End.REFUSED, True)


def test_another_question_is_the_persons_to_answer(trying: Try, odd: Path) -> None:
    heard = []

    def converse(style: Style, text: str) -> str:
        heard.append((style, text))
        return PASSWORD

    trial = trying("auth required {password} echo\n", converse=converse)
    assert trial.end is End.OPENED
    assert heard[0][0] is Style.PROMPT_SHOWN
    assert outcome(trial) is Outcome.LEFT_OUT, "what is shown as it is typed is no password"


def test_where_nobody_answers_it_is_refused(trying: Try) -> None:
    trial = trying("auth required {password}\n", converse=lambda _style, _text: None)
    assert trial.end is End.REFUSED


def test_a_service_that_libpam_cannot_read_is_not_left_out(trying: Try) -> None:
    trial = trying("auth include nothing-of-that-name\n")
    assert outcome(trial) is Outcome.WRONG


def test_a_denial_above_the_password_is_found(trying: Try) -> None:
    trial = trying("auth requisite pam_deny.so\nauth required {password}\n")
    assert (trial.end, trial.asked) == (End.REFUSED, False)
    assert outcome(trial) is Outcome.WRONG


def test_a_line_that_opens_to_everybody_says_nothing(trying: Try) -> None:
    trial = trying("auth sufficient pam_permit.so\nauth required {password}\n")
    assert outcome(trial) is Outcome.LEFT_OUT


@pytest.mark.skipif(os.geteuid() != 0, reason="takes the place of a program that root owns")
def test_root_is_not_let_in_in_the_persons_place(trying: Try) -> None:
    trial = trying("auth sufficient pam_rootok.so\nauth required {password}\n")
    assert (trial.end, trial.asked) == (End.OPENED, True)


def test_modules_see_who_it_is_and_that_it_is_not_here(trying: Try, odd: Path) -> None:
    said: list[str] = []

    def converse(style: Style, text: str) -> str:
        said.extend([] if style.is_prompt else [text])
        return PASSWORD

    assert trying(f"auth optional {odd} tell\nauth required {{password}}\n", converse=converse).end is End.OPENED
    uid = 1234 if os.geteuid() == 0 else os.getuid()
    assert said == [f"host={REMOTE_HOST} ruser=alice tty=pts/7 uid={uid} euid={os.geteuid()}"]


def test_the_persons_own_time_is_not_counted(trying: Try, odd: Path) -> None:
    def slow(_style: Style, _text: str) -> str:
        time.sleep(1.5)
        return PASSWORD

    stack = f"auth required {{password}}\nauth optional {odd} nap\n"
    assert trying(stack, converse=slow, deadline=1.0).end is End.OPENED


def _left_over(module: Path) -> list[str]:
    """Return the processes that have a module loaded."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if str(module) in maps.read_text():
                found.append(maps.parent.name)
        except OSError:
            # It has ended meanwhile, or is another user's.
            continue
    return found
