"""What a caller is told of an error: a name of the contract, and nothing that nobody foresaw."""

from __future__ import annotations

import sqlite3

import pytest

from facelatch.types import ERROR_NAMES, ERROR_PREFIX, ERRORS_BY_NAME, Reason, Refusal
from facelatchd import store as store_module
from facelatchd.bus.faults import LONGEST_TEXT, fault_of, reason_of, refusal, told_reason
from facelatchd.refusal import Refused
from facelatchd.settings import SettingsError
from facelatchd.store import FaceRefused, FaceUnknown, StoreError, StoreLocked
from facelatchd.watcher import EyeError

STORE_ERRORS = [each for each in vars(store_module).values() if isinstance(each, type) and issubclass(each, StoreError)]
UNFORESEEN = [ZeroDivisionError("secret"), OSError("secret"), KeyError("secret"), sqlite3.Error("secret"), ValueError()]


@pytest.mark.parametrize("error", [*Reason, *Refusal])
def test_every_reason_has_a_name_that_the_bus_takes_and_that_leads_back(error: Reason | Refusal) -> None:
    name = ERROR_NAMES[error]
    assert name.startswith(ERROR_PREFIX)
    assert name.removeprefix(ERROR_PREFIX).isalpha(), "Gio gives up on an error whose name is none"
    assert name.removeprefix(ERROR_PREFIX)[0].isupper()
    assert ERRORS_BY_NAME[name] is error
    assert refusal(error, "in words").name == name


def test_no_two_reasons_share_a_name() -> None:
    assert len(set(ERROR_NAMES.values())) == len(ERROR_NAMES) == len(Reason) + len(Refusal)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_and_an_error_of_the_eyes_are_told_by_their_reason_and_words(reason: Reason) -> None:
    for error in (Refused(reason, "in words"), EyeError(reason, "in words")):
        fault = fault_of(error)
        assert fault is not None
        assert (fault.name, str(fault)) == (ERROR_NAMES[reason], "in words")
        assert told_reason(error) is reason


@pytest.mark.parametrize("kind", STORE_ERRORS)
def test_every_error_of_the_store_is_told_as_whose_fault_it_is(
    kind: type[StoreError], caplog: pytest.LogCaptureFixture
) -> None:
    fault = fault_of(kind("in words"))
    assert fault is not None
    assert str(fault) == "in words"
    if issubclass(kind, FaceUnknown):
        assert fault.name == ERROR_NAMES[Refusal.NO_SUCH_FACE]
    elif issubclass(kind, FaceRefused):
        assert fault.name == ERROR_NAMES[Reason.BAD_REQUEST]
    else:
        assert fault.name == ERROR_NAMES[Reason.STORE_FAILED]
    assert ("in words" in caplog.text) is not issubclass(kind, FaceRefused), "what the machine must mend is logged"


def test_settings_that_cannot_be_are_the_callers_fault() -> None:
    assert reason_of(SettingsError("in words")) is Reason.BAD_REQUEST


def test_a_fault_is_told_as_it_is() -> None:
    fault = refusal(Refusal.CLAIM_CAMERA, "claim the camera first")
    assert fault_of(fault) is fault


@pytest.mark.parametrize("error", UNFORESEEN)
def test_what_nobody_foresaw_is_told_to_nobody(error: Exception) -> None:
    assert fault_of(error) is None
    assert told_reason(error) is Reason.INTERNAL


def test_an_action_ends_with_a_reason_also_where_a_call_would_be_refused() -> None:
    assert told_reason(FaceUnknown("none")) is Reason.BAD_REQUEST
    assert told_reason(StoreLocked("locked")) is Reason.STORE_FAILED


def test_what_a_caller_sent_is_not_sent_back_without_end() -> None:
    fault = fault_of(Refused(Reason.BAD_REQUEST, "x" * 10**6))
    assert fault is not None
    assert str(fault) == "x" * LONGEST_TEXT
