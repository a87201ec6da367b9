"""A polkit for python-dbusmock that goes by a policy file, and knows who sits where and what he would type.

It runs in a process of its own under the system's Python, so it imports nothing of ours; `tests.buses` speaks to it.
`tests/integration/test_polkit.py` holds it to what Debian's polkitd answers.
"""

import xml.etree.ElementTree as ElementTree
from typing import Any, NamedTuple

import dbus
from dbusmock import MOCK_IFACE

BUS_NAME = "org.freedesktop.PolicyKit1"
MAIN_OBJ = "/org/freedesktop/PolicyKit1/Authority"
MAIN_IFACE = "org.freedesktop.PolicyKit1.Authority"
SYSTEM_BUS = True

ERROR = "org.freedesktop.PolicyKit1.Error."
OWNER = "org.freedesktop.policykit.owner"
INTERACTIVE = 1
DEFAULTS = {"active": "allow_active", "inactive": "allow_inactive", "none": "allow_any"}


class Person(NamedTuple):
    """Where somebody sits, and what becomes of a password dialog before him."""

    session: str = "none"
    answer: str = "dismissed"


class Dialog(NamedTuple):
    """A dialog that nobody has answered yet."""

    cancellation: str
    answer: Any


def load(mock, parameters):
    root = ElementTree.parse(parameters["policy"]).getroot()
    mock.actions = {action.get("id"): action for action in root.iter("action")}
    mock.owner = parameters["owner"]
    mock.people = {}
    mock.asked = []
    mock.open = []
    mock.cancelled = 0
    mock.kept = set()


@dbus.service.method(
    MAIN_IFACE,
    in_signature="(sa{sv})sa{ss}us",
    out_signature="(bba{ss})",
    async_callbacks=("answer", "fail"),
    sender_keyword="sender",
)
def CheckAuthorization(self, subject, action, _details, flags, cancellation, answer, fail, sender=None):
    try:
        uid = identify(self, subject, action, sender)
    except dbus.DBusException as refused:
        fail(refused)
        return
    person = self.people.get(uid, Person())
    remembered = (subject[1]["name"], action) in self.kept
    default = "yes" if uid == 0 or remembered else self.actions[action].findtext("defaults/" + DEFAULTS[person.session])
    interactive = bool(flags & INTERACTIVE)
    dialog = interactive and default.startswith("auth_") and person.answer != "no-agent"
    self.asked.append((uid, action, interactive, dialog))
    if not dialog:
        answer((default == "yes", default.startswith("auth_"), {}))
    elif person.answer == "awaited":
        self.open.append(Dialog(cancellation, answer))
    elif person.answer == "dismissed":
        answer((False, False, {"polkit.dismissed": "true"}))
    else:
        good = person.answer == "admin" or (person.answer == "own" and default.startswith("auth_self"))
        if good and default.endswith("_keep"):
            self.kept.add((subject[1]["name"], action))
        answer((good, False, {}))


def identify(mock, subject, action, sender):
    """Return the user id of whom is asked about; raises `DBusException` where polkit would not talk about it."""
    kind, named = subject
    if kind != "system-bus-name":
        raise dbus.DBusException(f"known here is who has a name on the bus, no {kind}", name=ERROR + "NotSupported")
    if action not in mock.actions:
        raise dbus.DBusException(f"Action {action} is not registered", name=ERROR + "Failed")
    try:
        uid, caller = (mock.connection.get_unix_user(name) for name in (named["name"], sender))
    except dbus.DBusException as gone:
        raise dbus.DBusException(str(gone), name=ERROR + "Failed") from gone
    owned = any(note.get("key") == OWNER for note in mock.actions[action].iter("annotate"))
    if caller not in (0, uid) and not (owned and caller == mock.owner):
        raise dbus.DBusException("Only trusted callers may ask about others", name=ERROR + "NotAuthorized")
    return int(uid)


@dbus.service.method(MAIN_IFACE, in_signature="s", out_signature="")
def CancelCheckAuthorization(self, cancellation):
    for dialog in self.open:
        if dialog.cancellation == cancellation:
            self.open.remove(dialog)
            self.cancelled += 1
            dialog.answer((False, False, {}))
            return
    raise dbus.DBusException(f"nothing waits under {cancellation!r}", name=ERROR + "Failed")


@dbus.service.method(MOCK_IFACE, in_signature="uss", out_signature="")
def SetPerson(self, uid, session, answer):
    self.people[int(uid)] = Person(str(session), str(answer))


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="a(usbb)")
def TakeAsked(self):
    asked, self.asked = self.asked, []
    return dbus.Array(asked, signature="(usbb)")


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="u")
def CountOpen(self):
    return len(self.open)


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="u")
def CountCancelled(self):
    return self.cancelled


@dbus.service.method(MOCK_IFACE, in_signature="b", out_signature="")
def CloseOpen(self, authorised):
    dialogs, self.open = self.open, []
    for dialog in dialogs:
        dialog.answer((bool(authorised), False, {}))


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="")
def Forget(self):
    self.kept.clear()
