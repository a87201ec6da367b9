"""Our actions under Debian's own polkitd: it knows them, gives them to whom they are meant for, lets the judge ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from jeepney import DBusAddress, DBusErrorResponse, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection

from tests.buses import AUTHORITY, PATIENCE, POLKIT, Authorization, PrivateBus, check, check_message
from tests.integration import polkit_machine
from tests.integration.bus_judge import Judge
from tests.integration.polkit_machine import ALICE, BOB, JUDGE, Agent, PolkitMachine
from tests.mocks import Answer, PolicyPolkit, Session
from tests.places import TREE

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(polkit_machine.obstacle()), reason=polkit_machine.obstacle()),
]

VERIFY, ENROLL, DELETE = "org.facelatch.verify", "org.facelatch.enroll", "org.facelatch.delete"
EXPORT, MANAGE, CONFIGURE = "org.facelatch.export", "org.facelatch.manage-others", "org.facelatch.configure"
ACTIONS: Final = (VERIFY, ENROLL, DELETE, EXPORT, MANAGE, CONFIGURE)
NO, SELF, ADMIN, SELF_KEPT, ADMIN_KEPT, YES = range(6)
"""polkit's implicit authorisations, as they are numbered on the bus."""

RULE: Final = """\
polkit.addRule(function (action, subject) {
    if (action.id == "org.facelatch.verify" && subject.user == "bob") {
        return polkit.Result.YES;
    }
});
"""


@pytest.fixture
def machine() -> Iterator[PolkitMachine]:
    """One for each test: polkitd remembers passwords by the process they were given for, and that is always ours."""
    with polkit_machine.polkit_machine() as machine:
        yield machine


@pytest.fixture
def judge(machine: PolkitMachine) -> Iterator[DBusConnection]:
    with machine.bus.connect(JUDGE) as connection:
        yield connection


@pytest.fixture
def alice(machine: PolkitMachine) -> Iterator[DBusConnection]:
    with machine.bus.connect(ALICE) as connection:
        yield connection


def test_polkit_knows_our_actions_and_by_whom_they_are_had(machine: PolkitMachine) -> None:
    known = machine.actions()
    assert {action: known[action][5:8] for action in known if action.startswith("org.facelatch.")} == {
        VERIFY: (NO, NO, YES),
        ENROLL: (NO, NO, SELF),
        DELETE: (NO, NO, SELF_KEPT),
        EXPORT: (NO, NO, SELF),
        MANAGE: (NO, NO, ADMIN),
        CONFIGURE: (NO, NO, ADMIN_KEPT),
    }


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "de", "zh_CN.UTF-8", "zh_CN"])
def test_polkit_speaks_of_our_actions_in_the_users_language(machine: PolkitMachine, language: str) -> None:
    english, translated = machine.actions(), machine.actions(language)
    for action in ACTIONS:
        assert translated[action][0] != english[action][0]
        assert translated[action][1] != english[action][1]


def test_the_judge_may_ask_about_our_actions_though_it_is_not_root(
    judge: DBusConnection, alice: DBusConnection
) -> None:
    for action in ACTIONS:
        assert check(judge, alice, action) == Authorization(granted=False, challenge=False, details={})


def test_the_judge_may_not_ask_about_an_action_that_it_does_not_own(
    judge: DBusConnection, alice: DBusConnection
) -> None:
    with pytest.raises(DBusErrorResponse, match="Only trusted callers"):
        check(judge, alice, "org.example.open")


def test_nobody_else_may_ask_about_others(machine: PolkitMachine, judge: DBusConnection, alice: DBusConnection) -> None:
    with pytest.raises(DBusErrorResponse, match="Only trusted callers"):
        check(alice, judge, VERIFY)


def test_root_may_everything(machine: PolkitMachine, judge: DBusConnection) -> None:
    with machine.bus.connect() as root:
        for action in ACTIONS:
            assert check(judge, root, action, interactive=False).granted


def test_a_rule_of_the_administrator_lets_a_user_in_who_has_no_session() -> None:
    with (
        polkit_machine.polkit_machine(RULE) as machine,
        machine.bus.connect(JUDGE) as judge,
        machine.bus.connect(ALICE) as alice,
        machine.bus.connect(BOB) as bob,
    ):
        assert check(judge, bob, VERIFY).granted
        assert not check(judge, bob, ENROLL).granted
        assert not check(judge, alice, VERIFY).granted


def test_the_rule_in_our_documentation_gives_the_help_desk_what_it_says_and_where_it_says() -> None:
    lines = (TREE / "systemd" / "README.md").read_text().splitlines()
    first = lines.index("    polkit.addRule(function (action, subject) {")
    rule = "\n".join(lines[first : lines.index("    });", first) + 1])
    with (
        polkit_machine.polkit_machine(rule) as machine,
        machine.bus.connect(JUDGE) as judge,
        machine.bus.connect(ALICE) as alice,
        machine.bus.connect(BOB) as bob,
    ):
        assert not check(judge, bob, MANAGE).granted
        machine.sit(Session.ACTIVE)
        assert check(judge, bob, MANAGE).granted
        assert not check(judge, bob, CONFIGURE).granted
        assert not check(judge, alice, MANAGE).granted


def receive(connection: DBusConnection, kind: MessageType) -> Message:
    while (message := connection.receive(timeout=PATIENCE)).header.message_type is not kind:
        pass
    return message


@pytest.fixture
def agent(machine: PolkitMachine) -> Iterator[Agent]:
    """What shows alice dialogs in her active session."""
    machine.sit(Session.ACTIVE)
    agent = Agent(machine.bus)
    yield agent
    agent.close()


