"""Who is asking, and whom he may ask about."""

from __future__ import annotations

import os
import pwd
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatchd.bouncer import LONGEST_NAME, Caller, find_user, find_user_of, peer_of
from facelatchd.store import User

ROOT = Caller(pid=1, uid=0)
ALICE = User("alice", 4711)
AS_ALICE = Caller(pid=1, uid=4711)
AS_BOB = Caller(pid=1, uid=4712)


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_of(ours) == Caller(os.getpid(), os.getuid())


def test_the_largest_uid_is_no_negative_one() -> None:
    class Connection(socket.socket):
        def getsockopt(self, *_: int) -> bytes:  # type: ignore[override]
            return b"\x07\0\0\0" + b"\xfe\xff\xff\xff" + b"\0\0\0\0"

    with Connection() as connection:
        assert peer_of(connection) == Caller(7, 2**32 - 2)


def test_root_may_ask_about_anybody_and_everybody_about_himself() -> None:
    assert ROOT.may_ask_about(ALICE)
    assert AS_ALICE.may_ask_about(ALICE)
    assert not AS_BOB.may_ask_about(ALICE)


def test_an_account_is_found_by_its_name() -> None:
    me = pwd.getpwuid(os.getuid())
    assert find_user(me.pw_name) == User(me.pw_name, me.pw_uid)


def test_an_account_is_found_by_its_uid() -> None:
    me = pwd.getpwuid(os.getuid())
    assert find_user_of(me.pw_uid) == User(me.pw_name, me.pw_uid)


@pytest.mark.parametrize("uid", [2**32 - 1, 2**32 - 2, 2**32, 2**64, -1, -2])
def test_a_uid_that_no_account_has_is_nobodys(uid: int) -> None:
    assert find_user_of(uid) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "root\0", "\0", "a" * (LONGEST_NAME + 1), "a" * 10**6, "nobody-of-that-name", "r\u00f6\u00f6t", chr(0xD800),
        chr(0xDCFF), "root\n", "../root",
    ],
)  # fmt: skip
def test_a_name_that_no_account_has_is_nobodys(name: str) -> None:
    assert find_user(name) is None


@given(st.text(st.characters(), max_size=LONGEST_NAME + 5))
def test_no_name_raises(name: str) -> None:
    found = find_user(name)
    assert found is None or found.name == name


def test_an_account_whose_uid_means_nobody_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    record = pwd.struct_passwd(("ghost", "x", 2**32 - 1, 0, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda name: record)
    assert find_user("ghost") is None
