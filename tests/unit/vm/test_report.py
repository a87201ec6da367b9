"""What is written about a run of the machine."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vm.report import Result, Verdict, all_well, as_junit, as_summary, results_of

PASSED = Result("sudo_takes_the_face", Verdict.PASSED, 12.25, journal="[1.0] facelatchd: match", unlocks=[4.5, 6.0])
FAILED = Result("su_takes_the_face", Verdict.FAILED, 60.0, reason="Silent: ^root$\nthe screen: $ su")
SKIPPED = Result("a_purge_leaves_nothing", Verdict.SKIPPED, 0.0, reason="nobody has listed the files")
DEAD = Result("ssh_is_refused", Verdict.DEAD, 1.0, reason="HungUp: the line is dead")


def test_a_run_is_well_where_all_passed_or_were_left_out() -> None:
    assert all_well([PASSED, SKIPPED])


@pytest.mark.parametrize("results", [[], [SKIPPED], [PASSED, FAILED], [PASSED, DEAD]])
def test_a_run_is_not_well_otherwise_nor_where_nothing_was_shown(results: list[Result]) -> None:
    assert not all_well(results)


def test_junit_counts_and_names_every_kind_of_end() -> None:
    suite = ElementTree.fromstring(as_junit([PASSED, FAILED, SKIPPED, DEAD])).find("testsuite")
    assert suite is not None

    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    ends = {
        case.get("name"): [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        for case in suite
    }
    assert ends == {
        "sudo_takes_the_face": [],
        "su_takes_the_face": ["failure"],
        "a_purge_leaves_nothing": ["skipped"],
        "ssh_is_refused": ["error"],
    }


def test_junit_carries_duration_journal_reason_and_unlock_times() -> None:
    root = ElementTree.fromstring(as_junit([PASSED, FAILED]))
    first, second = root.iter("testcase")

    assert first.get("time") == "12.2"
    assert first.findtext("system-out") == "[1.0] facelatchd: match"
    assert [one.get("value") for one in first.iter("property")] == ["4.50", "6.00"]
    failure = second.find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("Silent: ^root$", FAILED.reason)


@given(st.text(), st.text())
def test_whatever_a_console_says_can_be_read_back(reason: str, journal: str) -> None:
    root = ElementTree.fromstring(as_junit([Result("one", Verdict.FAILED, 1.0, reason=reason, journal=journal)]))

    assert len(list(root.iter("testcase"))) == 1


def test_the_summary_begins_with_a_line_for_each_scenario_and_the_unlock_times() -> None:
    text = as_summary([PASSED, FAILED], "qemu tcg")
    head = text.partition("\n---")[0].splitlines()

    assert head[:2] == ["qemu tcg", "2 scenarios: 1 passed, 1 FAILED"]
    assert head[3:5] == ["passed     12.2 s  sudo takes the face", "FAILED     60.0 s  su takes the face"]
    assert head[-1].endswith("2 unlocks, 4.50 to 6.00 s, median 5.25 s")


def test_the_summary_shows_reason_and_journal_of_each() -> None:
    text = as_summary([PASSED, FAILED], "qemu tcg")

    assert "--- sudo takes the face: passed\n[1.0] facelatchd: match\n" in text
    assert "    Silent: ^root$\n    the screen: $ su\n" in text


def test_a_summary_without_an_unlock_says_so() -> None:
    assert "no face opened anything" in as_summary([FAILED], "qemu tcg")


def test_what_pytest_has_written_is_read_test_by_test() -> None:
    junit = """<testsuites><testsuite>
        <testcase classname="check_eye" name="test_a" time="1.5"/>
        <testcase classname="check_eye" name="test_b" time="2"><failure message="short">long</failure></testcase>
        <testcase classname="check_eye" name="test_c" time="0"><error message="no fixture"/></testcase>
        <testcase classname="check_key" name="test_d" time="0"><skipped message="no TPM"/></testcase>
        </testsuite></testsuites>"""

    assert [(result.name, result.verdict, result.reason) for result in results_of(junit)] == [
        ("check_eye.test_a", Verdict.PASSED, ""),
        ("check_eye.test_b", Verdict.FAILED, "long"),
        ("check_eye.test_c", Verdict.FAILED, "no fixture"),
        ("check_key.test_d", Verdict.SKIPPED, "no TPM"),
    ]


def test_our_own_file_is_read_back_as_it_was_told() -> None:
    again = results_of(as_junit([PASSED, FAILED]))

    assert [(result.name, result.verdict) for result in again] == [
        ("vm.sudo_takes_the_face", Verdict.PASSED),
        ("vm.su_takes_the_face", Verdict.FAILED),
    ]
