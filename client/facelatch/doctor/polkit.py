"""polkit, which says who may enrol and remove faces: is it there, does it know our actions, does somebody ask."""

from __future__ import annotations

import pwd
from collections.abc import Iterator
from typing import Final

from facelatch.doctor.bus import THE_BUS, BusDown, CallFailed, names
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene, Unrun

SERVICE: Final = "org.freedesktop.PolicyKit1"
ACTIONS: Final = tuple(
    f"org.facelatch.{name}" for name in ("verify", "enroll", "delete", "export", "manage-others", "configure")
)
OWNER: Final = "org.freedesktop.policykit.owner"
FILE: Final = "/usr/share/polkit-1/actions/org.facelatch.policy"

AGENTS: Final = (
    "gnome-shell", "cinnamon", "polkit-gnome-au", "polkit-kde-auth", "polkit-mate-aut", "lxpolkit", "lxqt-policykit-",
    "xfce-polkit", "hyprpolkitagent", "ukui-polkit", "pantheon-agent-", "cosmic-osd", "soteria", "dde-polkit-agen",
    "phosh", "budgie-polkit-d",
)  # fmt: skip
"""Programs that show polkit's question, as the kernel names them (15 characters); polkit itself does not tell."""

_PEER: Final = "org.freedesktop.DBus.Peer"
_ROOT_ONLY: Final = "only root can enrol and remove faces"


def check_polkit(scene: Scene) -> Iterator[Finding]:
    """Look at polkit, at what it knows of us, and at who asks for passwords in its name."""
    if (obstacle := _obstacle(scene)) is not None:
        yield obstacle
        return
    known = _actions(scene)
    if known is None:
        yield Finding(Part.POLKIT, State.OK, "polkit answers; what it knows cannot be asked (there is no pkaction).")
    elif missing := [action for action in ACTIONS if action not in known]:
        text = f"polkit does not know {', '.join(missing)}: {_ROOT_ONLY}."
        yield Finding(Part.POLKIT, State.WARNING, text, f"Install {FILE}, which comes with Facelatch.")
    else:
        yield from _owner(scene, known)
    yield from _agent(scene)


def _obstacle(scene: Scene) -> Finding | None:
    """Return why polkit cannot be asked, None where it answers."""
    try:
        owned, startable = names(scene.bus)
    except (BusDown, CallFailed):
        return Finding(Part.POLKIT, State.WARNING, f"Without the system bus polkit cannot be asked: {_ROOT_ONLY}.")
    if SERVICE not in owned | startable:
        return Finding(Part.POLKIT, State.WARNING, f"There is no polkit: {_ROOT_ONLY}.", "Install polkit (polkitd).")
    try:
        scene.bus.call(SERVICE, "/org/freedesktop/PolicyKit1/Authority", _PEER, "Ping")
    except BusDown as error:
        text = f"polkit does not answer ({error}): {_ROOT_ONLY}."
        command = scene.command("sudo systemctl restart polkit")
        return Finding(Part.POLKIT, State.WARNING, text, "Restart it.", command)
    except CallFailed as error:
        text = f"polkit cannot be started ({error}): {_ROOT_ONLY}."
        return Finding(Part.POLKIT, State.WARNING, text, "Read why.", scene.command("journalctl -b -e -u polkit"))
    return None


def _actions(scene: Scene) -> dict[str, str] | None:
    """Return our actions that polkit knows, each with its owner annotation; None where that cannot be asked."""
    found: dict[str, str] = {}
    for action in ACTIONS:
        told = scene.run(["pkaction", "--verbose", "--action-id", action])
        if told is Unrun.MISSING:
            return None
        if isinstance(told, Unrun):
            continue
        notes = (line.partition(OWNER) for line in told.splitlines())
        found[action] = next((owner.removeprefix(" -> ").strip() for _before, mark, owner in notes if mark), "")
    return found


def _owner(scene: Scene, known: dict[str, str]) -> Iterator[Finding]:
    """Say whether the account that the daemon runs as may ask polkit about the actions."""
    account = _account(scene)
    wanted = f"unix-user:{account or 'facelatch'}"
    strange = [action for action, owner in known.items() if wanted not in owner.split()]
    if strange and account != "root":
        text = f"polkit does not let the daemon ask about {', '.join(strange)} (owner is not {wanted}): {_ROOT_ONLY}."
        yield Finding(Part.POLKIT, State.WARNING, text, f"Install {FILE} anew, as it comes with Facelatch.")
    else:
        yield Finding(Part.POLKIT, State.OK, "polkit answers, and knows the actions of Facelatch.")


def _account(scene: Scene) -> str:
    """Return the name of the account that the daemon runs as, empty where that cannot be seen."""
    try:
        (uid,) = scene.bus.call(THE_BUS, "/org/freedesktop/DBus", THE_BUS, "GetConnectionUnixUser", "org.facelatch")
        return pwd.getpwuid(uid).pw_name if isinstance(uid, int) else ""
    except (BusDown, CallFailed, KeyError, ValueError):
        # It does not run, which is said elsewhere, or its user has no name here.
        return ""


def _agent(scene: Scene) -> Iterator[Finding]:
    """Say whether a program of this user's desktop shows polkit's question; terminals bring their own."""
    if scene.uid == 0 or not (scene.environment.get("WAYLAND_DISPLAY") or scene.environment.get("DISPLAY")):
        return
    for process in (scene.root / "proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text(errors="replace").strip()
            if name in AGENTS and process.stat().st_uid == scene.uid:
                return
        except OSError:
            # Gone in between.
            continue
    text = "No program is seen that shows polkit's question for the password: the window may be refused what takes one."
    remedy = "Start the polkit agent of your desktop, or enrol in a terminal."
    yield Finding(Part.POLKIT, State.NOTE, text, remedy, "facelatch enroll")