def through_dialog(machine: PolkitMachine, agent: Agent, subject: DBusConnection, action: str, answer: Answer) -> Any:
    """Ask as the judge, answer the dialog that must open, and return what polkit makes of it."""
    with machine.bus.connect(JUDGE) as judge:
        judge.send(check_message(subject, action))
        dialog = agent.dialog()
        assert dialog.body[0] == action
        if answer is Answer.DISMISSED:
            agent.dismiss(dialog)
        elif answer is Answer.ADMIN_PASSWORD or action in (ENROLL, DELETE):
            agent.type_password(dialog)
        else:
            agent.type_wrong_password(dialog)
        return Authorization(*receive(judge, MessageType.method_return).body[0])


def test_enrolling_asks_for_the_password_each_time_and_deleting_once(
    machine: PolkitMachine, agent: Agent, judge: DBusConnection, alice: DBusConnection
) -> None:
    for _ in range(2):
        assert through_dialog(machine, agent, alice, ENROLL, Answer.OWN_PASSWORD).granted
    assert through_dialog(machine, agent, alice, DELETE, Answer.OWN_PASSWORD).granted
    assert check(judge, alice, DELETE).granted


def test_a_cancelled_check_takes_its_dialog_away(
    machine: PolkitMachine, agent: Agent, judge: DBusConnection, alice: DBusConnection
) -> None:
    judge.send(check_message(alice, ENROLL))
    dialog = agent.dialog()
    authority = DBusAddress(AUTHORITY, POLKIT, f"{POLKIT}.Authority")
    judge.send(new_method_call(authority, "CancelCheckAuthorization", "s", (f"cancel {ENROLL}",)))
    receive(judge, MessageType.method_return)  # of the cancelling itself
    assert receive(judge, MessageType.method_return).body == ((False, False, {}),)
    assert agent.cancelled() == dialog.body[4]


@pytest.fixture
def stand_in() -> Iterator[tuple[PolicyPolkit, PrivateBus]]:
    with PrivateBus(owner=JUDGE, people={"alice": ALICE}) as bus:
        yield PolicyPolkit(bus), bus


def gist(answer: Authorization) -> tuple[bool, bool, bool]:
    """What of an answer the judge goes by."""
    return answer.granted, answer.challenge, "polkit.dismissed" in answer.details


@pytest.mark.parametrize("interactive", [True, False])
@pytest.mark.parametrize("session", list(Session))
def test_the_stand_in_answers_like_polkitd_by_session(
    machine: PolkitMachine, stand_in: tuple[PolicyPolkit, PrivateBus], session: Session, interactive: bool
) -> None:
    machine.sit(session)
    polkit, bus = stand_in
    polkit.seat(ALICE, session, Answer.NO_AGENT)
    for action in ACTIONS:
        answers = []
        for each in (machine.bus, bus):
            with each.connect(JUDGE) as judge, each.connect(ALICE) as alice:
                answers.append(check(judge, alice, action, interactive=interactive))
        assert gist(answers[0]) == gist(answers[1]), action


@pytest.mark.parametrize("answer", [Answer.OWN_PASSWORD, Answer.ADMIN_PASSWORD, Answer.DISMISSED])
def test_the_stand_in_answers_like_polkitd_after_a_dialog(
    machine: PolkitMachine, agent: Agent, stand_in: tuple[PolicyPolkit, PrivateBus], answer: Answer
) -> None:
    polkit, bus = stand_in
    polkit.seat(ALICE, Session.ACTIVE, answer)
    for action in (ENROLL, DELETE, MANAGE, CONFIGURE):
        with machine.bus.connect(ALICE) as alice:
            real = through_dialog(machine, agent, alice, action, answer)
        with bus.connect(JUDGE) as judge, bus.connect(ALICE) as alice:
            assert gist(check(judge, alice, action)) == gist(real), action


@pytest.fixture
def house(machine: PolkitMachine) -> Iterator[Judge]:
    """The judge itself, as the account that its unit names."""
    with Judge(machine.bus, uid=JUDGE) as judge:
        yield judge


def test_facelatchd_as_its_own_account_is_told_by_polkit_who_may(machine: PolkitMachine, house: Judge) -> None:
    with house.client() as root, house.client(ALICE) as alice:
        for session in (Session.NONE, Session.INACTIVE):
            machine.sit(session)
            assert alice.outcome("ListEnrolledFaces", "") == "PermissionDenied"
        machine.sit(Session.ACTIVE)
        assert alice.outcome("ListEnrolledFaces", "") == ""
        assert alice.outcome("SetCamera", "") == "PermissionDenied"
        assert root.outcome("SetCamera", "") == ""


def test_facelatchd_enrols_alice_for_her_password_in_a_dialog_of_polkits(agent: Agent, house: Judge) -> None:
    with house.client(ALICE) as alice:
        alice.call("Claim", "")
        refused = alice.send("EnrollStart", "glasses", {"pictures": ("b", True)})
        agent.type_wrong_password(agent.dialog())
        assert alice.outcome_of(refused) == "PermissionDenied"
        begun = alice.send("EnrollStart", "glasses", {"pictures": ("b", True)})
        dialog = agent.dialog()
        assert dialog.body[0] == ENROLL
        agent.type_password(dialog)
        assert alice.outcome_of(begun) == ""


def test_facelatchd_closes_the_dialog_of_a_caller_who_leaves(agent: Agent, house: Judge) -> None:
    alice = house.client(ALICE)
    alice.call("Claim", "")
    alice.send("EnrollStart", "glasses", {"pictures": ("b", True)})
    dialog = agent.dialog()
    alice.vanish()
    assert agent.cancelled() == dialog.body[4]
