"""The process in which a password is tried."""

from __future__ import annotations

import ctypes
import os

import pytest

from facelatch.pam import password
from facelatch.pam.password import End, Who, try_password

GET_DUMPABLE = 3


def test_the_process_that_knows_the_password_leaves_no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    def transact(*_: object) -> password._Ended:
        return password._Ended(0, f"may dump: {ctypes.CDLL(None).prctl(GET_DUMPABLE)}")

    monkeypatch.setattr(password, "_transact", transact)
    trial = try_password("sudo", Who("alice", os.getuid()), lambda _style, _text: None)
    assert (trial.end, trial.text) == (End.OPENED, "may dump: 0")
