"""Stacks as distributions have them, a folder to put them in, and stacks that hypothesis makes up."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from hypothesis import strategies as st

from facelatch.pam.change import Plan

DEBIAN_COMMON = """\
# what asks for the password
auth	[success=1 default=ignore]	pam_unix.so nullok
# who comes by here is refused
auth	requisite			pam_deny.so
auth	required			pam_permit.so
auth	optional			pam_cap.so
"""

DEBIAN_SUDO = """\
#%PAM-1.0

session    required   pam_limits.so

@include common-auth
@include common-account
@include common-session-noninteractive
"""

DEBIAN = {
    # Debian's own line ends in a space.
    "common-auth": DEBIAN_COMMON.replace("pam_cap.so", "pam_cap.so "),
    "common-account": "account required pam_permit.so\n",
    "common-session-noninteractive": "session required pam_permit.so\n",
    "sudo": DEBIAN_SUDO,
}

ARCH_SYSTEM = """\
#%PAM-1.0

auth       required                    pam_faillock.so      preauth
# a comment between the lines
-auth      [success=2 default=ignore]  pam_systemd_home.so
auth       [success=1 default=bad]     pam_unix.so          try_first_pass nullok
auth       [default=die]               pam_faillock.so      authfail
auth       optional                    pam_permit.so
auth       required                    pam_env.so
auth       required                    pam_faillock.so      authsucc
# another one behind them

-account   [success=1 default=ignore]  pam_systemd_home.so
account    required                    pam_unix.so
"""

ARCH = {
    "system-auth": ARCH_SYSTEM,
    "sudo": "#%PAM-1.0\nauth\t\tinclude\t\tsystem-auth\naccount\t\tinclude\t\tsystem-auth\n",
    "su": "auth sufficient pam_rootok.so\nauth required pam_unix.so\naccount required pam_unix.so\n",
}

FEDORA_SYSTEM = """\
# A tool writes this file.

auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        required                                     pam_faillock.so preauth silent
auth        sufficient                                   pam_fprintd.so
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient                                   pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_faillock.so authfail
auth        required                                     pam_deny.so

account     required                                     pam_unix.so
"""

FEDORA = {
    "system-auth": FEDORA_SYSTEM,
    "password-auth": FEDORA_SYSTEM,
    "postlogin": "session optional pam_lastlog.so\n",
    "sudo": "auth       include      system-auth\naccount    include      system-auth\n",
    "login": "auth       substack     system-auth\nauth       include      postlogin\n",
    "gdm-password": (
        "auth     [success=done ignore=ignore default=bad] pam_selinux_permit.so\n"
        "auth        substack      password-auth\n"
        "auth        optional      pam_gnome_keyring.so\n"
        "auth        include       postlogin\n"
    ),
}

SUSE = {
    "common-auth": (
        "auth\trequired\tpam_env.so\t\n"
        "auth\toptional\tpam_gnome_keyring.so\n"
        "auth\trequired\tpam_unix.so\ttry_first_pass \n"
    ),
    "login": "auth requisite pam_nologin.so\nauth include common-auth\n",
    "sudo": "auth include common-auth\n",
}


def laid(root: Path, **files: str) -> Path:
    """Lay service files below a root; `_` in a name stands for `-`."""
    folder = root / "etc/pam.d"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", "-")).write_text(text, newline="")
    return root


def machine(root: Path, files: dict[str, str]) -> Path:
    """Lay the files of a distribution below a root."""
    return laid(root, **files)


def write(plan: Plan, root: Path) -> None:
    """Write a plan below a root."""
    for change in plan.changes:
        place = root / str(change.path).lstrip("/")
        if change.after is None:
            place.unlink()
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(change.after.data)


def text(plan: Plan, path: str) -> str:
    """Return what a file would hold."""
    found = next(change for change in plan.changes if change.path == PurePosixPath(path))
    assert found.after is not None
    return found.after.data.decode()


WORDS = ("required", "requisite", "sufficient", "optional")
BRACKETS = (
    "[success=1 default=ignore]",
    "[success=2 default=ignore]",
    "[success=3 new_authtok_reqd=3 default=ignore]",
    "[success=1 default=bad]",
    "[success=2 default=die]",
    "[default=1 ignore=ignore success=ok]",
    "[default=2 success=ignore]",
    "[success=done ignore=ignore default=die]",
    "[success=ok new_authtok_reqd=ok ignore=ignore default=bad]",
)
MODULES = (
    *("pam_unix.so", "pam_unix.so", "pam_unix.so", "pam_sss.so", "pam_systemd_home.so", "pam_krb5.so"),
    *("pam_fprintd.so", "pam_u2f.so", "pam_succeed_if.so", "pam_localuser.so", "pam_rootok.so", "pam_nologin.so"),
    *("pam_env.so", "pam_deny.so", "pam_deny.so", "pam_permit.so", "pam_faillock.so preauth"),
    *("pam_faillock.so authfail", "pam_faillock.so authsucc"),
)


@st.composite
def lines(draw: st.DrawFn, included: str = "") -> str:
    """Make up one line; `tag=?` is for a name of its own, so that a test can tell the lines apart."""
    kind = draw(
        st.sampled_from(("line", "line", "line", "line", "line", "comment", "account", *(["in"] * bool(included))))
    )
    if kind == "comment":
        return draw(st.sampled_from(("# why", "", "   ")))
    if kind == "account":
        return "account required pam_unix.so"
    if kind == "in":
        return draw(st.sampled_from((f"auth include {included}", f"auth substack {included}", f"@include {included}")))
    control = draw(st.one_of(st.sampled_from(WORDS), st.sampled_from(BRACKETS)))
    start = draw(st.sampled_from(("auth ", "auth\t", "-auth  ")))
    end = draw(st.sampled_from(("", "", "", "  ", "  # a comment", " \\\n   debug")))
    return f"{start}{control} {draw(st.sampled_from(MODULES))} tag=?{end}"


def files(included: str = "", most: int = 7) -> st.SearchStrategy[str]:
    """Make up a service file; its lines are told apart from each other, and from those of what it takes in."""

    def joined(parts: list[str], ends: bool) -> str:
        named = (part.replace("tag=?", f"tag={included or 'own'}{number}") for number, part in enumerate(parts))
        return "\n".join(named) + "\n" * ends

    return st.builds(joined, st.lists(lines(included), min_size=1, max_size=most), st.booleans())
